//! An app between two steps, as numbers.

mod list;
mod way;

use alloc::vec;
use alloc::vec::Vec;

use self::list::{NOTHING, StepList};
use self::way::Way;
use super::order::{self, MESSAGES_MAX, Messages, TIMERS_MAX};
use super::{Arming, Atlas, Birth, Content, Done, Effect, Node, Notice, START, Sent};
use crate::actor::{Slot, Status};
use crate::delivery::Delivery;
use crate::event::{Kind, Message};
use crate::id::ActorId;
use crate::kernel::Kernel;
use crate::monitor::Monitors;
use crate::step::{Enabled, MessageName, Step};
use crate::timer::TimerId;

/// An actor.
#[derive(Clone, Copy, Debug)]
struct Part {
    id: ActorId,
    node: Node,
    /// Whether its first turn is over.
    open: bool,
    /// Whether it is gone.
    gone: bool,
    /// How many messages may still come before it may matter how many there are.
    room: u32,
    /// What it comes after, and what it has sent. Both may have places that are vacant by now.
    past: Messages,
    sent: Messages,
    /// What is on its way to it.
    inbound: Messages,
}

/// An armed timer.
#[derive(Clone, Copy, Debug)]
struct Timer {
    /// How long from now, in nanoseconds.
    due: u64,
    owner: Slot,
    id: TimerId,
    content: Content,
    kind: Kind,
    /// The messages that it comes after.
    after: Messages,
    serial: u32,
    cause: u32,
}

/// The step that is being taken, or was taken last.
#[derive(Debug)]
struct Begun {
    step: Enabled,
    /// What happened before it.
    known: Messages,
}

impl Default for Begun {
    fn default() -> Self {
        Self { step: NOTHING, known: 0 }
    }
}

/// An app between two steps.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    delivery: Delivery,
    parts: Vec<Part>,
    /// Whether a monitor is told of what is lost.
    minds_loss: bool,
    /// How many may still be created before it may matter how many there are.
    births: u64,
    /// What can be taken now, what came up first before the rest; firings come last.
    enabled: StepList,
    /// How many of those are no firings.
    arrivals: usize,
    /// What is pending and cannot be taken now, in no order.
    blocked: Vec<Enabled>,
    way: Way,
    /// What has to be handled, of what is on its way; may have places that are vacant by now.
    owed: Messages,
    /// In no order.
    timers: Vec<Timer>,
    /// By sender and receiver, in rows of as many: how many messages.
    numbers: Vec<u32>,
    row: usize,
    serials: u32,
    begun: Begun,
    /// By monitor.
    monitors: Vec<Node>,
    /// What they were before the first step.
    pub(crate) before: Option<Monitors>,
    watched: Vec<(u32, Option<u32>)>,
    /// Turns so far.
    pub(crate) turns: u64,
}

impl Walk {
    /// A [plain](Kernel::is_plain) app with these actors, monitors and messages, and no timers. None if too much is pending.
    pub(crate) fn new(
        kernel: &Kernel,
        before: Monitors,
        nodes: Vec<Node>,
        monitors: Vec<Node>,
        births: u64,
        mut content: impl FnMut(&Message) -> Content,
    ) -> Option<Self> {
        let all = kernel.all_pending();
        if all.len() > MESSAGES_MAX {
            return None;
        }
        let actors = kernel.slots().zip(nodes).map(|(slot, node)| Part {
            id: kernel.id(slot),
            node,
            open: *kernel.status(slot) == Status::Idle,
            gone: false,
            room: kernel.room_of(slot),
            past: order::of_actor(kernel, &all, slot),
            sent: 0,
            inbound: 0,
        });
        let mut walk = Self {
            delivery: kernel.rules().delivery,
            minds_loss: before.are_told_of_dropped(),
            parts: actors.collect(),
            births,
            serials: kernel.serials(),
            monitors,
            before: Some(before),
            ..Self::default()
        };
        for one in &all {
            let after = order::of_pending(kernel, &all, one);
            let place = walk.add(one.message.map_or(START, &mut content), after)?;
            if one.message.is_some_and(|message| message.options.must_handle) {
                walk.owed |= 1 << place;
            }
            if let Some(message) = one.message {
                walk.parts[one.enabled.slot.index()].inbound |= 1 << place;
                if let Some(from) = kernel.slot(message.from) {
                    walk.parts[from.index()].sent |= 1 << place;
                }
            }
            walk.blocked.push(Enabled { place, ..one.enabled });
        }
        walk.row = walk.parts.len();
        let channels = kernel.slots().flat_map(|from| kernel.slots().map(move |to| (from, to)));
        walk.numbers = channels.map(|(from, to)| kernel.sent(from, to)).collect();
        walk.unblock();
        Some(walk)
    }

