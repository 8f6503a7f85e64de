//! How actors come and go.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::touch::Touch;
use super::{Kernel, Output};
use crate::actor::{Actor, Init, Label, Slot, Status};
use crate::event::{Group, Message};
use crate::exchange::Exchange;
use crate::failure::{DeadReason, Failure};
use crate::id::ActorId;
use crate::limits::Restart;
use crate::step::Stamped;
use crate::supervision;
use crate::task::TaskId;

impl Kernel {
    /// Puts a new actor, whose id is bound to this kernel, into a slot.
    pub(super) fn insert(
        &mut self,
        id: ActorId,
        definition: u32,
        label: Label,
        init: Init,
        group: Option<Arc<Group>>,
        stamp: Stamped,
    ) {
        let stack = self.definitions[definition as usize].table.start_stack();
        self.created += 1;
        let origin = u32::try_from(self.created).unwrap_or(u32::MAX);
        let mut actor = Actor::new(id, origin, definition, label, init, group, stack);
        actor.stamp = stamp;
        let slot = self.vacant.pop().unwrap_or_else(|| self.actors.add());
        if let Some(exploration) = &mut self.exploration {
            exploration.note_created(slot, definition);
            self.actors.note_changed(slot);
        }
        self.actors.set(slot, Some(actor));
        Arc::make_mut(&mut self.index).insert(id, slot);
        self.queue(slot);
    }

    /// Ends an actor whose last turn has committed (X2), once all that the turn staged has left.
    pub(super) fn halt<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        self.actor_mut(slot).status = Status::Halting;
        self.drain(slot, DeadReason::Halted, exchange);
        if self.actor(slot).is_released() {
            self.finish_halt(slot, exchange);
        }
    }

    /// Nothing of the actor is left, inside or on its way: it is gone, or begins anew.
    pub(super) fn finish_halt<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        // What the halting turn staged may have left in steps of their own.
        self.touch(Touch::Bound(self.actor(slot).id));
        let actor = &mut self.actors[slot];
        let supervision = &self.definitions[actor.definition as usize].supervision;
        let is_permanent = supervision.restart == Restart::Permanent;
        let restarts = is_permanent && supervision::may_restart(actor, supervision, self.now);
        if is_permanent {
            self.touch(Touch::Clock);
        }
        if restarts {
            self.restart(slot);
            self.queue_if_waiting(slot);
        } else {
            self.remove(slot, DeadReason::Halted, exchange);
        }
    }

    /// Ends an actor at once. All that its earlier turns staged has left.
    pub(super) fn end<X: Exchange>(&mut self, slot: Slot, reason: DeadReason, exchange: &mut X) {
        self.actor_mut(slot).status = Status::Halting;
        self.drain(slot, reason, exchange);
        self.remove(slot, reason, exchange);
    }

    /// The actor begins anew, with the first payload; id, inbox and channels stay.
    pub(super) fn restart(&mut self, slot: Slot) {
        self.stop_timers(slot);
        let received = self.cancel_tasks(slot);
        let id = self.actor(slot).id;
        let actor = &mut self.actors[slot];
        actor.status = Status::Starting;
        actor.stack = self.definitions[actor.definition as usize].table.start_stack();
        actor.group = None;
        if let Some(rare) = &mut actor.rare {
            rare.asked.clear();
        }
        actor.inbox.rescan();
        for message in received.into_iter().rev() {
            if message.errand.is_some() {
                self.dead_letter(id, message, DeadReason::AlreadyReplied);
            } else if message.firing.is_none() {
                self.actor_mut(slot).inbox.put_back(message);
            }
        }
        if self.exploration.is_some() {
            self.stamp_again(slot);
        }
    }

    /// The event of a turn that failed is offered once more.
    pub(super) fn offer_again(&mut self, slot: Slot, task: Option<TaskId>, message: Message) {
        let actor = self.actor_mut(slot);
        let id = actor.id;
        match (task, actor.tasks_mut()) {
            (Some(task), Some(tasks)) if tasks.get(task).is_some() => tasks.ripen(task, message),
            _ if message.errand.is_none() => actor.inbox.put_back(message),
            _ => self.dead_letter(id, message, DeadReason::FailedTurn),
        }
    }

    /// The actor stays as failed: what is sent to it reaches nobody.
    pub(super) fn park<X: Exchange>(&mut self, slot: Slot, failure: Failure, exchange: &mut X) {
        let actor = self.actor_mut(slot);
        actor.status = Status::Failed(Box::new(failure));
        actor.init = None;
        self.drain(slot, DeadReason::Failed, exchange);
        self.tell_watchers(slot, DeadReason::Failed, exchange);
    }

    /// The actor is gone: its id is free again.
    fn remove<X: Exchange>(&mut self, slot: Slot, reason: DeadReason, exchange: &mut X) {
        let label = self.label(slot);
        let id = self.actor(slot).id;
        Arc::make_mut(&mut self.index).remove(&id);
        exchange.retire(id);
        self.outputs.push(Output::Halted { id, label });
        self.tell_watchers(slot, reason, exchange);
        let actor = self.actors.take(slot);
        if self.exploration.is_some() {
            self.actors.note_changed(slot);
        }
        // A slot in the list of the ready is vacant once its turn has come.
        if actor.is_some_and(|actor| !actor.queued) {
            self.vacant.push(slot);
        }
    }

    fn stop_timers(&mut self, slot: Slot) {
        if self.timers.count(slot) > 0 {
            self.touch(Touch::Stopped(None));
            self.timers.stop_all(slot);
        }
    }

    /// Timers end, and all that waits for the actor becomes dead letters.
    fn drain<X: Exchange>(&mut self, slot: Slot, reason: DeadReason, exchange: &mut X) {
        self.touch(Touch::Bound(self.actor(slot).id));
        self.stop_timers(slot);
        let received = self.cancel_tasks(slot);
        let actor = self.actor_mut(slot);
        let id = actor.id;
        let waiting: Vec<_> = actor.inbox.drain().collect();
        for message in received {
            self.dead_letter(id, message, reason);
        }
        for (message, held) in waiting {
            let (from, ticket) = (message.from, message.ticket);
            self.dead_letter(id, message, reason);
            if held && ticket.is_none() {
                self.let_go(from, exchange);
            }
        }
    }

    fn tell_watchers<X: Exchange>(&mut self, slot: Slot, reason: DeadReason, exchange: &mut X) {
        let actor = self.actor_mut(slot);
        let id = actor.id;
        let Some(rare) = &mut actor.rare else { return };
        for watcher in mem::take(&mut rare.watchers) {
            let stamp = self.stamp_notice(slot, id, watcher);
            let message = Message { stamp, ..Message::actor_down(id, reason) };
            self.post(watcher, message, exchange);
        }
    }
}
