//! An app between two steps, as numbers.

use alloc::vec::Vec;
use core::array;

use super::{Atlas, Content, Done, Node, START, Sent};
use crate::actor::{Slot, Status};
use crate::delivery::Delivery;
use crate::event::Message;
use crate::id::ActorId;
use crate::kernel::{Kernel, local};
use crate::monitor::Monitors;
use crate::step::{self, Enabled, MessageName, Step};

/// Most actors of an app that is walked on, the environment counted.
const ORIGINS_MAX: usize = 16;

/// Vector clocks, as in [`Stamp`](crate::Stamp), of the few actors that there are.
type Clock = [i16; ORIGINS_MAX];

/// An actor.
#[derive(Clone, Copy, Debug)]
struct Part {
    id: ActorId,
    node: Node,
    /// Whether its first turn is over.
    open: bool,
    origin: u8,
    /// How many messages may still come before it may matter how many there are.
    room: u32,
}

/// A step that is pending: what a walk must know of it beside what strategies do.
#[derive(Clone, Copy, Debug)]
struct Pending {
    content: Content,
    /// As in [`Stamp`](crate::Stamp).
    origin: u8,
    effect: i16,
    before: Clock,
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
    pending: Vec<Pending>,
    /// Places in `pending` that are free.
    vacant: Vec<u32>,
    /// By sender and receiver: how many messages.
    numbers: Vec<u32>,
    /// By slot: what happened before the present turn.
    past: Vec<Clock>,
    serials: u32,
    /// By monitor.
    monitors: Vec<Node>,
    /// What they were before the first step.
    pub(crate) begun: Option<Monitors>,
    watched: Vec<(u32, Option<u32>)>,
    /// Turns so far.
    pub(crate) turns: u64,
}

/// A small number from what is kept as a larger one.
fn small(effect: u32) -> Option<i16> {
    i16::try_from(effect).ok()
}

/// The place of an actor, or of whoever else sent something, in clocks; none if it is beyond them.
fn place_of(origin: u32) -> Option<u8> {
    u8::try_from(origin).ok().filter(|&origin| usize::from(origin) < ORIGINS_MAX)
}

/// Whose message it is that arrives in a step; the environment's, where none does.
fn sender(step: &Enabled) -> ActorId {
    match step.step {
        Step::Deliver(name) => name.from,
        _ => ActorId::ENVIRONMENT,
    }
}