    /// Becomes a copy.
    pub(crate) fn restart(&mut self, start: &Self) {
        self.delivery = start.delivery;
        self.parts.clone_from(&start.parts);
        self.minds_loss = start.minds_loss;
        self.owed = start.owed;
        self.births = start.births;
        self.enabled.restart(&start.enabled);
        self.arrivals = start.arrivals;
        self.blocked.clone_from(&start.blocked);
        self.way.restart(&start.way);
        self.timers.clone_from(&start.timers);
        self.numbers.clone_from(&start.numbers);
        self.row = start.row;
        self.serials = start.serials;
        self.monitors.clone_from(&start.monitors);
        self.turns = start.turns;
    }

    /// The steps that can be taken now, what production would do first.
    #[inline]
    pub(crate) fn enabled(&self) -> &[Enabled] {
        &self.enabled
    }

    /// Takes one of the steps that can be taken: the actor that it is about, and what the message is.
    #[inline]
    pub(crate) fn take(&mut self, place: usize) -> (Node, Content) {
        self.begun.step = self.enabled[place];
        let Enabled { slot, place: pending, .. } = self.begun.step;
        let part = &mut self.parts[slot.index()];
        let node = part.node;
        let (content, known) = if place < self.arrivals {
            part.inbound &= !(1 << pending);
            self.enabled.remove(place);
            self.arrivals -= 1;
            self.way.remove(pending)
        } else {
            self.fire(pending as usize)
        };
        self.enabled.truncate(self.arrivals);
        self.begun.known = known;
        self.watched.clear();
        (node, content)
    }

    /// Time goes on to where a timer is due, which is gone then; what it is, and what it came after.
    #[cold]
    fn fire(&mut self, place: usize) -> (Content, Messages) {
        let fired = self.timers.swap_remove(place);
        self.timers.iter_mut().for_each(|timer| timer.due -= fired.due);
        (fired.content, fired.after)
    }

    /// The step that was taken last.
    #[inline]
    pub(crate) fn last(&self) -> &Enabled {
        &self.begun.step
    }

    /// The step does what is known of it. Whether it could: whoever it sends to must be there, and there must be room.
    #[inline]
    pub(crate) fn perform(&mut self, done: Done<'_>) -> bool {
        let Enabled { serial, slot, .. } = self.begun.step;
        self.turns += done.turns();
        let part = &mut self.parts[slot.index()];
        part.open = true;
        if done.joins() && self.delivery == Delivery::Causal {
            part.past |= self.begun.known;
        }
        if let Some(after) = done.after() {
            part.node = after;
        }
        if !self.blocked.is_empty() {
            self.unblock();
        }
        let effects = done.effects().iter().all(|effect| match effect {
            Effect::Stop(id) => self.stop(slot, *id),
            Effect::Send(sent) => self.send(slot, serial, sent),
            Effect::Bear(birth) => self.bear(slot, serial, birth),
            Effect::Arm(arming) => self.arm(slot, serial, arming),
        });
        let goes_on = effects && (done.after().is_some() || self.halt(slot));
        if !self.timers.is_empty() {
            self.list_firings();
        }
        goes_on
    }

    /// A place for what is on its way from now on, if there is one.
    #[inline]
    fn add(&mut self, content: Content, after: Messages) -> Option<u32> {
        if self.way.is_used_up() {
            self.free_places();
        }
        self.way.add(content, after)
    }

