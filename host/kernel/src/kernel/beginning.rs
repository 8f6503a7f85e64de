//! How a turn begins, whoever has picked it.

use super::{Kernel, Turn, Work};
use crate::actor::{Init, Slot, Status};
use crate::exchange::Exchange;
use crate::inbox::Scanned;
use crate::limits::Restart;
use crate::outbox::Outbox;
use crate::task::HANDLER;

impl Kernel {
    /// Opens the outbox for a turn that begins now.
    pub(super) fn open_turn(&mut self, slot: Slot, work: Work, outbox: &mut Outbox) -> Turn {
        let explores = self.exploration.is_some();
        let actor = self.actor_mut(slot);
        actor.status = Status::InTurn;
        let tasks = actor.tasks();
        let task = work.task().and_then(|task| Some(tasks?.get(task)?.told.of));
        let own = match (task, tasks) {
            (Some(task), Some(tasks)) => tasks.groups().of(task),
            _ => actor.group.as_ref(),
        };
        let group = work.group().or(own).cloned();
        let base = tasks.filter(|_| !explores).map(|tasks| tasks.groups().clone());
        outbox.open(actor.counts, group, task.unwrap_or(HANDLER), base.unwrap_or_default());
        Turn { slot, work }
    }

    /// The first payload, kept if the actor may ever start again.
    pub(super) fn take_init(&mut self, slot: Slot) -> Init {
        let may_crash = self.may_crash(slot);
        let actor = &mut self.actors[slot];
        let supervision = &self.definitions[actor.definition as usize].supervision;
        let init = if supervision.restart == Restart::Temporary && !may_crash {
            actor.init.take()
        } else {
            actor.init.clone()
        };
        init.expect("an actor that starts has its first payload")
    }

    /// The turn for what a scan found, if it needs one.
    pub(super) fn work_of<X: Exchange>(
        &mut self,
        slot: Slot,
        scanned: Scanned,
        exchange: &mut X,
    ) -> Option<Work> {
        match scanned {
            Scanned::Take(message) => {
                self.events += 1;
                self.admit_held(slot, exchange);
                self.settle(exchange);
                Some(Work::Handle(message))
            }
            Scanned::Ignored(message) => {
                let definition = self.actor(slot).definition as usize;
                let tells = self.definitions[definition].table.tells_ignored;
                self.admit_held(slot, exchange);
                self.settle(exchange);
                tells.then_some(Work::Passed { event: message.event, deferred: false })
            }
            Scanned::Deferred(event) => Some(Work::Passed { event, deferred: true }),
            Scanned::Answer(message) => {
                self.take_answer(slot, message, exchange);
                None
            }
            Scanned::Nothing => None,
        }
    }
}
