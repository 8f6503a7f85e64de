//! An app between two steps, as a value: what decides how it can go on, as numbers, and nothing else.
//!
//! An actor is a number, and so is a message ([`Atlas`]). Of what happened before what, only that is left which is still
//! to be decided: which of the messages on their way an actor, or another message, comes after. Those are sets of at most
//! 64, a bit each. Equal apps are equal to the bit, whatever led to them.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::order::{self, MESSAGES_MAX, Messages};
use super::{Atlas, Content, Done, Node, START, Sent};
use crate::actor::Status;
use crate::delivery::Delivery;
use crate::event::Message;
use crate::id::ActorId;
use crate::kernel::{Kernel, KeyOfAll};
use crate::step::{MessageName, Step};

/// Most actors, and most whom messages can be from.
const ACTORS_MAX: usize = 64;

/// Most monitors.
const MONITORS_MAX: usize = 15;

/// The actor has not started.
const STARTING: u64 = 1 << 32;

/// What searches note about a step, beside the app.
const NOTES: u64 = 0xffff << 48;

/// The step need not be taken.
const ASLEEP: u64 = 1 << 63;

/// Where the monitors that the step can notify have a bit each.
const MONITORS_FROM: u32 = 48;

/// Which monitors, a bit each.
pub(crate) type MonitorSet = u16;

/// All monitors that there may be.
pub(crate) const ALL_MONITORS: MonitorSet = (1 << MONITORS_MAX) - 1;

/// A step that can be taken: the start of an actor by its slot, then the arrivals of messages by their places.
pub(crate) type Place = u8;

/// What stays the same in an app that is nothing but actors, monitors and messages.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    delivery: Delivery,
    /// By slot, and then whoever else has sent what was on its way at the start.
    senders: Vec<ActorId>,
    /// By slot: as many messages on their way as cannot make a difference.
    rooms: Vec<usize>,
    monitors: usize,
}

impl Cast {
    /// Of a [plain](Kernel::is_plain) app; none if there are too many.
    pub(crate) fn new(kernel: &Kernel, monitors: u32) -> Option<Self> {
        let monitors = monitors as usize;
        let mut senders: Vec<_> = kernel.slots().map(|slot| kernel.id(slot)).collect();
        let rooms = kernel.slots().map(|slot| kernel.room_of(slot) as usize).collect();
        for pending in kernel.all_pending() {
            let from = pending.message.map(|message| message.from);
            senders.extend(from.filter(|from| !senders.contains(from)));
        }
        let fits = senders.len() <= ACTORS_MAX && monitors <= MONITORS_MAX;
        fits.then_some(Self { delivery: kernel.rules().delivery, senders, rooms, monitors })
    }

    fn actors(&self) -> usize {
        self.rooms.len()
    }

    /// Where messages begin.
    fn fixed(&self) -> usize {
        self.actors() + self.monitors
    }

    fn sender(&self, id: ActorId) -> Option<u64> {
        let place = self.senders.iter().position(|&sender| sender == id)?;
        Some(place as u64)
    }
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

    /// The slot of a message's receiver.
    fn receiver(self) -> usize {
        (self.word >> 40 & 0xff) as usize
    }

    /// By receiver, then by sender.
    fn channel(self) -> u64 {
        self.word >> 32 & 0xffff
    }

    fn is_starting(self) -> bool {
        self.word & STARTING != 0
    }
}

/// An app between two steps: all actors by slot, all monitors, and all messages by receiver, sender and age.
#[derive(Debug, Default)]
pub(crate) struct Position {
    items: Vec<Item>,
    /// Messages that were ever sent.
    serials: u32,
}