    /// Places that are vacant are in no set any more.
    #[cold]
    fn free_places(&mut self) {
        let taken = self.way.free();
        self.owed &= taken;
        for part in &mut self.parts {
            part.past &= taken;
            part.sent &= taken;
        }
        self.timers.iter_mut().for_each(|timer| timer.after &= taken);
    }

    /// A message is on its way. Whether it could be sent.
    #[inline]
    fn send(&mut self, from: Slot, cause: u32, sent: &Sent) -> bool {
        let Some(to) = self.receiver(sent) else { return self.lose(sent) };
        let Part { id, past, sent: own, .. } = self.parts[from.index()];
        let receiver = &self.parts[to.index()];
        let (open, inbound) = (receiver.open, receiver.inbound);
        let Some(room) = receiver.room.checked_sub(1) else { return false };
        let after = order::before(self.delivery, past, own & inbound);
        let Some(place) = self.add(sent.content, after) else { return false };
        let bit = 1 << place;
        if sent.must_handle {
            self.owed |= bit;
        }
        let receiver = &mut self.parts[to.index()];
        receiver.room = room;
        receiver.inbound |= bit;
        let sender = &mut self.parts[from.index()];
        sender.sent |= bit;
        if self.delivery == Delivery::Causal {
            sender.past |= bit;
        }
        let number = &mut self.numbers[from.index() * self.row + to.index()];
        *number += 1;
        self.serials += 1;
        let name = MessageName { from: id, to: sent.receiver, number: *number, copy: 0 };
        let is_free = open && after & inbound == 0;
        let step = Enabled {
            step: Step::Deliver(name),
            serial: self.serials,
            cause,
            slot: to,
            kind: Some(sent.kind),
            place,
        };
        if is_free {
            self.enabled.push(step);
            self.arrivals += 1;
        } else {
            self.blocked.push(step);
        }
        true
    }

    /// A message is sent to nobody. Whether that concerns nobody either.
    #[cold]
    fn lose(&mut self, sent: &Sent) -> bool {
        self.serials += 1;
        let is_gone = |part: &Part| part.gone && part.id == sent.receiver;
        !sent.must_handle && !self.minds_loss && self.parts.iter().any(is_gone)
    }

    /// Where the receiver is, if it is there. Nearly always it is where it was when the step was learned.
    #[inline]
    fn receiver(&self, sent: &Sent) -> Option<Slot> {
        match self.parts.get(sent.to as usize) {
            Some(part) if part.id == sent.receiver && !part.gone => Some(Slot(sent.to)),
            _ => self.slot_of(sent.receiver),
        }
    }

    /// Where somebody is, if anywhere.
    #[cold]
    pub(crate) fn slot_of(&self, id: ActorId) -> Option<Slot> {
        let mut parts = (0..).map(Slot).zip(&self.parts);
        parts.find(|(_, part)| part.id == id && !part.gone).map(|(slot, _)| slot)
    }

    /// An actor creates another. Whether it could.
    #[cold]
    fn bear(&mut self, creator: Slot, cause: u32, birth: &Birth) -> bool {
        let Birth { name: id, node, room } = *birth;
        let Some(births) = self.births.checked_sub(1) else { return false };
        if self.slot_of(id).is_some() {
            return false;
        }
        self.births = births;
        let after = order::before(self.delivery, self.parts[creator.index()].past, 0);
        let Some(place) = self.add(START, after) else { return false };
        let part = Part { id, node, open: false, gone: false, room, past: 0, sent: 0, inbound: 0 };
        let slot = Slot(u32::try_from(self.parts.len()).expect("few actors"));
        self.parts.push(part);
        self.lengthen_rows();
        self.serials += 1;
        let (step, serial) = (Step::Start(id), self.serials);
        self.enabled.push(Enabled { step, serial, cause, slot, kind: None, place });
        self.arrivals += 1;
        true
    }

