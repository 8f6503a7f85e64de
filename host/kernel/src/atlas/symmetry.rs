//! Which actors are interchangeable, as it turns out while their steps are learned.
//!
//! Participants of one transaction, acceptors, clients: if they are started alike, states come in copies that differ in
//! nothing but who is who. Nobody has to declare that, and nothing has to be computed from images and payloads, in which ids
//! are hidden: for two actors of one component it is *supposed* that they can change places, and what that makes of an actor
//! or a message as a whole is learned with the steps. A swap maps numbers of the atlas to numbers ([`Swaps`]): the first
//! state of one actor to that of the other; and where a step is known, the step in the swapped app has to be known too, and
//! what the one leads to is mapped to what the other leads to ([`Pairing`]). If that contradicts what was mapped before, the
//! two are not alike, and nothing that was remembered holds any more.
//!
//! States that swaps make of each other are told apart no more: one of them, the [`Representative`], gives all of them its
//! key. It is hard to find in general; signatures ([`Orbits`]) are enough where members differ in what they are and get.
//!
//! Elsewhere the author of a model declares which values are interchangeable (Ip and Dill, "Better verification through
//! symmetry", 1996).
//!
//! # Why that is sound
//!
//! A swap `p` maps states: each actor goes where `p` has it, with its number mapped, and so do messages and timers; monitors
//! stay where they are. Each swap is a one-to-one map, since it is noted in both directions and never changed. Let `K` be the
//! steps that are [checked](Symmetry::is_checked): whatever the search takes is among them, `K` is closed under all swaps, and
//! for each of them and each swap the two steps were taken by the kernel, with the same draws of the same bounds, and have
//! corresponding effects. Then
//!
//! 1. `p` maps the start to itself; that is compared as a whole ([`Symmetry::new`]).
//! 2. If `p` maps `s` to `t`, then a step of `s` in `K` has one of `t` in `K`, and what follows is mapped to what follows. What
//!    may be taken depends on channels, on the age within them, on what arrived before what and on due times, all of which
//!    `p` keeps.
//! 3. So for each product `g` of swaps and each `s` that was gone into, `g(s)` is a state of the app, reached by as many steps,
//!    and each step of `g(s)` is the image of one of `s`.
//! 4. Let `u` be reached by some execution. By induction over its steps there are `g` and an `s` that was gone into with
//!    `u = g(s)`: if `u` goes on to `v`, then by 3 `s` goes on to some `s'` with `v = g(s')`, and the search has gone into `s'`
//!    or, if a state with the key of `s'` was known, into `h(s')` for some product `h`; `v` is `g h^-1` of that.
//! 5. A monitor has the same state in `s` and `g(s)`, and a step that is a bug is never in `K`. So if no `s` shows a bug, then
//!    no `u` does: the step to a bug in `u` would be the image of one in `K`, and these were taken without one.
//!
//! A loop in which a monitor stays hot is one up to swaps too, since monitors stay where they are. The other way round that
//! need not be: a state that is the image of an earlier one closes no loop. So who meets such a loop must look at all states.

mod case;
mod orbits;
mod pairing;
mod representative;
mod swaps;
mod things;

use alloc::vec;
use alloc::vec::Vec;

use smallvec::SmallVec;

pub(crate) use self::case::Case;
use self::orbits::Orbits;
use self::pairing::Pairing;
use self::representative::Representative;
use self::swaps::Swaps;
use super::cast::Cast;
use super::position::{Place, Position};
use super::table::PairTable;
use super::{Atlas, Done, Effect, Talks, pair};
use crate::delivery::Delivery;

/// Actors that are supposed to be interchangeable, what is known of how, and the keys of states up to that.
#[derive(Debug)]
pub(crate) struct Symmetry {
    swaps: Swaps,
    /// Who sends to whom, if that can matter.
    talks: Option<Talks>,
    /// By step: whether it is checked.
    checked: Vec<bool>,
    /// What is checked of monitors: what they are, and what they hear.
    checked_watched: PairTable<()>,
    orbits: Orbits,
    /// Of the state whose key was asked for last.
    representative: Representative,
}

impl Symmetry {
    /// Supposes that all actors of one definition are interchangeable, these pairs excepted. None if that leaves nothing to
    /// suppose; the pair that is not alike after all if the start shows that.
    pub(crate) fn new(
        cast: &Cast,
        start: &Position,
        excepted: &[(usize, usize)],
        mut talks: Talks,
    ) -> Result<Option<Self>, (usize, usize)> {
        let classes = classes(cast, excepted);
        if classes.is_empty() {
            return Ok(None);
        }
        talks.meet(cast.names.len());
        let mut symmetry = Self {
            swaps: Swaps::new(&classes),
            talks: (cast.delivery == Delivery::Causal).then_some(talks),
            checked: Vec::new(),
            checked_watched: PairTable::new(),
            orbits: Orbits::default(),
            representative: Representative::default(),
        };
        for swap in symmetry.learned() {
            if !symmetry.begin(cast, start, swap) {
                return Err(symmetry.actors_of(swap));
            }
        }
        Ok(Some(symmetry))
    }

    /// Lets a swap map the start to itself; whether that can be.
    fn begin(&mut self, cast: &Cast, start: &Position, swap: usize) -> bool {
        let image = if self.swaps.begin(cast, start, swap) {
            self.swaps.image(cast, start, swap)
        } else {
            None
        };
        image.is_some_and(|(image, _)| self.are_like(cast, image, start.clone()))
    }

