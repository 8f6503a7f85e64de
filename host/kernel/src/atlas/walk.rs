//! An app between two steps, as numbers.

use alloc::vec;
use alloc::vec::Vec;

use super::order::{self, MESSAGES_MAX, Messages};
use super::{Atlas, Content, Done, Node, START, Sent};
use crate::actor::{Slot, Status};
use crate::delivery::Delivery;
use crate::event::Message;
use crate::id::ActorId;
use crate::kernel::Kernel;
use crate::monitor::Monitors;
use crate::step::{Enabled, MessageName, Step};

/// An actor.
#[derive(Clone, Copy, Debug)]
struct Part {
    id: ActorId,
    node: Node,
    /// Whether its first turn is over.
    open: bool,
    /// How many messages may still come before it may matter how many there are.
    room: u32,
}

/// What is pending, each in a place of its own for as long as it is.
#[derive(Debug, Default)]
struct Pending {
    /// By place: the message.
    contents: Vec<Content>,
    /// By slot, what the actor comes after, what it has sent, and what is on its way to it; then, by place, what the message
    /// must not overtake. All but what is on its way to somebody may have places that are vacant by now.
    sets: Vec<Messages>,
    actors: usize,
    /// The places of messages that are on their way.
    taken: Messages,
    /// The places that are in no set.
    fresh: Messages,
}

impl Pending {
    /// Nothing, between so many actors.
    fn new(actors: usize) -> Self {
        let (contents, sets) = (Vec::new(), vec![0; 3 * actors]);
        Self { contents, sets, actors, taken: 0, fresh: Messages::MAX }
    }

    fn restart(&mut self, start: &Self) {
        self.contents.clone_from(&start.contents);
        self.sets.clone_from(&start.sets);
        (self.actors, self.taken, self.fresh) = (start.actors, start.taken, start.fresh);
    }

    #[inline]
    fn past(&mut self, slot: usize) -> &mut Messages {
        &mut self.sets[slot]
    }

    #[inline]
    fn sent(&mut self, slot: usize) -> &mut Messages {
        &mut self.sets[self.actors + slot]
    }

    #[inline]
    fn inbound(&mut self, slot: usize) -> &mut Messages {
        &mut self.sets[2 * self.actors + slot]
    }

    /// Whether a message need not wait for another to the same actor.
    #[inline]
    fn is_free(&self, place: u32, to: Slot) -> bool {
        let after = self.sets[3 * self.actors + place as usize];
        after & self.sets[2 * self.actors + to.index()] == 0
    }

    /// A message comes in; its place, if there is one.
    #[inline]
    fn add(&mut self, content: Content, after: Messages) -> Option<u32> {
        let after = after & self.taken;
        if self.fresh == 0 {
            self.sets.iter_mut().for_each(|set| *set &= self.taken);
            self.fresh = !self.taken;
        }
        let place = self.fresh.trailing_zeros();
        if place == Messages::BITS {
            return None;
        }
        self.fresh &= self.fresh - 1;
        self.taken |= 1 << place;
        match self.contents.get_mut(place as usize) {
            Some(vacant) => {
                *vacant = content;
                self.sets[3 * self.actors + place as usize] = after;
            }
            None => {
                self.contents.push(content);
                self.sets.push(after);
            }
        }
        Some(place)
    }

    /// What was on its way to an actor, and is at this place, is gone; what it came after.
    #[inline]
    fn remove(&mut self, place: u32, to: usize) -> Messages {
        let bit = 1 << place;
        self.taken &= !bit;
        *self.inbound(to) &= !bit;
        self.sets[3 * self.actors + place as usize]
    }
}

/// A step that is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) step: Enabled,
    /// The actor before it.
    pub(crate) node: Node,
    pub(crate) content: Content,
}

/// An app between two steps.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    delivery: Delivery,
    parts: Vec<Part>,
    /// What can be taken now, what came up first before the rest. The place of each is that in `pending`.
    enabled: Vec<Enabled>,
    /// What is pending and cannot be taken now, in no order.
    blocked: Vec<Enabled>,
    pending: Pending,
    /// By sender and receiver: how many messages.
    numbers: Vec<u32>,
    serials: u32,
    /// By monitor.
    monitors: Vec<Node>,
    /// What they were before the first step.
    pub(crate) begun: Option<Monitors>,
    watched: Vec<(u32, Option<u32>)>,
    /// Turns so far.
    pub(crate) turns: u64,
}

impl Walk {
    /// A [plain](Kernel::is_plain) app with these actors, monitors and messages. None if too much is pending.
    pub(crate) fn new(
        kernel: &Kernel,
        begun: Monitors,
        nodes: Vec<Node>,
        monitors: Vec<Node>,
        mut content: impl FnMut(&Message) -> Content,
    ) -> Option<Self> {
        let all = kernel.all_pending();
        if all.len() > MESSAGES_MAX {
            return None;
        }
        let actors = kernel.slots().zip(nodes).map(|(slot, node)| {
            let (id, open) = (kernel.id(slot), *kernel.status(slot) == Status::Idle);
            Part { id, node, open, room: kernel.room_of(slot) }
        });
        let parts: Vec<_> = actors.collect();
        let mut pending = Pending::new(parts.len());
        for slot in kernel.slots() {
            *pending.past(slot.index()) = order::of_actor(kernel, &all, slot);
        }
        let mut blocked = Vec::new();
        for one in &all {
            let after = order::of_pending(kernel, &all, one);
            let place = pending.add(one.message.map_or(START, &mut content), after)?;
            if let Some(message) = one.message {
                *pending.inbound(one.enabled.slot.index()) |= 1 << place;
                if let Some(from) = kernel.slot(message.from) {
                    *pending.sent(from.index()) |= 1 << place;
                }
            }
            blocked.push(Enabled { place, ..one.enabled });
        }
        let numbers = kernel.slots().flat_map(|from| kernel.slots().map(move |to| (from, to)));
        let numbers = numbers.map(|(from, to)| kernel.sent(from, to)).collect();
        let mut walk = Self {
            delivery: kernel.rules().delivery,
            parts,
            blocked,
            pending,
            numbers,
            serials: kernel.serials(),
            monitors,
            begun: Some(begun),
            ..Self::default()
        };
        walk.unblock();
        Some(walk)
    }