    /// There is one more actor.
    fn lengthen_rows(&mut self) {
        let Self { numbers, row, parts, .. } = self;
        if parts.len() > *row {
            let longer = 2 * parts.len();
            let mut lengthened = vec![0; longer * longer];
            for (from, old) in numbers.chunks(*row.max(&mut 1)).enumerate() {
                lengthened[from * longer..][..old.len()].copy_from_slice(old);
            }
            (*numbers, *row) = (lengthened, longer);
        }
    }

    /// An actor arms a timer. Whether it could.
    #[cold]
    fn arm(&mut self, owner: Slot, cause: u32, arming: &Arming) -> bool {
        let Arming { id, content, kind, due } = *arming;
        let part = &mut self.parts[owner.index()];
        let Some(room) = part.room.checked_sub(1) else { return false };
        part.room = room;
        let after = order::before(self.delivery, part.past, 0);
        self.serials += 1;
        let serial = self.serials;
        self.timers.push(Timer { due, owner, id, content, kind, after, serial, cause });
        self.timers.len() <= TIMERS_MAX
    }

    /// A timer of an actor is not armed any more.
    #[cold]
    fn stop(&mut self, owner: Slot, id: TimerId) -> bool {
        self.timers.retain(|timer| (timer.owner, timer.id) != (owner, id));
        true
    }

    /// An actor is gone, and what is on its way to it is lost. Whether that concerns nobody.
    #[cold]
    fn halt(&mut self, slot: Slot) -> bool {
        self.timers.retain(|timer| timer.owner != slot);
        let part = &mut self.parts[slot.index()];
        part.gone = true;
        let lost = core::mem::take(&mut part.inbound);
        if lost == 0 {
            return true;
        }
        self.way.forget(lost);
        self.blocked.retain(|step| step.slot != slot);
        self.enabled.retain(|step| step.slot != slot);
        self.arrivals = self.enabled.len();
        !self.minds_loss && lost & self.owed == 0
    }

    /// What can be taken by now becomes so.
    fn unblock(&mut self) {
        let mut place = 0;
        while let Some(step) = self.blocked.get(place) {
            let (content, after) = self.way.at(step.place);
            let Part { open, inbound, .. } = self.parts[step.slot.index()];
            if content == START || open && after & inbound == 0 {
                let step = self.blocked.swap_remove(place);
                let earlier = self.enabled.iter().rposition(|other| other.serial < step.serial);
                self.enabled.insert(earlier.map_or(0, |earlier| earlier + 1), step);
                self.arrivals += 1;
            } else {
                place += 1;
            }
        }
    }

    /// The firings that can be taken now come behind all else.
    #[cold]
    fn list_firings(&mut self) {
        let Self { timers, parts, enabled, arrivals, .. } = self;
        let earliest = timers.iter().map(|timer| timer.due).min();
        for (place, timer) in (0..).zip(&timers[..]) {
            let Timer { owner: slot, id: timer, serial, cause, kind, after, .. } = *timer;
            let owner = &parts[slot.index()];
            if Some(timers[place as usize].due) == earliest
                && owner.open
                && after & owner.inbound == 0
            {
                let step = Step::Fire { owner: owner.id, timer };
                enabled.push(Enabled { step, serial, cause, slot, kind: Some(kind), place });
            }
        }
        enabled.from(*arrivals).sort_unstable_by_key(|firing| firing.serial);
    }

    /// Monitors see what the step notifies them of, as far as it is known what they do: how many notices they saw.
    #[inline]
    pub(crate) fn watch(&mut self, notices: &[Notice], atlas: &Atlas) -> usize {
        for (place, notice) in notices.iter().enumerate() {
            let node = &mut self.monitors[notice.monitor as usize];
            let Some(watched) = atlas.watched(*node, notice.content) else { return place };
            *node = watched.after;
            self.turns += u64::from(watched.turns);
            self.watched.push((notice.monitor, watched.state));
        }
        notices.len()
    }

    /// What a monitor is now.
    pub(crate) fn monitor(&self, monitor: u32) -> Node {
        self.monitors[monitor as usize]
    }

    /// The monitors that saw something in the last step, in order, and the states that they went into, if they changed.
    pub(crate) fn watched(&self) -> &[(u32, Option<u32>)] {
        &self.watched
    }
}