    /// How many actors are interchangeable, by class, and one of them by number.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (usize, usize)> {
        let classes = self.swaps.classes().iter();
        classes.map(|class| (self.swaps.members()[class.start], class.len()))
    }

    /// The swaps that are learned, by number.
    pub(crate) fn learned(&self) -> SmallVec<[usize; 8]> {
        self.swaps.learned()
    }

    /// The actors that a swap is about.
    pub(crate) fn actors_of(&self, swap: usize) -> (usize, usize) {
        self.swaps.actors_of(swap)
    }

    /// Whether two states are the same in all that matters.
    pub(crate) fn are_like(&self, cast: &Cast, mut one: Position, mut other: Position) -> bool {
        if let Some(talks) = &self.talks {
            one.forget_order(cast, talks);
            other.forget_order(cast, talks);
        }
        one.key() == other.key()
    }

    /// A step in the state after a swap, and that state; none if the state is not known.
    pub(crate) fn image_of_step(
        &self,
        cast: &Cast,
        (of, place): (&Position, Place),
        swap: usize,
    ) -> Option<(Position, Place)> {
        let (image, moved) = self.swaps.image(cast, of, swap)?;
        let actor = |actor| self.swaps.actor(swap, actor);
        Some((image, Position::place_in(cast, place, actor, &moved)))
    }

    /// A step after a swap; none if it is not known what becomes of something in it.
    pub(crate) fn image_of_case(&self, case: &Case, swap: usize) -> Option<Case> {
        let number = |holder, number| self.swaps.number(swap, holder, number);
        case.image(self.swaps.actor(swap, case.actor), number)
    }

    /// Whether a step is checked against all swaps, of which is known what it does.
    pub(crate) fn is_checked(
        &self,
        atlas: &Atlas,
        done: Done<'_>,
        case: impl FnOnce() -> Case,
    ) -> bool {
        if self.checked.get(done.number() as usize) != Some(&true) {
            return false;
        }
        if done.notices().is_empty() {
            return true;
        }
        let heard = case().heard(atlas, done).expect("it is known what monitors do");
        heard
            .iter()
            .all(|&(_, node, content)| self.checked_watched.get(pair(node, content)).is_some())
    }

    /// Notes that a step is checked, or about to be; whether it was.
    pub(crate) fn check(&mut self, (cast, atlas): (&Cast, &Atlas), case: &Case) -> bool {
        let done = case.done(atlas).expect("it is known what a checked step does");
        if self.is_checked(atlas, done, || case.clone()) {
            return true;
        }
        let step = done.number() as usize;
        let len = self.checked.len().max(step + 1);
        self.checked.resize(len, false);
        self.checked[step] = true;
        if let Some(talks) = &mut self.talks {
            let reached = done.effects().iter().filter_map(|effect| match effect {
                Effect::Stop(_) => None,
                Effect::Send(sent) => cast.receiver(sent),
                Effect::Bear(birth) => cast.number(birth.name),
                Effect::Arm(_) => Some(case.actor),
            });
            reached.for_each(|to| talks.add(case.actor, to));
        }
        let heard = case.heard(atlas, done).expect("it is known what monitors do");
        for (_, node, content) in heard {
            self.checked_watched.insert(pair(node, content), ());
        }
        false
    }

    /// Notes that what one step leads to becomes what the other leads to by a swap; whether that can be.
    pub(crate) fn pair(
        &mut self,
        known: (&Cast, &Atlas),
        swap: usize,
        cases: (&Case, &Case),
    ) -> bool {
        let pairing = Pairing::new(known, self.talks.as_ref(), swap, cases);
        pairing.is_some_and(|pairing| pairing.note(&mut self.swaps))
    }

    /// Whether it turned out that more can matter than was known.
    pub(crate) fn has_grown(&mut self) -> bool {
        self.talks.as_mut().is_some_and(Talks::close)
    }

    /// Who sends to whom, to begin with that anew.
    pub(crate) fn into_talks(self) -> Talks {
        self.talks.unwrap_or_default()
    }

    /// The key of a state: the same for states that swaps make of each other, unless they are hard to tell apart.
    pub(crate) fn key(&mut self, cast: &Cast, position: &Position) -> u128 {
        let signatures = self.orbits.signatures(&mut self.swaps, cast, position);
        let image = self.representative.find(&mut self.swaps, cast, position, &signatures);
        let Some(talks) = &self.talks else {
            return image.map_or(position, |image| image).key();
        };
        let image = match image {
            Some(image) => image,
            None => self.representative.copy(position),
        };
        image.forget_order(cast, talks);
        image.key()
    }

    /// Where a step of the state whose key was asked for last is in its representative.
    pub(crate) fn place(&self, cast: &Cast, place: Place) -> Place {
        self.representative.place(cast, place)
    }
}

/// Actors of one definition with as much room, class by class, in none of which two are excepted.
fn classes(cast: &Cast, excepted: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut classes: Vec<(u32, Vec<usize>)> = Vec::new();
    for actor in 0..cast.names.len() {
        let Some(definition) = cast.definition(actor) else { continue };
        let fits = |class: &&mut (u32, Vec<usize>)| {
            let is_like = |&other: &usize| {
                cast.rooms[other] == cast.rooms[actor] && !excepted.contains(&(other, actor))
            };
            class.0 == definition && class.1.iter().all(is_like)
        };
        match classes.iter_mut().find(fits) {
            Some((_, class)) => class.push(actor),
            None => classes.push((definition, vec![actor])),
        }
    }
    classes.into_iter().map(|(_, class)| class).filter(|class| class.len() > 1).collect()
}

/// A place in a list, as the number that is kept.
fn number_of(place: usize) -> u32 {
    u32::try_from(place).expect("an atlas has a bound")
}
