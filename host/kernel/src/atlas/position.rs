//! An app between two steps, as a value: what decides how it can go on, as numbers, and nothing else.
//!
//! An actor is a number, and so is a message ([`Atlas`]). Of what happened before what, only that is left which is still
//! to be decided: which of the messages on their way an actor, or another message, comes after. Those are sets of at most
//! 64, a bit each. Equal apps are equal to the bit, whatever led to them.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::Talks;
use super::cast::{Cast, MONITORS_MAX, NAMES_MAX, OffChart};
use super::order::{self, MESSAGES_MAX, Messages};
use super::{Arming, Atlas, Birth, Content, Done, Effect, Node, START, Sent};
use crate::actor::{Slot, Status};
use crate::delivery::Delivery;
use crate::kernel::local::message_key;
use crate::kernel::{Kernel, KeyOfAll};
use crate::step::{MessageName, Step};
use crate::timer::{Instant, TimerId};

/// Most timers that are armed.
const TIMERS_MAX: usize = 100;

/// The actor has not started.
const STARTING: u64 = 1 << 32;

/// The actor is not there.
const ABSENT: u64 = 1 << 33;

/// What searches note about a step, beside the app.
const NOTES: u64 = 0xffff << 48;

/// The step need not be taken.
const ASLEEP: u64 = 1 << 63;

/// Where what the step can touch beside its actor has a bit each.
const SHARED_FROM: u32 = 48;

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

/// Why a step that is known cannot be taken without a look at the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// There may be no room for what it sends.
    Room,
    /// It may hang on who is there, or on what waits.
    Others,
    /// It is not known what a monitor does.
    Monitor,
}

/// An actor, a monitor, or a message.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// Its number, for a message with receiver and sender, and notes about the step that it stands for.
    word: u64,
    /// The messages that it comes after; the state of a monitor.
    after: u64,
    /// For a message: which one it is of all that were ever sent. Not part of the app's state.
    serial: u32,
}

impl Item {
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
    /// Notes about the step in which it fires, as with others.
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

/// Who a number is about, for which it is a name of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// It is what an actor or a monitor is, which tells whose it is.
    Itself,
    /// It is a message to this actor, or what it has armed a timer for.
    Actor(usize),
    /// It is a notice to this monitor.
    Monitor(u32),
}

/// Where messages and timers are after actors have changed places.
#[derive(Debug, Default)]
pub(super) struct Moved {
    messages: Vec<usize>,
    timers: Vec<usize>,
}