    /// Becomes a copy.
    pub(crate) fn restart(&mut self, start: &Self) {
        self.delivery = start.delivery;
        self.parts.clone_from(&start.parts);
        self.enabled.clone_from(&start.enabled);
        self.blocked.clone_from(&start.blocked);
        self.pending.restart(&start.pending);
        self.numbers.clone_from(&start.numbers);
        self.serials = start.serials;
        self.monitors.clone_from(&start.monitors);
        self.turns = start.turns;
    }

    /// The steps that can be taken now, what production would do first.
    pub(crate) fn enabled(&self) -> &[Enabled] {
        &self.enabled
    }

    /// Takes one of the steps that can be taken.
    #[inline]
    pub(crate) fn take(&mut self, place: usize) -> Begun {
        let step = self.enabled.remove(place);
        let (node, content) = (self.parts[step.slot.index()].node, self.content(&step));
        Begun { step, node, content }
    }

    fn content(&self, step: &Enabled) -> Content {
        self.pending.contents[step.place as usize]
    }

    /// The step does what is known of it. Whether it could: no actors or timers come or go, and there is room.
    #[inline]
    pub(crate) fn perform(&mut self, begun: &Begun, done: &Done) -> bool {
        let slot = begun.step.slot.index();
        let Some(after) = done.after else { return false };
        if done.changes_cast() || done.changes_timers() {
            return false;
        }
        let part = &mut self.parts[slot];
        (part.node, part.open) = (after, true);
        let id = part.id;
        self.turns += u64::from(done.turns);
        let known = self.pending.remove(begun.step.place, slot);
        if done.joins && self.delivery == Delivery::Causal {
            *self.pending.past(slot) |= known;
        }
        if !self.blocked.is_empty() {
            self.unblock();
        }
        done.sends.iter().all(|sent| self.send((slot, id), begun.step.serial, sent))
    }

    /// A message is on its way. Whether it could be sent: there must be room.
    #[inline]
    fn send(&mut self, (slot, from): (usize, ActorId), cause: u32, sent: &Sent) -> bool {
        let to = sent.to as usize;
        let channel = slot * self.parts.len() + to;
        let receiver = &mut self.parts[to];
        let Some(room) = receiver.room.checked_sub(1) else { return false };
        receiver.room = room;
        let open = receiver.open;
        let pending = &mut self.pending;
        let in_channel = *pending.sent(slot) & *pending.inbound(to);
        let after = order::before(self.delivery, *pending.past(slot), in_channel);
        let Some(place) = pending.add(sent.content, after) else { return false };
        let bit = 1 << place;
        *pending.inbound(to) |= bit;
        *pending.sent(slot) |= bit;
        if self.delivery == Delivery::Causal {
            *pending.past(slot) |= bit;
        }
        let number = &mut self.numbers[channel];
        *number += 1;
        self.serials += 1;
        let name = MessageName { from, to: sent.receiver, number: *number, copy: 0 };
        let step = Enabled {
            step: Step::Deliver(name),
            serial: self.serials,
            cause,
            slot: Slot(sent.to),
            kind: Some(sent.kind),
            place,
        };
        let is_free = open && self.pending.is_free(place, step.slot);
        let list = if is_free { &mut self.enabled } else { &mut self.blocked };
        list.push(step);
        true
    }

    /// What can be taken by now becomes so.
    fn unblock(&mut self) {
        let mut place = 0;
        while let Some(step) = self.blocked.get(place) {
            let starts = self.content(step) == START;
            let open = self.parts[step.slot.index()].open;
            if starts || open && self.pending.is_free(step.place, step.slot) {
                let step = self.blocked.swap_remove(place);
                let earlier = self.enabled.iter().rposition(|other| other.serial < step.serial);
                self.enabled.insert(earlier.map_or(0, |earlier| earlier + 1), step);
            } else {
                place += 1;
            }
        }
    }

    /// Monitors see what the step notifies them of. Whether it is known what they do.
    #[inline]
    pub(crate) fn watch(&mut self, done: &Done, atlas: &Atlas) -> bool {
        self.watched.clear();
        for notice in &done.notices {
            let node = &mut self.monitors[notice.monitor as usize];
            let Some(watched) = atlas.watched(*node, notice.content) else { return false };
            *node = watched.after;
            self.turns += u64::from(watched.turns);
            self.watched.push((notice.monitor, watched.state));
        }
        true
    }

    /// The monitors that saw something in the last step, in order, and the states that they went into, if they changed.
    pub(crate) fn watched(&self) -> &[(u32, Option<u32>)] {
        &self.watched
    }
}
