//! How a turn ends: it commits as one unit, or it never happened.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::mem;

use super::touch::Touch;
use super::{Ended, Kernel, Output, Refused, Turn, Work};
use crate::actor::{Slot, Status};
use crate::event::{Group, Kind, Message};
use crate::exchange::Exchange;
use crate::failure::{DeadReason, FailedTurn, Failure};
use crate::limits::{Restart, Supervision};
use crate::outbox::Outbox;
use crate::supervision::{self, Recovery};
use crate::task::TaskId;

impl Kernel {
    /// Ends a turn: the state changes, then the effects leave, in order (T3).
    ///
    /// # Errors
    ///
    /// The turn broke a rule that only the kernel can see, such as a send to an id that was never issued.
    /// Nothing has happened; the turn is to be given to [`Self::fail`].
    pub fn commit<X: Exchange>(
        &mut self,
        turn: Turn,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Result<Ended, Box<Refused>> {
        if matches!(turn.work, Work::Judge(_)) {
            return self.judged(turn, outbox, exchange);
        }
        self.touch_named(outbox, exchange);
        if let Err((failure, kind)) = self.check(&turn, outbox, exchange) {
            return Err(Box::new(Refused { turn, failure, kind }));
        }
        let slot = turn.slot;
        self.adopt(slot, outbox);
        if let Some(group) = turn.work.group()
            && group.asker.is_some()
        {
            self.remember(slot, group);
        }
        self.notify(slot, outbox, exchange);
        let waits = self.actor(slot).tasks().is_some() || outbox.waits();
        if waits {
            self.note_told(slot, turn.work.task(), outbox, exchange);
        }
        self.release(slot, &mut outbox.effects, exchange);
        let ended = if outbox.halts {
            self.halt(slot, exchange);
            Ended::Dropped
        } else {
            if waits {
                self.stamp_ready_tasks(slot);
            }
            self.queue_if_waiting(slot);
            Ended::Alive
        };
        self.settle(exchange);
        Ok(ended)
    }

    /// The actor is what the turn made of it.
    #[inline]
    fn adopt(&mut self, slot: Slot, outbox: &mut Outbox) {
        let actor = &mut self.actors[slot];
        actor.status = Status::Idle;
        actor.counts.creations = outbox.creations;
        actor.counts.groups_opened = outbox.groups_opened;
        actor.counts.timers_started = outbox.timers_started;
        actor.counts.correlations = outbox.correlations;
        if let Some(ran) = outbox.ran.last_mut() {
            ran.group.clone_from(&outbox.group);
        }
        actor.group = outbox.group.take();
        if let Some(stack) = outbox.stack.take()
            && stack != actor.stack
        {
            actor.stack = stack;
            actor.inbox.rescan();
        }
    }

    /// The actor took the event of a request, and may answer it later (G2).
    fn remember(&mut self, slot: Slot, group: &Arc<Group>) {
        let definition = self.actor(slot).definition;
        let asked_max = self.definitions[definition as usize].limits.inbox_events_max.get();
        let asked = &mut self.actor_mut(slot).rare().asked;
        if asked.iter().any(|known| known.id == group.id) {
            return;
        }
        if asked.len() >= asked_max as usize {
            asked.pop_front();
        }
        asked.push_back(group.clone());
    }

    /// What the turn notified monitors of is one batch (O2).
    fn notify<X: Exchange>(&mut self, slot: Slot, outbox: &mut Outbox, exchange: &mut X) {
        if outbox.notifications.is_empty() {
            return;
        }
        let from = self.actor(slot).id;
        let notifications = exchange.notify(from, mem::take(&mut outbox.notifications));
        if !notifications.is_empty() {
            self.outputs.push(Output::Notified { from, notifications });
        }
    }

    /// Commits what came before the turn that failed, if tasks [went on](Outbox::proceed) one after the other within its
    /// call; the turn that failed. To be called before [`Self::fail`], with the outbox as the call left it, by a driver
    /// that lets tasks do so. Kinds have their names from `name`.
    pub fn commit_but_last<X: Exchange>(
        &mut self,
        turn: Turn,
        outbox: &mut Outbox,
        exchange: &mut X,
        name: impl FnOnce(Kind) -> String,
    ) -> Turn {
        let Some((first, last)) = outbox.cut_last() else { return turn };
        let slot = turn.slot;
        let resumed = turn.work.task();
        let waits_as = if last == first { resumed } else { Some(last) };
        let label = match waits_as {
            Some(task) => self.suspended(slot, task),
            None => Some(turn.work.kind().map_or_else(|| "init".into(), |kind| name(kind).into())),
        };
        let ended = self.commit(turn, outbox, exchange);
        assert!(matches!(ended, Ok(Ended::Alive)), "turns that ask for nothing commit");
        let actor = self.actor_mut(slot);
        actor.status = Status::InTurn;
        actor.new_tasks().go_on(last, label.unwrap_or_default());
        Turn { slot, work: Work::Resume { task: last, message: None } }
    }

    /// What a task is that waits, in the words of the guest.
    fn suspended(&self, slot: Slot, task: TaskId) -> Option<Box<str>> {
        let task = self.actor(slot).tasks()?.get(task)?;
        Some(task.told.label.clone())
    }

    /// Ends a turn that failed: it never happened. Its event is offered again, or becomes a dead letter, and
    /// the actor's supervision decides what becomes of the actor (F10).
    pub fn fail<X: Exchange>(
        &mut self,
        turn: Turn,
        mut failure: Failure,
        exchange: &mut X,
    ) -> Recovery {
        let slot = turn.slot;
        let actor = &mut self.actors[slot];
        let definition = &self.definitions[actor.definition as usize];
        let (id, task, supervised) = (actor.id, turn.work.task(), definition.supervised);
        let Supervision { restart, retries_max, restarts_max, within, .. } = definition.supervision;
        let first_turn = matches!(turn.work, Work::Initialize(_));
        let recovery = supervision::decide(actor, &definition.supervision, self.now, first_turn);
        let comes_back = matches!(recovery, Recovery::Restarted | Recovery::Resumed);
        if !comes_back && restart != Restart::Temporary {
            let limit = format!("; limit `max-restarts`: {restarts_max} within {within:?}");
            failure.message.push_str(&limit);
        }
        if restart != Restart::Temporary {
            self.touch(Touch::Clock);
        }
        let failed = failure.clone();
        let failed_turn = self.failed_turn(&turn, failure);
        self.outputs.push(Output::Failed { turn: failed_turn, recovery, supervised });
        let message = self.message_of_failed(slot, turn.work);
        match recovery {
            Recovery::Restarted => self.restart(slot),
            Recovery::Resumed => self.actor_mut(slot).status = Status::Idle,
            Recovery::Parked | Recovery::Halted | Recovery::Stopped => {}
        }
        if let Some(mut message) = message {
            message.failed_turns += 1;
            if !comes_back || message.failed_turns > retries_max {
                self.dead_letter(id, message, DeadReason::FailedTurn);
            } else {
                self.offer_again(slot, task, message);
            }
        }
        match recovery {
            Recovery::Restarted | Recovery::Resumed => self.queue_if_waiting(slot),
            Recovery::Parked | Recovery::Stopped => self.park(slot, failed, exchange),
            Recovery::Halted => self.end(slot, DeadReason::Failed, exchange),
        }
        self.settle(exchange);
        recovery
    }

    /// What is told of a turn that failed.
    fn failed_turn(&self, turn: &Turn, failure: Failure) -> FailedTurn {
        let slot = turn.slot;
        FailedTurn {
            actor: self.id(slot),
            label: self.label(slot),
            kind: turn.work.kind(),
            state: self.state_name(slot).map(ToString::to_string),
            suspended: turn.work.task().and_then(|task| self.suspended(slot, task)),
            failure,
        }
    }

    /// The event of a turn that failed, if it is to be offered again.
    fn message_of_failed(&mut self, slot: Slot, work: Work) -> Option<Message> {
        match work {
            Work::Handle(message) => (message.event.kind != Kind::DEFAULT).then_some(message),
            Work::Deliver { message, .. } => Some(*message),
            Work::Resume { message, .. } => message.map(|message| *message),
            Work::Judge(_) => {
                let taken = self.actor_mut(slot).inbox.take_unseen();
                taken.map(|(_, message)| message)
            }
            Work::Initialize(_) | Work::Passed { .. } => None,
        }
    }
}
