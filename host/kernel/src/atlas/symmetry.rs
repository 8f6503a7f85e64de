//! Which actors are interchangeable, as it turns out while their steps are learned.
//!
//! Participants of one transaction, acceptors, clients: if they are started alike, states come in copies that differ in
//! nothing but who is who. Nobody has to declare that, and nothing has to be computed from images and payloads, in which ids
//! are hidden: for two actors of one component it is *supposed* that they can change places, and what that makes of an actor
//! or a message as a whole is learned with the steps. A [`Swap`] maps numbers of the atlas to numbers: the first state of one
//! actor to that of the other; and where a step is known, the step in the swapped app has to be known too, and what the one
//! leads to is mapped to what the other leads to. If that contradicts what was mapped before, the two are not alike, and
//! nothing that was remembered holds any more.
//!
//! # Why that is sound
//!
//! A swap `p` maps states: each actor goes where `p` has it, with its number mapped, and so do messages and timers; monitors
//! stay where they are. Each swap is a one-to-one map, since it is noted in both directions and never changed. Let `K` be the
//! steps that are [checked](Symmetry::is_checked): whatever the search takes is among them, `K` is closed under all swaps, and
//! for each of them and each swap the two steps were taken by the kernel, with the same draws of the same bounds, and have
//! corresponding effects. Then
//!
//! 1. `p` maps the start to itself; that is compared as a whole.
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
//! A search that sleeps has its steps in the order of the representative: it is the search through the representatives, each
//! of them under other names. Equal signatures of actors that are not alike only mean more than one representative.
//!
//! A loop in which a monitor stays hot is one up to swaps too, since monitors stay where they are. The other way round that
//! need not be: a state that is the image of an earlier one closes no loop. So who meets such a loop must look at all states.

use alloc::vec;
use alloc::vec::Vec;

use smallvec::SmallVec;

use super::Talks;
use super::cast::Cast;
use super::position::{Holder, Moved, Place, Position};
use super::table::PairTable;
use super::{Atlas, Content, Done, Effect, Entry, Node, START, pair};
use crate::delivery::Delivery;

/// Not known.
const UNKNOWN: u32 = u32::MAX;

/// An actor or a monitor as it is, or a message to someone: what has one image under each swap.
type Thing = u32;

/// A step: of which actor, what it is, what it gets, what it draws, and what the monitors are before.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    actor: usize,
    node: Node,
    content: Content,
    draws: SmallVec<[(u32, u32); 2]>,
    monitors: SmallVec<[Node; 2]>,
}

impl Case {
    /// The step at a place of a position, with these draws.
    pub(crate) fn new(
        cast: &Cast,
        position: &Position,
        place: Place,
        draws: &[(u32, u32)],
    ) -> Self {
        let (actor, node, content) = position.step(cast, place);
        let monitors = position.monitors(cast).collect();
        Self { actor, node, content, draws: draws.into(), monitors }
    }

    /// What it does, by number, if that is known.
    fn number(&self, atlas: &Atlas) -> Option<u32> {
        match atlas.known(self.node, self.content, &self.draws) {
            Some(Entry::Over(number)) => Some(number),
            _ => None,
        }
    }

    /// Whether each draw has as many results as it was found to have.
    fn draws_as_many(&self, atlas: &Atlas) -> bool {
        (0..self.draws.len()).all(|draw| {
            let entry = atlas.known(self.node, self.content, &self.draws[..draw]);
            matches!(entry, Some(Entry::Draw { bound, .. }) if bound == self.draws[draw].0)
        })
    }

    /// Which monitors hear of it, what they are before and what they hear; none if it is not known what they do.
    fn heard(&self, atlas: &Atlas, done: Done<'_>) -> Option<SmallVec<[(u32, Node, Content); 2]>> {
        let mut monitors = self.monitors.clone();
        let heard = done.notices().iter().map(|notice| {
            let monitor = &mut monitors[notice.monitor as usize];
            let before = *monitor;
            *monitor = atlas.watched(before, notice.content)?.after;
            Some((notice.monitor, before, notice.content))
        });
        heard.collect()
    }
}

/// What becomes of actors and things if two actors change places. Whatever it maps to something it maps back.
#[derive(Debug, Default)]
struct Swap {
    /// By number.
    actors: Vec<u32>,
    things: Vec<Thing>,
}

