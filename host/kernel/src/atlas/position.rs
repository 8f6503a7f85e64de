//! An app between two steps, as a value: what decides how it can go on, as numbers, and nothing else.
//!
//! An actor is a number, and so is a message ([`Atlas`](super::Atlas)). Of what happened before what, only that is left
//! which is still to be decided: which of the messages on their way an actor, or another message, comes after. Those are
//! sets of at most 64, a bit each. Equal apps are equal to the bit, whatever led to them.

mod image;
mod performing;
mod reading;
mod sleep;

use alloc::vec::Vec;

use smallvec::SmallVec;

pub(super) use self::image::{Holder, Moved};
pub(crate) use self::performing::Unfit;
pub(crate) use self::reading::nanoseconds;
use super::cast::{Cast, MONITORS_MAX, NAMES_MAX};
use super::order::{MESSAGES_MAX, Messages};
use super::{Content, Node, START};
use crate::kernel::KeyOfAll;
use crate::step::{MessageName, Step};
use crate::timer::TimerId;

/// In the word of an actor: it has not started.
const STARTING: u64 = 1 << 32;

/// In the word of an actor: it is not there.
const ABSENT: u64 = 1 << 33;

/// In the word of an actor that is not there: it has been.
const GONE: u64 = 1 << 34;

/// Where [notes about a step](sleep) are, in the word that it stands for; not part of the app's state.
const NOTES: u64 = 0xffff << 48;

/// What several actors can touch, a bit each: the monitors by number, and which timers are armed.
pub(crate) type Shared = u16;

/// Which timers are armed.
pub(crate) const TIME: Shared = 1 << MONITORS_MAX;

/// Everything that actors share.
pub(crate) const ALL_SHARED: Shared = 2 * TIME - 1;

/// A step that can be taken: the start of an actor by its number, behind those the arrivals of messages by their places,
/// and from [`TIMERS_FROM`] on the firings of timers.
pub(crate) type Place = u8;

const TIMERS_FROM: usize = NAMES_MAX + MESSAGES_MAX;

/// An actor, a monitor, or a message.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// From the lowest bit on: its number in 32 bits; for a message its sender and its receiver in 8 each, for an actor
    /// [`STARTING`], [`ABSENT`] and [`GONE`]; and from the 48th on [`NOTES`] about the step that it stands for.
    word: u64,
    /// The messages that it comes after; the state of a monitor.
    after: u64,
    /// For a message: which one it is of all that were ever sent. Not part of the app's state.
    serial: u32,
}

impl Item {
    /// An actor that is not there.
    const NOBODY: Self = Self { word: ABSENT, after: 0, serial: 0 };

    /// One that has been there.
    const LEFT: Self = Self { word: ABSENT | GONE, ..Self::NOBODY };

    /// Whether an actor is there.
    fn is_there(self) -> bool {
        self.word & ABSENT == 0
    }

    /// Whether it has been there, and is no more.
    fn is_gone(self) -> bool {
        self.word & GONE != 0
    }

    fn number(self) -> u32 {
        low(self.word)
    }

    /// The number of a message's receiver.
    fn receiver(self) -> usize {
        (self.word >> 40 & 0xff) as usize
    }

    /// The number of its sender.
    fn sender(self) -> usize {
        (self.word >> 32 & 0xff) as usize
    }

    /// By receiver, then by sender.
    fn channel(self) -> u64 {
        self.word >> 32 & 0xffff
    }

    fn is_starting(self) -> bool {
        self.word & STARTING != 0
    }
}

/// An armed timer.
#[derive(Clone, Copy, Debug)]
struct Timer {
    /// How long from now, in nanoseconds.
    due: u64,
    /// Its number.
    owner: usize,
    id: TimerId,
    content: Content,
    /// [`NOTES`] about the step in which it fires.
    notes: u64,
    /// The messages that it comes after.
    after: Messages,
    serial: u32,
}

impl Timer {
    fn rank(&self) -> (u64, usize, TimerId) {
        (self.due, self.owner, self.id)
    }
}

/// An app between two steps: all who take part, all monitors, and all messages by receiver, sender and age.
#[derive(Debug, Default)]
pub(crate) struct Position {
    items: Vec<Item>,
    /// The earliest first, then by owner.
    timers: Vec<Timer>,
    /// Messages that were ever sent.
    serials: u32,
}

impl Clone for Position {
    fn clone(&self) -> Self {
        let (items, timers) = (self.items.clone(), self.timers.clone());
        Self { items, timers, serials: self.serials }
    }

