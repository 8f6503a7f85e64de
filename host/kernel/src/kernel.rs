//! The kernel: the actors of one shard, and all that is on its way to them.
//!
//! A turn is picked by the order of production ([`Kernel::next`]) or by an exploration ([`Kernel::enabled`]); begins; and ends
//! ([`Kernel::commit`], [`Kernel::fail`]). One file each in `kernel/`, and one for each part of what a turn's end changes.

mod actors;
mod apart;
mod arrival;
mod beginning;
mod cells;
mod check;
mod ending;
mod explore;
mod key;
mod lifecycle;
pub(crate) mod local;
mod pending;
mod production;
mod release;
mod saving;
mod state;
mod strike;
mod tasks;
mod touch;
mod turn;

pub use self::explore::{Begun, Rules};
pub use self::turn::{Ended, Refused, Turn, Work};

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use self::actors::Actors;
use self::explore::Exploration;
pub(crate) use self::key::{KeyOfAll, hash_of};
use self::release::Posted;
pub(crate) use self::state::KernelState;
pub(crate) use self::touch::Touch;
use crate::actor::{Actor, Definition, Slot, Status};
use crate::event::{Event, Group, Message, Ticket};
use crate::exchange::{Exchange, Parcel, Place};
use crate::failure::{DeadLetter, DeadReason, FailedTurn, Violation};
use crate::id::{ActorId, IdMap};
use crate::outbox::Reply;
use crate::supervision::Recovery;
use crate::task::Tasks;
use crate::timer::{Instant, TimerId, Timers};

/// What happened that concerns somebody outside the kernel, oldest first.
#[derive(Clone, Debug)]
pub enum Output {
    /// A turn failed.
    Failed {
        /// Which.
        turn: FailedTurn,
        /// What becomes of the actor.
        recovery: Recovery,
        /// Whether that is an outcome and not a bug (F9).
        supervised: bool,
    },
    /// An actor is gone.
    Halted {
        /// Which.
        id: ActorId,
        /// Its label.
        label: String,
    },
    /// An event reached nobody.
    DeadLetter(DeadLetter),
    /// A rule was broken at a commit.
    Violation(Violation),
    /// An answer to a request of the environment.
    Reply {
        /// The environment's number for the request.
        correlation: u64,
        /// The answer, and who gave it.
        reply: Reply,
        /// Who answered.
        from: ActorId,
    },
    /// A send of the environment has entered an inbox, or a create of it has happened.
    Admitted(Ticket),
    /// A send of the environment reached nobody.
    Refused(Ticket, DeadReason),
    /// What a turn notified monitors of, in order, as far as [`Exchange::notify`] gave it back.
    Notified {
        /// Whose turn.
        from: ActorId,
        /// The monitors and their events.
        notifications: Vec<(Box<str>, Event)>,
    },
}

/// The actors of one shard.
#[derive(Clone, Debug)]
pub struct Kernel {
    definitions: Arc<[Definition]>,
    actors: Actors,
    vacant: Vec<Slot>,
    index: Arc<IdMap<Slot>>,
    /// Actors that may have something to do, the one that waited longest first.
    ready: VecDeque<Slot>,
    /// Senders of which one event less waits before a full inbox. A list instead of a call, because
    /// what such a sender releases may free the next one, and so on.
    freed: VecDeque<ActorId>,
    timers: Timers,
    now: Instant,
    outputs: Vec<Output>,
    events: u64,
    created: u64,
    /// How many of these are cells.
    cells: u64,
    /// Whether any receive ever had a condition.
    conditions: bool,
    /// What only exploration keeps.
    exploration: Option<Box<Exploration>>,
}

