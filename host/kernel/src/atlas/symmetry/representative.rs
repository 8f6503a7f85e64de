//! The one of all states that swaps make of each other that stands for them.
//!
//! In it the members of each class are sorted by their signatures. Equal signatures of members that are not alike only mean
//! more than one representative.
//!
//! A search that sleeps has its steps in the order of the representative: it is the search through the representatives, each
//! of them under other names.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::orbits::Signatures;
use super::swaps::{Pair, Swaps};
use crate::atlas::cast::Cast;
use crate::atlas::position::{Moved, Place, Position};

/// The representative of the state that was looked at last, and how that is mapped to it.
#[derive(Debug)]
pub(super) struct Representative {
    position: Position,
    /// Where each message and each timer is in it.
    moved: Moved,
    /// By number, who each actor is in it.
    actors: Vec<usize>,
    /// Whether it is the state itself.
    is_itself: bool,
}

impl Default for Representative {
    fn default() -> Self {
        let (position, moved) = (Position::default(), Moved::default());
        Self { position, moved, actors: Vec::new(), is_itself: true }
    }
}

impl Representative {
    /// Finds it for a state in which members have these signatures; none if it is the state itself.
    pub(super) fn find(
        &mut self,
        swaps: &mut Swaps,
        cast: &Cast,
        position: &Position,
        signatures: &Signatures,
    ) -> Option<&mut Position> {
        let pairs = sorting(swaps, signatures);
        self.is_itself = pairs.is_empty();
        if self.is_itself {
            return None;
        }
        self.actors.clear();
        let images = (0..cast.names.len())
            .map(|actor| pairs.iter().fold(actor, |actor, &pair| swaps.swapped_actor(pair, actor)));
        self.actors.extend(images);
        let Self { position: image, moved, actors, .. } = self;
        let number = |holder, number| {
            let thing = swaps.things().known(holder, number).expect("what is reached is a thing");
            let to = pairs.iter().fold(thing, |thing, &pair| swaps.swapped(pair, thing));
            swaps.things().number(to)
        };
        position.image(cast, |actor| actors[actor], number, (image, moved));
        Some(image)
    }

    /// What is to be changed in a copy of the state, which is its own representative.
    pub(super) fn copy(&mut self, of: &Position) -> &mut Position {
        self.position.clone_from(of);
        &mut self.position
    }

    /// Where a step of the state is in the representative.
    pub(super) fn place(&self, cast: &Cast, place: Place) -> Place {
        if self.is_itself {
            return place;
        }
        Position::place_in(cast, place, |actor| self.actors[actor], &self.moved)
    }
}

/// The pairs of members that change places one after the other until the signatures of each class ascend.
fn sorting(swaps: &Swaps, signatures: &Signatures) -> SmallVec<[Pair; 8]> {
    let mut pairs = SmallVec::new();
    for class in swaps.classes() {
        let mut there: SmallVec<[usize; 16]> = class.clone().collect();
        let mut wanted = there.clone();
        wanted.sort_by_key(|&member| signatures[member]);
        for at in 0..there.len() {
            let from = (at..there.len()).find(|&from| there[from] == wanted[at]);
            let from = from.expect("they are the same members");
            if from > at {
                there.swap(at, from);
                pairs.push((class.start + at, class.start + from));
            }
        }
    }
    pairs
}