impl Walk {
    /// A [plain](Kernel::is_plain) app with these actors, monitors and messages. None if it has too many actors, or if what
    /// is pending in a snapshot has too many origins, or is a copy.
    pub(crate) fn new(
        kernel: &Kernel,
        begun: Monitors,
        nodes: Vec<Node>,
        monitors: Vec<Node>,
        mut content: impl FnMut(&Message) -> Content,
    ) -> Option<Self> {
        let clock = |clock: &step::Clock| {
            let mut own = [0; ORIGINS_MAX];
            for (origin, effects) in (0..).zip(&mut own) {
                *effects = small(clock.get(origin))?;
            }
            Some(own)
        };
        let past = kernel.slots().map(|slot| clock(kernel.past_of(slot))).collect::<Option<_>>()?;
        let mut parts = Vec::new();
        for (slot, node) in kernel.slots().zip(nodes) {
            let origin = place_of(kernel.origin(slot))?;
            let (id, open) = (kernel.id(slot), *kernel.status(slot) == Status::Idle);
            parts.push(Part { id, node, open, origin, room: kernel.room_of(slot) });
        }
        let (mut blocked, mut places) = (Vec::new(), Vec::new());
        for local::Pending { enabled, stamp, message } in kernel.all_pending() {
            if stamp.copy > 0 {
                return None;
            }
            let place = u32::try_from(places.len()).ok()?;
            places.push(Pending {
                content: message.map_or(START, &mut content),
                origin: place_of(stamp.origin)?,
                effect: small(stamp.effect)?,
                before: clock(&stamp.before)?,
            });
            blocked.push(Enabled { place, ..enabled });
        }
        let numbers = kernel.slots().flat_map(|from| kernel.slots().map(move |to| (from, to)));
        let numbers = numbers.map(|(from, to)| kernel.sent(from, to)).collect();
        let mut walk = Self {
            delivery: kernel.rules().delivery,
            parts,
            blocked,
            pending: places,
            numbers,
            past,
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
        self.pending.clone_from(&start.pending);
        self.vacant.clear();
        self.numbers.clone_from(&start.numbers);
        self.past.clone_from(&start.past);
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
        let (node, content) = (self.parts[step.slot.index()].node, self.of(&step).content);
        Begun { step, node, content }
    }

    /// What a walk must know of a step that is pending.
    fn of(&self, step: &Enabled) -> &Pending {
        &self.pending[step.place as usize]
    }

    /// The step does what is known of it. Whether it could: there must be room.
    #[inline]
    pub(crate) fn perform(&mut self, begun: &Begun, done: &Done) -> bool {
        let slot = begun.step.slot.index();
        let part = &mut self.parts[slot];
        (part.node, part.open) = (done.after, true);
        let Part { id, origin, .. } = *part;
        self.turns += u64::from(done.turns);
        if done.joins && self.delivery == Delivery::Causal {
            let before = self.of(&begun.step).before;
            let past = &mut self.past[slot];
            *past = array::from_fn(|origin| past[origin].max(before[origin]));
        }
        self.vacant.push(begun.step.place);
        if !self.blocked.is_empty() {
            self.unblock();
        }
        done.sends.iter().all(|sent| self.send((slot, id, origin), begun.step.serial, sent))
    }

    /// A message is on its way. Whether it could be sent: there must be room.
    #[inline]
    fn send(
        &mut self,
        (slot, from, origin): (usize, ActorId, u8),
        cause: u32,
        sent: &Sent,
    ) -> bool {
        let to = sent.to as usize;
        let channel = slot * self.parts.len() + to;
        let receiver = &mut self.parts[to];
        let Some(room) = receiver.room.checked_sub(1) else { return false };
        receiver.room = room;
        let open = receiver.open;
        let number = &mut self.numbers[channel];
        *number += 1;
        self.serials += 1;
        let (mut effect, mut before) = (0, [0; ORIGINS_MAX]);
        if self.delivery == Delivery::Causal {
            let past = &mut self.past[slot];
            let own = &mut past[usize::from(origin) % ORIGINS_MAX];
            *own += 1;
            effect = *own;
            if effect == i16::MAX {
                return false;
            }
            before = *past;
        }
        let pending = Pending { content: sent.content, origin, effect, before };
        let place = match self.vacant.pop() {
            Some(place) => {
                self.pending[place as usize] = pending;
                place
            }
            None => {
                self.pending.push(pending);
                u32::try_from(self.pending.len() - 1).expect("an inbox has a bound")
            }
        };
        let name = MessageName { from, to: sent.receiver, number: *number, copy: 0 };
        let step = Enabled {
            step: Step::Deliver(name),
            serial: self.serials,
            cause,
            slot: Slot(sent.to),
            kind: Some(sent.kind),
            place,
        };
        let list = if open && self.is_free(&step) { &mut self.enabled } else { &mut self.blocked };
        list.push(step);
        true
    }

    /// What can be taken by now becomes so.
    fn unblock(&mut self) {
        let mut place = 0;
        while let Some(step) = self.blocked.get(place) {
            let starts = self.of(step).content == START;
            let open = self.parts[step.slot.index()].open;
            if starts || open && self.is_free(step) {
                let step = self.blocked.swap_remove(place);
                let earlier = self.enabled.iter().rposition(|other| other.serial < step.serial);
                self.enabled.insert(earlier.map_or(0, |earlier| earlier + 1), step);
            } else {
                place += 1;
            }
        }
    }

    /// Whether nothing that is on its way must arrive before a message, as [`Kernel::enabled`] has it where there are no
    /// faults.
    #[inline]
    fn is_free(&self, step: &Enabled) -> bool {
        // What happened before something came up before it.
        let gives_way = |other: &Enabled| {
            other.slot != step.slot || other.serial >= step.serial || self.gives_way(other, step)
        };
        self.enabled.iter().all(gives_way) && self.blocked.iter().all(gives_way)
    }

    /// Whether a step that came up before a message to the same actor lets that one arrive first.
    fn gives_way(&self, earlier: &Enabled, step: &Enabled) -> bool {
        let (before, pending) = (self.of(earlier), self.of(step));
        let from_others = before.content == START || sender(earlier) != sender(step);
        match self.delivery {
            Delivery::Unordered => true,
            Delivery::Mailbox | Delivery::Pairwise => from_others,
            Delivery::Causal => {
                let known = pending.before[usize::from(before.origin) % ORIGINS_MAX];
                from_others && (before.content == START || known < before.effect)
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