impl Kernel {
    /// A kernel without actors. Effects and descriptions refer to definitions by index.
    #[must_use]
    pub fn new(definitions: Arc<[Definition]>) -> Self {
        Self {
            definitions: cells::with_cells(&definitions),
            actors: Actors::default(),
            vacant: Vec::new(),
            index: Arc::default(),
            ready: VecDeque::new(),
            freed: VecDeque::new(),
            timers: Timers::default(),
            now: Instant::ZERO,
            outputs: Vec::new(),
            events: 0,
            created: 0,
            cells: 0,
            conditions: false,
            exploration: None,
        }
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Moves virtual time forward, and lets every timer fire that is due by then.
    pub fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some((owner, firing, timer)) = self.timers.fire(self.now) {
            let actor = &mut self.actors[owner];
            if timer.period.is_some()
                && let Some(untaken) = actor.of_timer(firing.timer)
                && let Some(earlier) = &mut untaken.firing
            {
                earlier.ticks = earlier.ticks.saturating_add(firing.ticks);
                continue;
            }
            let (group, firing) = (timer.group, Some(firing));
            actor.inbox.push(Message { group, firing, ..Message::plain(actor.id, timer.event) });
            self.queue(owner);
        }
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.next_due()
    }

    /// Whether no timer is armed.
    #[must_use]
    pub fn has_no_timers(&self) -> bool {
        self.timers.is_empty()
    }

    /// How many events were taken, first turns not counted.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many actors were ever created here.
    #[must_use]
    pub fn created(&self) -> u64 {
        self.created - self.cells
    }