impl Clone for Position {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), serials: self.serials }
    }

    fn clone_from(&mut self, other: &Self) {
        self.items.clone_from(&other.items);
        self.serials = other.serials;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is above is something else")]
fn low(word: u64) -> u32 {
    word as u32
}

fn letter(to: u64, from: u64, content: Content) -> u64 {
    to << 40 | from << 32 | u64::from(content)
}

fn below(place: usize) -> Messages {
    (1 << place) - 1
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
    /// The app as it is now: the numbers of its actors, and the numbers and states of its monitors. None if too much is on
    /// its way.
    pub(crate) fn of(
        cast: &Cast,
        kernel: &Kernel,
        nodes: impl Iterator<Item = Node>,
        monitors: impl Iterator<Item = (Node, u32)>,
        mut content: impl FnMut(&Message) -> Content,
    ) -> Option<Self> {
        let mut pending = kernel.all_pending();
        let starts: SmallVec<[_; 16]> =
            pending.extract_if(.., |pending| pending.message.is_none()).collect();
        if pending.len() > MESSAGES_MAX {
            return None;
        }
        let mut words = SmallVec::<[_; 32]>::new();
        for pending in &pending {
            let message = pending.message.expect("starts are not among them");
            let to = pending.enabled.slot.index() as u64;
            words.push(letter(to, cast.sender(message.from)?, content(message)));
        }
        // By channel, and in each by age.
        let mut order: SmallVec<[_; 32]> = (0..pending.len()).collect();
        order.sort_by_key(|&place| words[place] >> 32);
        let pending: Vec<_> = order.iter().map(|&place| pending[place]).collect();
        let mut items = Vec::with_capacity(cast.fixed() + pending.len());
        for (slot, node) in kernel.slots().zip(nodes) {
            let start = starts.iter().find(|start| start.enabled.slot == slot);
            let is_open = *kernel.status(slot) == Status::Idle;
            if is_open == start.is_some() {
                return None;
            }
            let own = order::of_actor(kernel, &pending, slot);
            let after = own | start.map_or(0, |start| order::of_pending(kernel, &pending, start));
            let starting = if is_open { 0 } else { STARTING };
            items.push(Item { word: u64::from(node) | starting, after, serial: 0 });
        }
        for (node, state) in monitors {
            items.push(Item { word: node.into(), after: state.into(), serial: 0 });
        }
        for (one, &place) in pending.iter().zip(&order) {
            let after = order::of_pending(kernel, &pending, one);
            items.push(Item { word: words[place], after, serial: one.stamp.serial });
        }
        Some(Self { items, serials: kernel.serials() })
    }

    /// Equal apps have equal keys.
    pub(crate) fn key(&self) -> u128 {
        let mut key = KeyOfAll::default();
        for &Item { word, after, .. } in &self.items {
            key.add(u128::from(after) << 64 | u128::from(word & !NOTES));
        }
        key.end()
    }

    /// What can be taken, by place.
    pub(crate) fn enabled(&self, cast: &Cast) -> SmallVec<[Place; 32]> {
        let (fixed, pending) = self.items.split_at(cast.fixed());
        let mut enabled = SmallVec::new();
        for (slot, actor) in (0..).zip(&fixed[..cast.actors()]) {
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
                enabled.extend(free.map(|at| place_of(cast.actors() + at)));
            }
            from = end;
        }
        enabled
    }

    /// The item that a step stands for.
    fn item_of(cast: &Cast, place: Place) -> usize {
        let place = usize::from(place);
        if place < cast.actors() { place } else { place + cast.monitors }
    }

    /// When what a step is about came up: steps that did so earlier are what production would do first.
    pub(crate) fn serial(&self, cast: &Cast, place: Place) -> u32 {
        self.items[Self::item_of(cast, place)].serial
    }

    /// The actor that a step is about, by its slot, and its number; and that of the message.
    #[inline]
    pub(crate) fn step(&self, cast: &Cast, place: Place) -> (usize, Node, Content) {
        let item = self.items[Self::item_of(cast, place)];
        if usize::from(place) < cast.actors() {
            return (place.into(), item.number(), START);
        }
        let slot = item.receiver();
        (slot, self.items[slot].number(), item.number())
    }

    /// The step as it is called in all equal states ([`Kernel::timeless`]).
    pub(crate) fn name(&self, cast: &Cast, place: Place) -> Step {
        let Some(at) = usize::from(place).checked_sub(cast.actors()) else {
            return Step::Start(cast.senders[usize::from(place)]);
        };
        let pending = &self.items[cast.fixed()..];
        let own = pending[at].channel();
        let earlier = pending[..at].iter().rev();
        let number = earlier.take_while(|message| message.channel() == own).count();
        let number = u32::try_from(number).expect("few messages are on their way");
        let (from, to) = (cast.senders[(own & 0xff) as usize], cast.senders[(own >> 8) as usize]);
        Step::Deliver(MessageName { from, to, number, copy: 0 })
    }

    /// A step does what is known of it. None if there is no room for what it sends.
    #[inline]
    pub(crate) fn perform(&mut self, cast: &Cast, place: Place, done: &Done) -> Option<()> {
        let (slot, ..) = self.step(cast, place);
        let known = match usize::from(place).checked_sub(cast.actors()) {
            None => 0,
            Some(at) => self.remove(cast, at),
        };
        let actor = &mut self.items[slot];
        actor.word = done.after.into();
        if done.joins && cast.delivery == Delivery::Causal {
            actor.after |= known;
        }
        done.sends.iter().try_for_each(|sent| self.send(cast, slot, sent))
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
        for item in fixed[..cast.actors()].iter_mut().chain(pending) {
            item.after = changed(item.after);
        }
    }

    fn send(&mut self, cast: &Cast, slot: usize, sent: &Sent) -> Option<()> {
        self.serials += 1;
        let word = letter(sent.to.into(), slot as u64, sent.content);
        let mut message = Item { word, after: 0, serial: self.serials };
        let pending = &self.items[cast.fixed()..];
        let at = pending.partition_point(|other| other.channel() <= message.channel());
        let to = sent.to as usize;
        let waiting = pending.iter().filter(|other| other.receiver() == to);
        if pending.len() == MESSAGES_MAX || waiting.count() >= cast.rooms[to] {
            return None;
        }
        let earlier = pending[..at].iter().rev();
        let in_channel = earlier.take_while(|other| other.channel() == message.channel()).count();
        self.each_set(cast, |set| opened(set, at));
        let past = &mut self.items[slot].after;
        let channel = below(at) ^ below(at - in_channel);
        message.after = order::before(cast.delivery, *past, channel);
        if cast.delivery == Delivery::Causal {
            *past |= 1 << at;
        }
        self.items.insert(cast.fixed() + at, message);
        Some(())
    }

    /// Monitors see what a step notifies them of. None if it is not known what they do.
    #[inline]
    pub(crate) fn watch(&mut self, cast: &Cast, done: &Done, atlas: &Atlas) -> Option<()> {
        for notice in &done.notices {
            let monitor = &mut self.items[cast.actors() + notice.monitor as usize];
            let watched = atlas.watched(monitor.number(), notice.content)?;
            monitor.word = watched.after.into();
            monitor.after = watched.state.map_or(monitor.after, u64::from);
        }
        Some(())
    }

    /// The numbers of all actors and monitors.
    pub(crate) fn nodes(&self, cast: &Cast) -> impl Iterator<Item = Node> {
        self.items[..cast.fixed()].iter().map(|item| item.number())
    }

    /// The states of all monitors.
    pub(crate) fn states(&self, cast: &Cast) -> impl Iterator<Item = u32> {
        self.items[cast.actors()..cast.fixed()].iter().map(|monitor| low(monitor.after))
    }

    /// Notes that a step need not be taken, which can notify these monitors, until one is taken that it depends on.
    pub(crate) fn put_to_sleep(&mut self, cast: &Cast, place: Place, monitors: MonitorSet) {
        let item = &mut self.items[Self::item_of(cast, place)];
        item.word |= ASLEEP | u64::from(monitors) << MONITORS_FROM;
    }

    /// Whether it need not be taken.
    pub(crate) fn is_asleep(&self, cast: &Cast, place: Place) -> bool {
        self.items[Self::item_of(cast, place)].word & ASLEEP != 0
    }

    /// Forgets that a step need not be taken.
    pub(crate) fn wake(&mut self, cast: &Cast, place: Place) {
        self.items[Self::item_of(cast, place)].word &= !NOTES;
    }

    /// Forgets it of all that cannot change places with a step of this actor that notifies these monitors.
    pub(crate) fn wake_dependent(&mut self, cast: &Cast, slot: usize, monitors: MonitorSet) {
        let shared = u64::from(monitors) << MONITORS_FROM;
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        fixed[slot].word &= !NOTES;
        for actor in &mut fixed[..cast.actors()] {
            if actor.word & shared != 0 {
                actor.word &= !NOTES;
            }
        }
        for message in pending {
            if message.word & shared != 0 || message.receiver() == slot {
                message.word &= !NOTES;
            }
        }
    }
}

fn place_of(number: usize) -> Place {
    Place::try_from(number).expect("few actors, and few messages on their way")
}