impl Moved {
    fn set(&self, mut set: Messages) -> Messages {
        let mut moved = 0;
        while set != 0 {
            moved |= 1 << self.messages[set.trailing_zeros() as usize];
            set &= set - 1;
        }
        moved
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

fn below(place: usize) -> Messages {
    (1 << place) - 1
}

/// Those messages of a set of which this holds.
fn only(set: Messages, holds: impl Fn(usize) -> bool) -> Messages {
    let (mut left, mut only) = (set, 0);
    while left != 0 {
        let at = left.trailing_zeros() as usize;
        left &= left - 1;
        only |= Messages::from(holds(at)) << at;
    }
    only
}

/// The set after a message came in at a place.
fn opened(set: Messages, place: usize) -> Messages {
    let low = set & below(place);
    low | (set ^ low) << 1
}

/// The set after the message at a place is gone.
fn closed(set: Messages, place: usize) -> Messages {
    let low = below(place);
    set & low | set >> 1 & !low
}

impl Position {
    /// The app as it is now: the numbers of its actors by slot, and the numbers and states of its monitors.
    pub(crate) fn of(
        cast: &mut Cast,
        kernel: &Kernel,
        mut node: impl FnMut(Slot) -> Node,
        monitors: &[(Node, u32)],
        mut content: impl FnMut(u128) -> Content,
    ) -> Result<Self, OffChart> {
        if cast.meet(kernel)? {
            return Err(OffChart::Grown);
        }
        let known = "whoever takes part is known by now";
        let mut pending = kernel.all_pending();
        let starts: SmallVec<[_; 16]> =
            pending.extract_if(.., |pending| pending.message.is_none()).collect();
        if pending.len() > MESSAGES_MAX {
            return Err(OffChart::Strange);
        }
        let mut words = SmallVec::<[_; 32]>::new();
        for pending in &pending {
            let message = pending.message.expect("starts are not among them");
            let to = cast.number(kernel.id(pending.enabled.slot)).expect(known);
            let from = cast.number(message.from).expect(known);
            words.push(letter(to, from, content(message_key(message))));
        }
        // By channel, and in each by age.
        let mut order: SmallVec<[_; 32]> = (0..pending.len()).collect();
        order.sort_by_key(|&place| words[place] >> 32);
        let pending: Vec<_> = order.iter().map(|&place| pending[place]).collect();
        let mut items = Vec::with_capacity(cast.fixed() + pending.len());
        for &name in &cast.names {
            let Some(slot) = kernel.slot(name) else {
                items.push(Item { word: ABSENT, after: 0, serial: 0 });
                continue;
            };
            let start = starts.iter().find(|start| start.enabled.slot == slot);
            let is_open = *kernel.status(slot) == Status::Idle;
            if is_open == start.is_some() {
                return Err(OffChart::Strange);
            }
            let own = order::of_actor(kernel, &pending, slot);
            let after = own | start.map_or(0, |start| order::of_pending(kernel, &pending, start));
            let starting = if is_open { 0 } else { STARTING };
            let serial = start.map_or(0, |start| start.stamp.serial);
            items.push(Item { word: u64::from(node(slot)) | starting, after, serial });
        }
        for &(node, state) in monitors {
            items.push(Item { word: node.into(), after: state.into(), serial: 0 });
        }
        for (one, &place) in pending.iter().zip(&order) {
            let after = order::of_pending(kernel, &pending, one);
            items.push(Item { word: words[place], after, serial: one.stamp.serial });
        }
        let mut timers = Vec::new();
        for timer in kernel.armed() {
            timers.push(Timer {
                due: nanoseconds(timer.due).ok_or(OffChart::Strange)?,
                owner: cast.number(kernel.id(timer.slot)).expect(known),
                id: timer.id,
                content: content(timer.key),
                notes: 0,
                after: order::of_timer(kernel, &pending, &timer),
                serial: timer.stamp.serial,
            });
        }
        if timers.len() > TIMERS_MAX {
            return Err(OffChart::Strange);
        }
        timers.sort_unstable_by_key(Timer::rank);
        Ok(Self { items, timers, serials: kernel.serials() })
    }

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

    /// What it becomes if actors change places, `into` another one: where each actor is then, and what becomes of a number of
    /// whoever holds it. Where the messages and timers are then is noted in `moved`.
    pub(super) fn image(
        &self,
        cast: &Cast,
        actor: impl Fn(usize) -> usize,
        mut number: impl FnMut(Holder, u32) -> u32,
        (into, moved): (&mut Self, &mut Moved),
    ) {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        into.items.clear();
        into.items.resize(cast.fixed(), Item { word: ABSENT, after: 0, serial: 0 });
        for (at, &item) in fixed.iter().enumerate() {
            let Item { word, after, .. } = item;
            if word & ABSENT != 0 {
                continue;
            }
            let word = word & STARTING | u64::from(number(Holder::Itself, item.number()));
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
    pub(super) fn forget_order(&mut self, cast: &Cast, talks: &Talks) {
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
    pub(super) fn place_in(
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
    pub(super) fn numbers(&self, cast: &Cast, mut each: impl FnMut(Holder, u32, u64)) {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        for item in fixed.iter().filter(|item| item.word & ABSENT == 0) {
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
    pub(super) fn counterparts(
        &self,
        cast: &Cast,
        actor: impl Fn(usize) -> usize,
    ) -> Vec<Option<(Holder, u32)>> {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        let mut counterparts = Vec::new();
        let actors = (0..cast.names.len()).filter(|&at| fixed[at].word & ABSENT == 0);
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

    /// The number of an actor that is there.
    pub(super) fn actor(&self, at: usize) -> Option<Node> {
        Some(self.items[at]).filter(|item| item.word & ABSENT == 0).map(Item::number)
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

    /// The step as it is called in all equal states ([`Kernel::timeless`]).
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

    /// A step does what is known of it.
    #[inline]
    pub(crate) fn perform(
        &mut self,
        cast: &Cast,
        place: Place,
        done: Done<'_>,
    ) -> Result<(), Unfit> {
        let (actor, ..) = self.step(cast, place);
        let known = if let Some(at) = Self::timer_at(place) {
            self.fire(at)
        } else if let Some(at) = usize::from(place).checked_sub(cast.names.len()) {
            self.remove(cast, at)
        } else {
            0
        };
        if done.joins() && cast.delivery == Delivery::Causal {
            self.items[actor].after |= known;
        }
        for effect in done.effects() {
            match effect {
                Effect::Stop(id) => {
                    self.timers.retain(|timer| (timer.owner, timer.id) != (actor, *id));
                }
                Effect::Send(sent) => self.send(cast, actor, sent)?,
                Effect::Bear(birth) => self.bear(cast, actor, birth)?,
                Effect::Arm(arming) => self.arm(cast, actor, arming)?,
            }
        }
        let item = &mut self.items[actor];
        let Some(after) = done.after() else {
            *item = Item { word: ABSENT, after: 0, serial: 0 };
            self.timers.retain(|timer| timer.owner != actor);
            let mut waiting = self.items[cast.fixed()..].iter();
            // It may be that something must not be lost.
            let is_alone = waiting.all(|message| message.receiver() != actor);
            return if is_alone { Ok(()) } else { Err(Unfit::Others) };
        };
        item.word = after.into();
        Ok(())
    }

    /// Time goes on to where a timer is due, which is gone then; what it came after.
    fn fire(&mut self, at: usize) -> Messages {
        let fired = self.timers.remove(at);
        self.timers.iter_mut().for_each(|timer| timer.due -= fired.due);
        fired.after
    }

    /// An actor arms a timer.
    fn arm(&mut self, cast: &Cast, owner: usize, arming: &Arming) -> Result<(), Unfit> {
        let own = self.timers.iter().filter(|timer| timer.owner == owner);
        if self.timers.len() == TIMERS_MAX || own.count() >= cast.rooms[owner] {
            return Err(Unfit::Room);
        }
        self.serials += 1;
        let Arming { id, content, due, .. } = *arming;
        let after = order::before(cast.delivery, self.items[owner].after, 0);
        let timer = Timer { due, owner, id, content, notes: 0, after, serial: self.serials };
        let at = self.timers.partition_point(|other| other.rank() < timer.rank());
        self.timers.insert(at, timer);
        Ok(())
    }

    /// An actor creates another one.
    fn bear(&mut self, cast: &Cast, creator: usize, birth: &Birth) -> Result<(), Unfit> {
        let number = cast.number(birth.name).ok_or(Unfit::Others)?;
        if self.items[number].word & ABSENT == 0 {
            return Err(Unfit::Others);
        }
        self.serials += 1;
        let (word, after) = (u64::from(birth.node) | STARTING, self.items[creator].after);
        self.items[number] = Item { word, after, serial: self.serials };
        Ok(())
    }

    /// The message at this place is gone; what it came after.
    fn remove(&mut self, cast: &Cast, at: usize) -> Messages {
        let Item { after, .. } = self.items.remove(cast.fixed() + at);
        self.each_set(cast, |set| closed(set, at));
        closed(after, at)
    }

    #[inline]
    fn each_set(&mut self, cast: &Cast, changed: impl Fn(Messages) -> Messages) {
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        for item in fixed[..cast.names.len()].iter_mut().chain(pending) {
            item.after = changed(item.after);
        }
        self.timers.iter_mut().for_each(|timer| timer.after = changed(timer.after));
    }

    fn send(&mut self, cast: &Cast, from: usize, sent: &Sent) -> Result<(), Unfit> {
        let to = cast.receiver(sent).ok_or(Unfit::Others)?;
        if self.items[to].word & ABSENT != 0 {
            return Err(Unfit::Others);
        }
        self.serials += 1;
        let word = letter(to, from, sent.content);
        let mut message = Item { word, after: 0, serial: self.serials };
        let pending = &self.items[cast.fixed()..];
        let at = pending.partition_point(|other| other.channel() <= message.channel());
        let waiting = pending.iter().filter(|other| other.receiver() == to);
        if pending.len() == MESSAGES_MAX || waiting.count() >= cast.rooms[to] {
            return Err(Unfit::Room);
        }
        let earlier = pending[..at].iter().rev();
        let in_channel = earlier.take_while(|other| other.channel() == message.channel()).count();
        self.each_set(cast, |set| opened(set, at));
        let past = &mut self.items[from].after;
        let channel = below(at) ^ below(at - in_channel);
        message.after = order::before(cast.delivery, *past, channel);
        if cast.delivery == Delivery::Causal {
            *past |= 1 << at;
        }
        self.items.insert(cast.fixed() + at, message);
        Ok(())
    }

    /// Monitors see what a step notifies them of.
    #[inline]
    pub(crate) fn watch(
        &mut self,
        cast: &Cast,
        done: Done<'_>,
        atlas: &Atlas,
    ) -> Result<(), Unfit> {
        for notice in done.notices() {
            let monitor = &mut self.items[cast.names.len() + notice.monitor as usize];
            let watched = atlas.watched(monitor.number(), notice.content).ok_or(Unfit::Monitor)?;
            monitor.word = watched.after.into();
            monitor.after = watched.state.map_or(monitor.after, u64::from);
        }
        Ok(())
    }

    /// The numbers of all actors that are there, and of all monitors.
    pub(crate) fn nodes(&self, cast: &Cast) -> impl Iterator<Item = Node> {
        let there = self.items[..cast.fixed()].iter().filter(|item| item.word & ABSENT == 0);
        there.map(|item| item.number())
    }

    /// The states of all monitors.
    pub(crate) fn states(&self, cast: &Cast) -> impl Iterator<Item = u32> {
        self.items[cast.names.len()..cast.fixed()].iter().map(|monitor| low(monitor.after))
    }

    /// The notes about a step, and whatever else is in the word.
    fn notes(&mut self, cast: &Cast, place: Place) -> &mut u64 {
        match Self::timer_at(place) {
            Some(at) => &mut self.timers[at].notes,
            None => &mut self.items[Self::item_of(cast, place)].word,
        }
    }

    /// Notes that a step need not be taken, which can touch this, until one is taken that it depends on.
    pub(crate) fn put_to_sleep(&mut self, cast: &Cast, place: Place, shared: Shared) {
        *self.notes(cast, place) |= ASLEEP | u64::from(shared) << SHARED_FROM;
    }

    /// Whether it need not be taken.
    pub(crate) fn is_asleep(&mut self, cast: &Cast, place: Place) -> bool {
        *self.notes(cast, place) & ASLEEP != 0
    }

    /// Forgets that a step need not be taken.
    pub(crate) fn wake(&mut self, cast: &Cast, place: Place) {
        *self.notes(cast, place) &= !NOTES;
    }

    /// Forgets it of all steps.
    pub(crate) fn wake_all(&mut self, cast: &Cast) {
        self.wake_where(cast, |_, _| true);
    }

    /// Forgets it of all that cannot change places with a step of this actor that touches this.
    pub(crate) fn wake_dependent(&mut self, cast: &Cast, actor: usize, shared: Shared) {
        let shared = u64::from(shared) << SHARED_FROM;
        self.wake_where(cast, |other, notes| other == actor || notes & shared != 0);
    }

    /// Forgets it of those of which this holds: the actor that they are about, and the notes.
    #[inline]
    fn wake_where(&mut self, cast: &Cast, depends: impl Fn(usize, u64) -> bool) {
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        let starts = fixed[..cast.names.len()].iter_mut().enumerate();
        let arrivals = pending.iter_mut().map(|message| (message.receiver(), message));
        let words = starts.chain(arrivals).map(|(actor, item)| (actor, &mut item.word));
        let firings = self.timers.iter_mut().map(|timer| (timer.owner, &mut timer.notes));
        words.chain(firings).for_each(|(actor, word)| {
            if depends(actor, *word & NOTES) {
                *word &= !NOTES;
            }
        });
    }
}

/// A time in nanoseconds, if it is not beyond all times.
pub(crate) fn nanoseconds(time: Instant) -> Option<u64> {
    u64::try_from(time.as_nanos()).ok()
}

fn place_of(number: usize) -> Place {
    Place::try_from(number).expect("few actors, and few messages on their way")
}
