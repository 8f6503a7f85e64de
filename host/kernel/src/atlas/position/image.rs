//! What becomes of an app if actors change places, by what becomes of the numbers in it.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::{Item, Place, Position, STARTING, TIMERS_FROM, Timer, letter, place_of};
use crate::atlas::Talks;
use crate::atlas::cast::Cast;
use crate::atlas::order::{Messages, places};

/// Who a number is about, for which it is a name of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::atlas) enum Holder {
    /// It is what an actor or a monitor is, which tells whose it is.
    Itself,
    /// It is a message to this actor, or what it has armed a timer for.
    Actor(usize),
    /// It is a notice to this monitor.
    Monitor(u32),
}

/// Where messages and timers are after actors have changed places.
#[derive(Debug, Default)]
pub(in crate::atlas) struct Moved {
    messages: Vec<usize>,
    timers: Vec<usize>,
}

impl Moved {
    /// A set of messages, by where they are then.
    fn set(&self, set: Messages) -> Messages {
        places(set).fold(0, |moved, at| moved | 1 << self.messages[at])
    }
}

impl Position {
    /// What it becomes if actors change places, `into` another one: where each actor is then, and what becomes of a number of
    /// whoever holds it. Where the messages and timers are then is noted in `moved`.
    pub(in crate::atlas) fn image(
        &self,
        cast: &Cast,
        actor: impl Fn(usize) -> usize,
        mut number: impl FnMut(Holder, u32) -> u32,
        (into, moved): (&mut Self, &mut Moved),
    ) {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        into.items.clear();
        into.items.resize(cast.fixed(), Item::NOBODY);
        for (at, &item) in fixed.iter().enumerate() {
            let Item { word, after, .. } = item;
            let word = if item.is_there() {
                word & STARTING | u64::from(number(Holder::Itself, item.number()))
            } else {
                word
            };
            let at = if at < cast.names.len() { actor(at) } else { at };
            into.items[at] = Item { word, after, serial: 0 };
        }
        for (serial, item) in (0..).zip(pending) {
            let content = number(Holder::Actor(item.receiver()), item.number());
            let word = letter(actor(item.receiver()), actor(item.sender()), content);
            into.items.push(Item { word, after: item.after, serial });
        }
        into.items[cast.fixed()..].sort_by_key(|message| message.channel());
        moved.messages.clear();
        moved.messages.resize(pending.len(), 0);
        for (at, message) in into.items[cast.fixed()..].iter().enumerate() {
            moved.messages[message.serial as usize] = at;
        }
        into.timers.clear();
        for (serial, timer) in (0..).zip(&self.timers) {
            let content = number(Holder::Actor(timer.owner), timer.content);
            into.timers.push(Timer { owner: actor(timer.owner), content, serial, ..*timer });
        }
        into.timers.sort_unstable_by_key(Timer::rank);
        moved.timers.clear();
        moved.timers.resize(self.timers.len(), 0);
        for (at, timer) in into.timers.iter().enumerate() {
            moved.timers[timer.serial as usize] = at;
        }
        into.each_set(cast, |set| moved.set(set));
    }

    /// Forgets what comes after which message wherever that cannot matter.
    pub(in crate::atlas) fn forget_order(&mut self, cast: &Cast, talks: &Talks) {
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        let channels: SmallVec<[_; 32]> =
            pending.iter().map(|message| (message.sender(), message.receiver())).collect();
        for (actor, item) in fixed[..cast.names.len()].iter_mut().enumerate() {
            item.after = only(item.after, |at| talks.matters(channels[at], actor));
        }
        for message in pending {
            let to = message.receiver();
            message.after = only(message.after, |at| talks.matters_to(channels[at], to));
        }
        for timer in &mut self.timers {
            timer.after = only(timer.after, |at| talks.matters_to(channels[at], timer.owner));
        }
    }

    /// Where a step is after actors have changed places.
    pub(in crate::atlas) fn place_in(
        cast: &Cast,
        place: Place,
        actor: impl Fn(usize) -> usize,
        moved: &Moved,
    ) -> Place {
        if let Some(at) = Self::timer_at(place) {
            return place_of(TIMERS_FROM + moved.timers[at]);
        }
        match usize::from(place).checked_sub(cast.names.len()) {
            Some(at) => place_of(cast.names.len() + moved.messages[at]),
            None => place_of(actor(place.into())),
        }
    }

    /// All numbers, with who holds them and something that stays as it is if actors change places.
    pub(in crate::atlas) fn numbers(&self, cast: &Cast, mut each: impl FnMut(Holder, u32, u64)) {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        for item in fixed.iter().filter(|item| item.is_there()) {
            each(Holder::Itself, item.number(), item.word >> 32 & 1);
        }
        let (mut channel, mut rank) = (u64::MAX, 0);
        for message in pending {
            rank = if message.channel() == channel { rank + 1 } else { 0 };
            channel = message.channel();
            each(Holder::Actor(message.receiver()), message.number(), rank);
        }
        for timer in &self.timers {
            each(Holder::Actor(timer.owner), timer.content, timer.due);
        }
    }

    /// In the order of [`numbers`](Self::numbers), what is where each would be if actors changed places.
    pub(in crate::atlas) fn counterparts(
        &self,
        cast: &Cast,
        actor: impl Fn(usize) -> usize,
    ) -> Vec<Option<(Holder, u32)>> {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        let mut counterparts = Vec::new();
        let actors = (0..cast.names.len()).filter(|&at| fixed[at].is_there());
        counterparts.extend(actors.map(|at| Some((Holder::Itself, self.actor(actor(at))?))));
        counterparts.extend(self.monitors(cast).map(|monitor| Some((Holder::Itself, monitor))));
        for (at, message) in pending.iter().enumerate() {
            let own = message.channel();
            let rank = pending[..at].iter().filter(|earlier| earlier.channel() == own).count();
            let (to, from) = (actor(message.receiver()), actor(message.sender()));
            let channel = letter(to, from, 0) >> 32;
            let other = pending.iter().filter(|other| other.channel() == channel).nth(rank);
            counterparts.push(other.map(|other| (Holder::Actor(to), other.number())));
        }
        for timer in &self.timers {
            let to = actor(timer.owner);
            let mut others = self.timers.iter();
            let other = others.find(|other| (other.owner, other.id) == (to, timer.id));
            counterparts.push(other.map(|other| (Holder::Actor(to), other.content)));
        }
        counterparts
    }
}

/// Those messages of a set of which this holds.
fn only(set: Messages, holds: impl Fn(usize) -> bool) -> Messages {
    places(set).fold(0, |only, at| only | Messages::from(holds(at)) << at)
}
