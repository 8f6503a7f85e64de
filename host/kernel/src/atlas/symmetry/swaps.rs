//! What becomes of actors and things if two members of a class change places.
//!
//! Only the swaps of neighbours are learned, since all others are made of them: to swap the first and the third, swap the
//! first two, then the last two, then the first two again.

use alloc::vec::Vec;
use core::ops::Range;

use smallvec::SmallVec;

use super::number_of;
use super::things::{Thing, Things};
use crate::atlas::cast::Cast;
use crate::atlas::position::{Holder, Moved, Position};

/// Not known.
const UNKNOWN: u32 = u32::MAX;

/// Two members of one class by their places among all members, the first before the second.
pub(super) type Pair = (usize, usize);

/// A map of numbers that is its own inverse: whatever it maps to something it maps back, and that never changes. What it
/// maps to itself is known to stay where it is.
#[derive(Debug, Default)]
struct Map(Vec<u32>);

impl Map {
    fn known(&self, of: u32) -> Option<u32> {
        self.0.get(of as usize).copied().filter(|&known| known != UNKNOWN)
    }

    /// Notes that these are mapped to each other; whether that can be.
    fn pair(&mut self, one: u32, other: u32) -> bool {
        let len = one.max(other) as usize + 1;
        if self.0.len() < len {
            self.0.resize(len, UNKNOWN);
        }
        let (of_one, of_other) = (self.0[one as usize], self.0[other as usize]);
        if (of_one, of_other) == (UNKNOWN, UNKNOWN) {
            (self.0[one as usize], self.0[other as usize]) = (other, one);
            return true;
        }
        (of_one, of_other) == (other, one)
    }
}

/// What is known of one swap.
#[derive(Debug, Default)]
struct Swap {
    /// By the numbers of actors.
    actors: Map,
    things: Map,
}

/// The swaps of all members of all classes.
#[derive(Debug)]
pub(super) struct Swaps {
    /// The numbers of the actors that can change places, class by class.
    members: Vec<usize>,
    /// Where each class begins and ends among them.
    classes: Vec<Range<usize>>,
    /// By two members, as [`Swaps::number_of`] says.
    swaps: Vec<Swap>,
    things: Things,
}