    /// What happened since the last call, oldest first.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        mem::take(&mut self.outputs)
    }

    /// Whether [`Self::take_outputs`] would give anything.
    #[must_use]
    #[inline]
    pub fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// The definition of an actor.
    #[must_use]
    pub fn definition(&self, slot: Slot) -> u32 {
        self.actor(slot).definition
    }

    /// The name of a definition.
    pub(crate) fn definition_name(&self, definition: u32) -> &str {
        &self.definitions[definition as usize].name
    }

    /// The id of an actor.
    #[must_use]
    pub fn id(&self, slot: Slot) -> ActorId {
        self.actor(slot).id
    }

    /// The label of an actor.
    #[must_use]
    pub fn label(&self, slot: Slot) -> String {
        let actor = self.actor(slot);
        actor.label.text(&self.definitions[actor.definition as usize])
    }

    /// The groups of requests that earlier turns of the actor took and did not answer, oldest first.
    pub fn asked(&self, slot: Slot) -> impl Iterator<Item = &Arc<Group>> {
        self.actor(slot).rare.iter().flat_map(|rare| &rare.asked)
    }

    /// The actors of this kernel, in no order that means anything; cells are none.
    pub fn actors(&self) -> impl Iterator<Item = (Slot, ActorId, &Status)> {
        let actors = self.actors.iter().filter(|actor| actor.status != Status::Cell);
        actors.filter_map(|actor| Some((*self.index.get(&actor.id)?, actor.id, &actor.status)))
    }

    /// The cells of this kernel, in no order that means anything.
    pub fn cells(&self) -> impl Iterator<Item = (Slot, ActorId)> {
        let cells = self.actors.iter().filter(|actor| actor.status == Status::Cell);
        cells.filter_map(|actor| Some((*self.index.get(&actor.id)?, actor.id)))
    }

    /// What an actor may do next.
    #[must_use]
    pub fn status(&self, slot: Slot) -> &Status {
        &self.actor(slot).status
    }

    /// The state on top of an actor's stack; none for a plain actor.
    #[must_use]
    pub fn state(&self, slot: Slot) -> Option<u32> {
        self.actor(slot).stack.last().copied()
    }

    /// The name of the state on top of an actor's stack; none for a plain actor.
    #[must_use]
    pub fn state_name(&self, slot: Slot) -> Option<&str> {
        let table = &self.definitions[self.actor(slot).definition as usize].table;
        self.state(slot).and_then(|state| table.state_name(state))
    }

    /// Where an actor of this kernel is.
    #[must_use]
    pub fn slot(&self, id: ActorId) -> Option<Slot> {
        self.index.get(&id).copied()
    }

    /// The events that wait for an actor, oldest first.
    pub fn waiting(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.waiting()
    }

    /// What has arrived at an actor and was deferred, oldest first.
    pub fn deferred(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.arrived()
    }

    /// What waits for room in the inbox of an actor, oldest first (S8).
    pub fn held(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.held()
    }

    /// The armed timers of an actor, the earliest first: when each is due, and its event.
    pub fn timers(&self, slot: Slot) -> impl Iterator<Item = (TimerId, Instant, &Event)> {
        let armed = self.timers.armed().filter(move |&(_, owner, ..)| owner == slot);
        armed.map(|(due, _, id, timer)| (id, due, &timer.event))
    }

    /// Takes in what another shard, or the environment, has sent.
    pub fn receive<X: Exchange>(&mut self, parcel: Parcel, exchange: &mut X) {
        match parcel {
            Parcel::Message { to, mut message } => {
                message.stamp = self.stamp_from_outside(Some((message.from, to)));
                let (from, ticket) = (message.from, message.ticket);
                let Some(slot) = self.slot(to) else {
                    let reason = match exchange.find(to) {
                        Some(Place::Shard(shard)) if shard != exchange.here() => DeadReason::Halted,
                        // It is bound, but its creation has not arrived yet.
                        Some(Place::Shard(_) | Place::Reserved { .. }) => DeadReason::Unbound,
                        Some(Place::Gone | Place::Cell { .. }) | None => DeadReason::Halted,
                    };
                    return self.dead_letter(to, message, reason);
                };
                if self.enqueue(slot, message) == Posted::Held && ticket.is_none() {
                    self.hold_up(from, exchange);
                }
            }
            Parcel::Create { id, definition, label, init, group } => {
                let stamp = self.stamp_from_outside(None);
                self.insert(id, definition, label, init, group, stamp);
            }
            Parcel::Watch { watcher, target } => self.watch(watcher, target, exchange),
            Parcel::Held { sender } => {
                if let Some(slot) = self.slot(sender) {
                    self.actor_mut(slot).blocked += 1;
                }
            }
            Parcel::Released { sender } => self.freed.push_back(sender),
        }
        self.settle(exchange);
    }

    /// Everything that waits for anybody becomes a dead letter, because the app stops.
    pub fn abandon(&mut self) {
        for slot in self.actors.slots() {
            let Some(actor) = self.actors.at_mut(slot) else { continue };
            let id = actor.id;
            let received = actor.tasks_mut().map(Tasks::cancel).unwrap_or_default();
            let mut abandoned: Vec<_> = received.into_iter().map(|message| (id, message)).collect();
            abandoned.extend(actor.inbox.drain().map(|(message, _)| (id, message)));
            let held = mem::take(&mut actor.held).into_iter();
            abandoned.extend(held.filter_map(|effect| effect.into_message(id)));
            for (to, message) in abandoned {
                self.dead_letter(to, message, DeadReason::Stopped);
            }
        }
        self.ready.clear();
    }

    #[inline]
    fn actor(&self, slot: Slot) -> &Actor {
        &self.actors[slot]
    }

    #[inline]
    fn actor_mut(&mut self, slot: Slot) -> &mut Actor {
        &mut self.actors[slot]
    }

    fn dead_letter(&mut self, to: ActorId, message: Message, reason: DeadReason) {
        if reason == DeadReason::Halted {
            self.note_lost(to, &message);
        }
        let Message { from, event, options, ticket, .. } = message;
        if let Some(ticket) = ticket {
            self.outputs.push(Output::Refused(ticket, reason));
        }
        if options.must_handle && matches!(reason, DeadReason::Halted | DeadReason::Failed) {
            let violation = Violation::MustHandle { sender: from, receiver: to, kind: event.kind };
            self.outputs.push(Output::Violation(violation));
        }
        if reason == DeadReason::Unbound {
            let violation = Violation::UnboundId { sender: from, id: to, kind: event.kind };
            self.outputs.push(Output::Violation(violation));
        }
        self.outputs.push(Output::DeadLetter(DeadLetter { reason, from, to, event }));
    }
}