    fn clone_from(&mut self, other: &Self) {
        self.items.clone_from(&other.items);
        self.timers.clone_from(&other.timers);
        self.serials = other.serials;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is above is something else")]
fn low(word: u64) -> u32 {
    word as u32
}

/// A message, by the numbers of its receiver and its sender, and what it is.
fn letter(to: usize, from: usize, content: Content) -> u64 {
    (to as u64) << 40 | (from as u64) << 32 | u64::from(content)
}

impl Position {
    /// Equal apps have equal keys.
    pub(crate) fn key(&self) -> u128 {
        let mut key = KeyOfAll::default();
        for &Item { word, after, .. } in &self.items {
            key.add(u128::from(after) << 64 | u128::from(word & !NOTES));
        }
        for timer in &self.timers {
            key.add(u128::from(timer.due) << 64 | u128::from(timer.content));
            key.add(u128::from(timer.after) << 64 | timer.owner as u128 | 1 << 63);
        }
        key.end()
    }

    /// The number of an actor that is there.
    pub(super) fn actor(&self, at: usize) -> Option<Node> {
        Some(self.items[at]).filter(|item| item.is_there()).map(Item::number)
    }

    /// The numbers of all monitors.
    pub(super) fn monitors(&self, cast: &Cast) -> impl Iterator<Item = Node> {
        self.items[cast.names.len()..cast.fixed()].iter().map(|monitor| monitor.number())
    }

    /// What can be taken, by place.
    pub(crate) fn enabled(&self, cast: &Cast) -> SmallVec<[Place; 32]> {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        let mut enabled = SmallVec::new();
        for (slot, actor) in (0..).zip(&fixed[..cast.names.len()]) {
            if actor.is_starting() {
                enabled.push(slot);
            }
        }
        let mut from = 0;
        while from < pending.len() {
            let to = pending[from].receiver();
            let same = pending[from..].iter().take_while(|message| message.receiver() == to);
            let end = from + same.count();
            if !fixed[to].is_starting() {
                let others = Messages::MAX >> (MESSAGES_MAX - (end - from)) << from;
                let free = (from..end).filter(|&at| pending[at].after & others == 0);
                enabled.extend(free.map(|at| place_of(cast.names.len() + at)));
            }
            from = end;
        }
        let earliest = self.timers.first().map_or(0, |timer| timer.due);
        for (at, timer) in self.timers.iter().enumerate() {
            if timer.due > earliest {
                break;
            }
            let mut way = (0..).zip(pending);
            let waits = timer.after != 0
                && way.any(|(at, message): (u32, _)| {
                    message.receiver() == timer.owner && timer.after & 1 << at != 0
                });
            if !waits && !fixed[timer.owner].is_starting() {
                enabled.push(place_of(TIMERS_FROM + at));
            }
        }
        enabled
    }

    /// The place in the list of timers, if a step is the firing of one.
    fn timer_at(place: Place) -> Option<usize> {
        usize::from(place).checked_sub(TIMERS_FROM)
    }

    /// The item that a step stands for that is no firing.
    fn item_of(cast: &Cast, place: Place) -> usize {
        let place = usize::from(place);
        if place < cast.names.len() { place } else { place + cast.monitors }
    }

    /// Whether a step is the arrival of a message.
    pub(crate) fn is_arrival(cast: &Cast, place: Place) -> bool {
        let place = usize::from(place);
        (cast.names.len()..TIMERS_FROM).contains(&place)
    }

    /// Which step it is of all that came up on the way here: the same until it is taken.
    pub(crate) fn serial(&self, cast: &Cast, place: Place) -> u32 {
        match Self::timer_at(place) {
            Some(at) => self.timers[at].serial,
            None => self.items[Self::item_of(cast, place)].serial,
        }
    }

    /// What production would do first: time passes if nothing else is left.
    pub(crate) fn rank(&self, cast: &Cast, place: Place) -> (bool, u32) {
        (Self::timer_at(place).is_some(), self.serial(cast, place))
    }

    /// What a step touches by itself beside its actor.
    pub(crate) fn shared(&self, place: Place) -> Shared {
        if Self::timer_at(place).is_some() { TIME } else { 0 }
    }

    /// The actor that a step is about, and what it is; and what the message is.
    #[inline]
    pub(crate) fn step(&self, cast: &Cast, place: Place) -> (usize, Node, Content) {
        if let Some(at) = Self::timer_at(place) {
            let Timer { owner, content, .. } = self.timers[at];
            return (owner, self.items[owner].number(), content);
        }
        let item = self.items[Self::item_of(cast, place)];
        if usize::from(place) < cast.names.len() {
            return (place.into(), item.number(), START);
        }
        let slot = item.receiver();
        (slot, self.items[slot].number(), item.number())
    }

    /// The step as it is called in all equal states ([`Kernel::timeless`](crate::Kernel::timeless)).
    pub(crate) fn name(&self, cast: &Cast, place: Place) -> Step {
        if let Some(at) = Self::timer_at(place) {
            let Timer { owner, id: timer, .. } = self.timers[at];
            return Step::Fire { owner: cast.names[owner], timer };
        }
        let Some(at) = usize::from(place).checked_sub(cast.names.len()) else {
            return Step::Start(cast.names[usize::from(place)]);
        };
        let pending = &self.items[cast.fixed()..];
        let own = pending[at].channel();
        let earlier = pending[..at].iter().rev();
        let number = earlier.take_while(|message| message.channel() == own).count();
        let number = u32::try_from(number).expect("few messages are on their way");
        let (from, to) = (cast.names[(own & 0xff) as usize], cast.names[(own >> 8) as usize]);
        Step::Deliver(MessageName { from, to, number, copy: 0 })
    }

    /// The numbers of all actors that are there, and of all monitors.
    pub(crate) fn nodes(&self, cast: &Cast) -> impl Iterator<Item = Node> {
        let there = self.items[..cast.fixed()].iter().filter(|item| item.is_there());
        there.map(|item| item.number())
    }

    /// The states of all monitors.
    pub(crate) fn states(&self, cast: &Cast) -> impl Iterator<Item = u32> {
        self.items[cast.names.len()..cast.fixed()].iter().map(|monitor| low(monitor.after))
    }

    /// Changes all sets of messages that somebody or something comes after.
    #[inline]
    fn each_set(&mut self, cast: &Cast, changed: impl Fn(Messages) -> Messages) {
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        for item in fixed[..cast.names.len()].iter_mut().chain(pending) {
            item.after = changed(item.after);
        }
        self.timers.iter_mut().for_each(|timer| timer.after = changed(timer.after));
    }
}

fn place_of(number: usize) -> Place {
    Place::try_from(number).expect("few actors, and few messages on their way")
}