impl Swap {
    /// Notes that these are mapped to each other; whether that can be.
    fn pair(map: &mut Vec<u32>, one: u32, other: u32) -> bool {
        let len = one.max(other) as usize + 1;
        if map.len() < len {
            map.resize(len, UNKNOWN);
        }
        if map[one as usize] == UNKNOWN && map[other as usize] == UNKNOWN {
            (map[one as usize], map[other as usize]) = (other, one);
        }
        map[one as usize] == other && map[other as usize] == one
    }

    fn known(map: &[u32], of: u32) -> Option<u32> {
        map.get(of as usize).copied().filter(|&known| known != UNKNOWN)
    }

    /// Where an actor goes. One that was never there is nowhere else.
    fn actor(&self, actor: usize) -> usize {
        Self::known(&self.actors, number_of(actor)).map_or(actor, |to| to as usize)
    }
}

/// Actors that are supposed to be interchangeable, what is known of how, and the keys of states up to that.
#[derive(Debug)]
pub(crate) struct Symmetry {
    /// The numbers of the actors that can change places, class by class.
    members: Vec<usize>,
    /// Where each class begins and ends.
    classes: Vec<core::ops::Range<usize>>,
    /// By two members of one class, the first before the second. Those of neighbours are learned, the others follow.
    swaps: Vec<Swap>,
    /// Who sends to whom, if that can matter.
    talks: Option<Talks>,
    numbers: PairTable<Thing>,
    /// By thing: the number that it has for whoever holds it.
    things: Vec<u32>,
    checked: Vec<bool>,
    checked_watched: PairTable<()>,
    /// By thing and member: equal ones can be made of each other by swaps. And by thing whether it has one for all members
    /// of a class.
    orbits: Vec<u32>,
    is_neutral: Vec<Option<bool>>,
    orbits_len: u32,
    /// The representative of the state whose key was asked for last, and how the state is mapped to it.
    representative: Position,
    moved: Moved,
    actors: Vec<usize>,
    is_itself: bool,
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
        let members = classes.concat();
        let mut end = 0;
        let ranges = classes.iter().map(|class| {
            end += class.len();
            end - class.len()..end
        });
        let classes = ranges.collect();
        let swaps = members.len() * members.len();
        talks.meet(cast.names.len());
        let mut symmetry = Self {
            classes,
            talks: (cast.delivery == Delivery::Causal).then_some(talks),
            swaps: (0..swaps).map(|_| Swap::default()).collect(),
            members,
            numbers: PairTable::new(),
            things: Vec::new(),
            checked: Vec::new(),
            checked_watched: PairTable::new(),
            orbits: Vec::new(),
            is_neutral: Vec::new(),
            orbits_len: 0,
            representative: Position::default(),
            moved: Moved::default(),
            actors: Vec::new(),
            is_itself: true,
        };
        for swap in symmetry.learned() {
            if !symmetry.begin(cast, start, swap) {
                return Err(symmetry.pair_of(swap));
            }
        }
        Ok(Some(symmetry))
    }

    /// How many actors are interchangeable, by class, and one of them by number.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (usize, usize)> {
        self.classes.iter().map(|class| (self.members[class.start], class.len()))
    }

    /// The swaps that are learned, by number.
    pub(crate) fn learned(&self) -> SmallVec<[usize; 8]> {
        let neighbours = self.classes.iter().flat_map(|class| class.start..class.end - 1);
        neighbours.map(|first| self.swap_of(first, first + 1)).collect()
    }

    /// The actors that a swap is about.
    pub(crate) fn pair_of(&self, swap: usize) -> (usize, usize) {
        let count = self.members.len();
        (self.members[swap / count], self.members[swap % count])
    }

    fn swap_of(&self, one: usize, other: usize) -> usize {
        one * self.members.len() + other
    }

    /// Lets a swap map the start to itself; whether that can be.
    fn begin(&mut self, cast: &Cast, start: &Position, swap: usize) -> bool {
        let (one, other) = self.pair_of(swap);
        for actor in 0..cast.names.len() {
            let to = if actor == one { other } else { actor };
            let is_known = actor == one || start.actor(actor).is_some() || cast.is_outside(actor);
            if is_known
                && actor != other
                && !Swap::pair(&mut self.swaps[swap].actors, number_of(actor), number_of(to))
            {
                return false;
            }
        }
        let mut things = SmallVec::<[_; 32]>::new();
        start.numbers(cast, |holder, number, _| things.push((holder, number)));
        // What an actor is at the start becomes what the other one is; a message, whatever is in its place.
        let actor = |actor| self.swaps[swap].actor(actor);
        let pairs = start.counterparts(cast, actor);
        let paired = things.into_iter().zip(pairs).all(|(one, other)| {
            other.is_some_and(|other| {
                let (one, other) = (self.thing(one), self.thing(other));
                Swap::pair(&mut self.swaps[swap].things, one, other)
            })
        });
        let image = if paired { self.image(cast, start, swap) } else { None };
        image.is_some_and(|image| self.are_like(cast, image, start.clone()))
    }

    /// Whether two states are the same in all that matters.
    pub(crate) fn are_like(&self, cast: &Cast, mut one: Position, mut other: Position) -> bool {
        if let Some(talks) = &self.talks {
            one.forget_order(cast, talks);
            other.forget_order(cast, talks);
        }
        one.key() == other.key()
    }

    /// A state after a swap; none if it is not known of all that is in it what becomes of it.
    fn image(&mut self, cast: &Cast, of: &Position, swap: usize) -> Option<Position> {
        let mut image = Position::default();
        let Self { swaps, numbers, things, moved, .. } = self;
        let (swap, mut is_known) = (&swaps[swap], true);
        let number = |holder, number| {
            let thing = numbers.get(key_of(holder, number));
            match thing.and_then(|thing| Swap::known(&swap.things, thing)) {
                Some(to) => things[to as usize],
                None => {
                    is_known = false;
                    number
                }
            }
        };
        of.image(cast, |actor| swap.actor(actor), number, (&mut image, moved));
        is_known.then_some(image)
    }

    /// A step in the state after a swap, and that state; none if the state is not known.
    pub(crate) fn image_of_step(
        &mut self,
        cast: &Cast,
        (of, place): (&Position, Place),
        swap: usize,
    ) -> Option<(Position, Place)> {
        let image = self.image(cast, of, swap)?;
        let actor = |actor| self.swaps[swap].actor(actor);
        Some((image, Position::place_in(cast, place, actor, &self.moved)))
    }

    /// A step after a swap; none if it is not known what becomes of something in it.
    pub(crate) fn image_of_case(&mut self, case: &Case, swap: usize) -> Option<Case> {
        let actor = self.swaps[swap].actor(case.actor);
        let number = |holder, number| {
            let thing = self.numbers.get(key_of(holder, number))?;
            let to = Swap::known(&self.swaps[swap].things, thing)?;
            Some(self.things[to as usize])
        };
        let node = number(Holder::Itself, case.node)?;
        let content = match case.content {
            START => START,
            content => number(Holder::Actor(case.actor), content)?,
        };
        let monitors = case.monitors.iter().map(|&monitor| number(Holder::Itself, monitor));
        let monitors = monitors.collect::<Option<_>>()?;
        Some(Case { actor, node, content, draws: case.draws.clone(), monitors })
    }

    /// Whether a step is checked against all swaps, of which is known what it does.
    pub(crate) fn is_checked(&self, atlas: &Atlas, step: u32, case: impl FnOnce() -> Case) -> bool {
        let done = atlas.done(step);
        if self.checked.get(step as usize) != Some(&true) {
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
        let step = case.number(atlas).expect("it is known what a checked step does");
        if self.is_checked(atlas, step, || case.clone()) {
            return true;
        }
        let len = self.checked.len().max(step as usize + 1);
        self.checked.resize(len, false);
        self.checked[step as usize] = true;
        let done = atlas.done(step);
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

    /// Whether it turned out that more can matter than was known.
    pub(crate) fn has_grown(&mut self) -> bool {
        self.talks.as_mut().is_some_and(Talks::close)
    }

    /// Who sends to whom, to begin with that anew.
    pub(crate) fn into_talks(self) -> Talks {
        self.talks.unwrap_or_default()
    }

    /// Whether it is known of a step what it does, and what monitors do.
    pub(crate) fn is_known(atlas: &Atlas, case: &Case) -> bool {
        let number = case.number(atlas);
        number.is_some_and(|number| case.heard(atlas, atlas.done(number)).is_some())
    }

    /// Notes that what one step leads to becomes what the other leads to by a swap; whether that can be.
    pub(crate) fn pair(
        &mut self,
        (cast, atlas): (&Cast, &Atlas),
        swap: usize,
        (one, other): (&Case, &Case),
    ) -> bool {
        let numbers = one.number(atlas).zip(other.number(atlas));
        let Some((number, image)) = numbers.filter(|_| other.draws_as_many(atlas)) else {
            return false;
        };
        let (done, image) = (atlas.done(number), atlas.done(image));
        let after = match (done.after(), image.after()) {
            (Some(one), Some(other)) => self.pair_nodes(swap, one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        after
            && done.joins() == image.joins()
            && self.pair_births(cast, swap, (done, image))
            && self.pair_effects(cast, swap, (one, done), (other, image))
            && self.pair_notices(atlas, swap, (one, done), (other, image))
    }

    fn pair_things(&mut self, swap: usize, one: (Holder, u32), other: (Holder, u32)) -> bool {
        let (one, other) = (self.thing(one), self.thing(other));
        Swap::pair(&mut self.swaps[swap].things, one, other)
    }

    fn pair_nodes(&mut self, swap: usize, one: Node, other: Node) -> bool {
        self.pair_things(swap, (Holder::Itself, one), (Holder::Itself, other))
    }

    /// Whom it creates: those of whom it is not known who becomes of them one after the other.
    fn pair_births(
        &mut self,
        cast: &Cast,
        swap: usize,
        (done, image): (Done<'_>, Done<'_>),
    ) -> bool {
        let births = |done: Done<'_>| -> SmallVec<[(u32, Node); 8]> {
            let births = done.effects().iter().filter_map(Effect::birth);
            let births = births.filter_map(|birth| Some((cast.number(birth.name)?, birth.node)));
            births.map(|(number, node)| (number_of(number), node)).collect()
        };
        let images = births(image);
        births(done).into_iter().all(|(number, node)| {
            let actors = &self.swaps[swap].actors;
            let to = Swap::known(actors, number);
            let is_image = |image: u32| match to {
                Some(to) => image == to,
                None => Swap::known(actors, image).is_none(),
            };
            let Some(&(to, image)) = images.iter().find(|image| is_image(image.0)) else {
                return false;
            };
            cast.rooms[number as usize] == cast.rooms[to as usize]
                && Swap::pair(&mut self.swaps[swap].actors, number, to)
                && self.pair_nodes(swap, node, image)
        })
    }

    /// What it does around it: messages channel by channel, actors and timers by their numbers, and all in the same order
    /// wherever that matters.
    fn pair_effects(
        &mut self,
        cast: &Cast,
        swap: usize,
        (one, done): (&Case, Done<'_>),
        (other, image): (&Case, Done<'_>),
    ) -> bool {
        let mut left: SmallVec<[_; 8]> = image.effects().iter().enumerate().collect();
        let whom = |effect: &Effect| match effect {
            Effect::Send(sent) => cast.receiver(sent),
            Effect::Bear(birth) => cast.number(birth.name),
            Effect::Stop(_) | Effect::Arm(_) => None,
        };
        // Where the image of each is, and whom it is about.
        let mut order = SmallVec::<[(usize, Option<usize>, bool); 8]>::new();
        let paired = done.effects().iter().all(|effect| {
            let to = whom(effect);
            let is_image = |(_, image): &(usize, &Effect)| match (effect, image) {
                (Effect::Send(_), Effect::Send(_)) | (Effect::Bear(_), Effect::Bear(_)) => {
                    to.map(|to| self.swaps[swap].actor(to)) == whom(image)
                }
                (Effect::Stop(one), Effect::Stop(other)) => one == other,
                (Effect::Arm(one), Effect::Arm(other)) => {
                    (one.id, one.due) == (other.id, other.due)
                }
                _ => false,
            };
            let Some(at) = left.iter().position(is_image) else { return false };
            let (place, image) = left.remove(at);
            order.push((place, to, matches!(effect, Effect::Send(_))));
            let (one, other) = (Holder::Actor(one.actor), Holder::Actor(other.actor));
            match (effect, image) {
                (Effect::Send(sent), Effect::Send(image)) => {
                    let Some(to) = to else { return false };
                    let image_to = self.swaps[swap].actor(to);
                    let (to, image_to) = (Holder::Actor(to), Holder::Actor(image_to));
                    self.pair_things(swap, (to, sent.content), (image_to, image.content))
                }
                (Effect::Arm(arming), Effect::Arm(image)) => {
                    self.pair_things(swap, (one, arming.content), (other, image.content))
                }
                _ => true,
            }
        });
        paired && left.is_empty() && self.may_turn(one.actor, &order)
    }

    /// Whether nobody can tell in which order an actor does this: the place of each in the order that there is, whom it is
    /// about, and whether it is a message.
    fn may_turn(&self, actor: usize, order: &[(usize, Option<usize>, bool)]) -> bool {
        let Some(talks) = &self.talks else { return true };
        let mut pairs = (0..order.len()).flat_map(|at| (0..at).map(move |before| (before, at)));
        pairs.all(|(before, at)| {
            let ((before, one, is_sent), (at, other, is_other_sent)) = (order[before], order[at]);
            let shows = |(one, other)| {
                is_sent && talks.matters_to((actor, one), other)
                    || is_other_sent && talks.matters_to((actor, other), one)
            };
            before < at || one.zip(other).is_some_and(|both| !shows(both))
        })
    }

    /// What monitors hear, and what they become.
    fn pair_notices(
        &mut self,
        atlas: &Atlas,
        swap: usize,
        (one, done): (&Case, Done<'_>),
        (other, image): (&Case, Done<'_>),
    ) -> bool {
        let known = one.heard(atlas, done).zip(other.heard(atlas, image));
        let Some((heard, image)) = known else { return false };
        heard.len() == image.len()
            && heard.into_iter().zip(image).all(|(one, other)| {
                let watched =
                    |(_, node, content)| atlas.watched(node, content).expect("seen above");
                let (does, other_does) = (watched(one), watched(other));
                let (holder, other_holder) = (Holder::Monitor(one.0), Holder::Monitor(other.0));
                holder == other_holder
                    && does.state == other_does.state
                    && self.pair_things(swap, (holder, one.2), (other_holder, other.2))
                    && self.pair_nodes(swap, does.after, other_does.after)
            })
    }

    fn thing(&mut self, (holder, number): (Holder, u32)) -> Thing {
        let next = number_of(self.things.len());
        let thing = self.numbers.get_or_insert(key_of(holder, number), next);
        if thing == next {
            self.things.push(number);
        }
        thing
    }

    /// What becomes of a thing if two members of a class change places.
    fn turned(&mut self, (one, other): (usize, usize), thing: Thing) -> Thing {
        let swap = self.swap_of(one, other);
        if let Some(to) = Swap::known(&self.swaps[swap].things, thing) {
            return to;
        }
        assert!(one + 1 < other, "what is reached is mapped by all swaps that are learned");
        let neighbour = (one, one + 1);
        let to = self.turned(neighbour, thing);
        let to = self.turned((one + 1, other), to);
        let to = self.turned(neighbour, to);
        let is_new = Swap::pair(&mut self.swaps[swap].things, thing, to);
        assert!(is_new, "a swap maps back");
        to
    }

    /// Where an actor goes if two members of a class change places.
    fn turned_actor(&mut self, (one, other): (usize, usize), actor: usize) -> usize {
        let swap = self.swap_of(one, other);
        let known = |swap: &Swap| Swap::known(&swap.actors, number_of(actor));
        if let Some(to) = known(&self.swaps[swap]) {
            return to as usize;
        }
        let neighbours = self.swap_of(one, one + 1);
        if known(&self.swaps[neighbours]).is_none() {
            return actor;
        }
        let to = self.turned_actor((one, one + 1), actor);
        let to = self.turned_actor((one + 1, other), to);
        let to = self.turned_actor((one, one + 1), to);
        let is_new = Swap::pair(&mut self.swaps[swap].actors, number_of(actor), number_of(to));
        assert!(is_new, "a swap maps back");
        to
    }

    /// The key of a state: the same for states that swaps make of each other, unless they are hard to tell apart.
    pub(crate) fn key(&mut self, cast: &Cast, position: &Position) -> u128 {
        let signatures = self.signatures(cast, position);
        let mut turns = SmallVec::<[(usize, usize); 8]>::new();
        for class in &self.classes {
            let mut there: SmallVec<[usize; 16]> = class.clone().collect();
            let mut wanted = there.clone();
            wanted.sort_by_key(|&member| signatures[member]);
            for at in 0..there.len() {
                let from = (at..there.len()).find(|&from| there[from] == wanted[at]);
                let from = from.expect("they are the same members");
                if from > at {
                    there.swap(at, from);
                    turns.push((class.start + at, class.start + from));
                }
            }
        }
        self.is_itself = turns.is_empty();
        if !self.is_itself {
            self.turn(cast, position, &turns);
        } else if self.talks.is_some() {
            self.representative.clone_from(position);
        } else {
            return position.key();
        }
        if let Some(talks) = &self.talks {
            self.representative.forget_order(cast, talks);
        }
        self.representative.key()
    }

    /// Makes the representative of a state, by these turns.
    fn turn(&mut self, cast: &Cast, position: &Position, turns: &[(usize, usize)]) {
        let mut actors = core::mem::take(&mut self.actors);
        actors.clear();
        actors.extend(
            (0..cast.names.len()).map(|actor| {
                turns.iter().fold(actor, |actor, &turn| self.turned_actor(turn, actor))
            }),
        );
        let mut into = core::mem::take(&mut self.representative);
        let mut moved = core::mem::take(&mut self.moved);
        let number = |holder, number| {
            let thing = self.known(holder, number);
            let to = turns.iter().fold(thing, |thing, &turn| self.turned(turn, thing));
            self.things[to as usize]
        };
        position.image(cast, |actor| actors[actor], number, (&mut into, &mut moved));
        (self.actors, self.representative, self.moved) = (actors, into, moved);
    }

    /// Where a step of the state whose key was asked for last is in the representative.
    pub(crate) fn place(&self, cast: &Cast, place: Place) -> Place {
        if self.is_itself {
            return place;
        }
        Position::place_in(cast, place, |actor| self.actors[actor], &self.moved)
    }

    /// By member: something that is the same for members that swaps make of each other.
    fn signatures(&mut self, cast: &Cast, position: &Position) -> SmallVec<[u64; 16]> {
        let count = self.members.len();
        let mut signatures: SmallVec<[u64; 16]> = SmallVec::from_elem(0, count);
        position.numbers(cast, |holder, number, rank| {
            let thing = self.known(holder, number);
            if self.is_neutral(thing) {
                return;
            }
            let orbits = &self.orbits[thing as usize * count..][..count];
            for (signature, &orbit) in signatures.iter_mut().zip(orbits) {
                *signature = signature.wrapping_add(mixed(rank << 32 ^ u64::from(orbit)));
            }
        });
        signatures
    }

    fn known(&self, holder: Holder, number: u32) -> Thing {
        self.numbers.get(key_of(holder, number)).expect("what is reached is a thing")
    }

    /// Whether a thing does not tell members of a class apart. If it does, it is known how.
    fn is_neutral(&mut self, thing: Thing) -> bool {
        if let Some(&Some(is_neutral)) = self.is_neutral.get(thing as usize) {
            return is_neutral;
        }
        let count = self.members.len();
        self.is_neutral.resize(self.things.len(), None);
        self.orbits.resize(self.things.len() * count, UNKNOWN);
        for member in 0..count {
            self.note_orbit(thing, member);
        }
        let orbits = &self.orbits[thing as usize * count..][..count];
        let is_neutral = self
            .classes
            .iter()
            .all(|class| orbits[class.clone()].iter().all(|&orbit| orbit == orbits[class.start]));
        self.is_neutral[thing as usize] = Some(is_neutral);
        is_neutral
    }

    /// Finds what swaps make of a thing and a member together.
    fn note_orbit(&mut self, thing: Thing, member: usize) {
        let count = self.members.len();
        if self.orbits[thing as usize * count + member] != UNKNOWN {
            return;
        }
        self.orbits_len += 1;
        let mut ahead = vec![(thing, member)];
        let neighbours: SmallVec<[usize; 8]> =
            self.classes.iter().flat_map(|class| class.start..class.end - 1).collect();
        while let Some((thing, member)) = ahead.pop() {
            let orbit = &mut self.orbits[thing as usize * count + member];
            if *orbit != UNKNOWN {
                continue;
            }
            *orbit = self.orbits_len;
            for &first in &neighbours {
                let to = if member == first {
                    first + 1
                } else if member == first + 1 {
                    first
                } else {
                    member
                };
                ahead.push((self.turned((first, first + 1), thing), to));
            }
        }
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

fn key_of(holder: Holder, number: u32) -> u64 {
    let holder = match holder {
        Holder::Itself => 0,
        Holder::Actor(actor) => 1 + u64::from(number_of(actor)),
        Holder::Monitor(monitor) => 1 << 16 | u64::from(monitor),
    };
    holder << 32 | u64::from(number)
}

fn number_of(place: usize) -> u32 {
    u32::try_from(place).expect("an atlas has a bound")
}

/// One-to-one, and every bit changes many (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