impl Swaps {
    /// Of the members of these classes; of no swap is anything known.
    pub(super) fn new(classes: &[Vec<usize>]) -> Self {
        let members = classes.concat();
        let mut end = 0;
        let ranges = classes.iter().map(|class| {
            end += class.len();
            end - class.len()..end
        });
        let classes = ranges.collect();
        let swaps = (0..members.len() * members.len()).map(|_| Swap::default()).collect();
        Self { members, classes, swaps, things: Things::new() }
    }

    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }

    pub(super) fn classes(&self) -> &[Range<usize>] {
        &self.classes
    }

    pub(super) fn things(&self) -> &Things {
        &self.things
    }

    /// Members of one class that follow each other.
    pub(super) fn neighbours(&self) -> impl Iterator<Item = Pair> {
        self.classes.iter().flat_map(|class| (class.start..class.end - 1).map(|at| (at, at + 1)))
    }

    /// The swaps that are learned, by number.
    pub(super) fn learned(&self) -> SmallVec<[usize; 8]> {
        self.neighbours().map(|pair| self.number_of(pair)).collect()
    }

    /// The actors that a swap is about.
    pub(super) fn actors_of(&self, swap: usize) -> (usize, usize) {
        let count = self.members.len();
        (self.members[swap / count], self.members[swap % count])
    }

    fn number_of(&self, (one, other): Pair) -> usize {
        one * self.members.len() + other
    }

    /// Lets a swap map the start to itself, as far as that is about what is in it one by one; whether that can be.
    pub(super) fn begin(&mut self, cast: &Cast, start: &Position, swap: usize) -> bool {
        let (one, other) = self.actors_of(swap);
        let is_there = |actor| start.actor(actor).is_some() || cast.is_outside(actor);
        let stay = (0..cast.names.len()).filter(|&actor| actor != one && actor != other);
        let mut pairs = stay.filter(|&actor| is_there(actor)).map(|actor| (actor, actor));
        if !self.pair_actors(swap, (one, other)) || !pairs.all(|pair| self.pair_actors(swap, pair))
        {
            return false;
        }
        let mut things = SmallVec::<[_; 32]>::new();
        start.numbers(cast, |holder, number, _| things.push((holder, number)));
        // What an actor is at the start becomes what the other one is; a message, whatever is in its place.
        let counterparts = start.counterparts(cast, |actor| self.actor(swap, actor));
        let mut pairs = things.into_iter().zip(counterparts);
        pairs.all(|(one, other)| other.is_some_and(|other| self.pair_things(swap, one, other)))
    }

    /// Notes that a swap maps these actors to each other; whether that can be.
    pub(super) fn pair_actors(&mut self, swap: usize, (one, other): (usize, usize)) -> bool {
        self.swaps[swap].actors.pair(number_of(one), number_of(other))
    }

    /// Notes that a swap maps these to each other, of which each is a number of its holder; whether that can be.
    pub(super) fn pair_things(
        &mut self,
        swap: usize,
        one: (Holder, u32),
        other: (Holder, u32),
    ) -> bool {
        let (one, other) = (self.things.meet(one.0, one.1), self.things.meet(other.0, other.1));
        self.swaps[swap].things.pair(one, other)
    }

    /// Where a swap has an actor, if that is known.
    pub(super) fn known_actor(&self, swap: usize, actor: usize) -> Option<usize> {
        self.swaps[swap].actors.known(number_of(actor)).map(|to| to as usize)
    }

    /// Where a swap has an actor. One that was never there is nowhere else.
    pub(super) fn actor(&self, swap: usize, actor: usize) -> usize {
        self.known_actor(swap, actor).unwrap_or(actor)
    }

    /// What a swap makes of a number of whoever holds it, if that is known.
    pub(super) fn number(&self, swap: usize, holder: Holder, number: u32) -> Option<u32> {
        let thing = self.things.known(holder, number)?;
        let to = self.swaps[swap].things.known(thing)?;
        Some(self.things.number(to))
    }

    /// What a swap makes of a state, and where messages and timers are in that; none if it is not known of all that is in
    /// it.
    pub(super) fn image(
        &self,
        cast: &Cast,
        of: &Position,
        swap: usize,
    ) -> Option<(Position, Moved)> {
        let (mut image, mut moved) = (Position::default(), Moved::default());
        let mut is_known = true;
        let number = |holder, number| {
            let to = self.number(swap, holder, number);
            is_known &= to.is_some();
            to.unwrap_or(number)
        };
        of.image(cast, |actor| self.actor(swap, actor), number, (&mut image, &mut moved));
        is_known.then_some((image, moved))
    }

    /// What becomes of a thing, which is mapped by all swaps that are learned, if two members change places.
    pub(super) fn swapped(&mut self, pair: Pair, thing: Thing) -> Thing {
        let swap = self.number_of(pair);
        if let Some(to) = self.swaps[swap].things.known(thing) {
            return to;
        }
        let (one, other) = pair;
        assert!(one + 1 < other, "what is reached is mapped by all swaps that are learned");
        let to = self.swapped((one, one + 1), thing);
        let to = self.swapped((one + 1, other), to);
        let to = self.swapped((one, one + 1), to);
        let is_new = self.swaps[swap].things.pair(thing, to);
        assert!(is_new, "a swap maps back");
        to
    }

    /// Where an actor goes if two members change places.
    pub(super) fn swapped_actor(&mut self, pair: Pair, actor: usize) -> usize {
        let swap = self.number_of(pair);
        if let Some(to) = self.known_actor(swap, actor) {
            return to;
        }
        let (one, other) = pair;
        if self.known_actor(self.number_of((one, one + 1)), actor).is_none() {
            return actor;
        }
        let to = self.swapped_actor((one, one + 1), actor);
        let to = self.swapped_actor((one + 1, other), to);
        let to = self.swapped_actor((one, one + 1), to);
        let is_new = self.pair_actors(swap, (actor, to));
        assert!(is_new, "a swap maps back");
        to
    }
}
