//! What must hold before anything of a turn leaves.

use alloc::collections::BTreeSet;
use alloc::format;

use super::{Kernel, Turn};
use crate::actor::Slot;
use crate::cell::Operation;
use crate::event::Kind;
use crate::exchange::{Exchange, Place};
use crate::failure::{Cause, Failure, LimitName};
use crate::id::ActorId;
use crate::outbox::{Effect, Issued, Outbox, over};
use crate::table::Table;
use crate::task::Told;

/// Why a turn cannot commit, and the kind of the event that is to blame, where there is one.
type Wrong = (Failure, Option<Kind>);

impl Kernel {
    pub(super) fn check<X: Exchange>(
        &self,
        turn: &Turn,
        outbox: &Outbox,
        exchange: &X,
    ) -> Result<(), Wrong> {
        let slot = turn.slot;
        let table = &self.definitions[self.actor(slot).definition as usize].table;
        check_stack(outbox, table)?;
        if !outbox.told.is_empty() {
            self.check_told(turn, outbox)?;
        }
        let (mut creates, mut timers) = (0, 0);
        for effect in &outbox.effects {
            match effect {
                Effect::Send { to, event, .. } => {
                    self.check_known(*to, Some(event.kind), outbox, exchange)?;
                }
                Effect::Watch(id) => self.check_known(*id, None, outbox, exchange)?,
                Effect::Create { id, definition, .. } => {
                    creates += 1;
                    self.check_create(*id, *definition, outbox, exchange)?;
                }
                Effect::TryCreate { id, definition, .. } => {
                    creates += 1;
                    self.check_create(*id, *definition, outbox, exchange)?;
                }
                Effect::CreateCell { .. } => creates += 1,
                Effect::Operate { cell, operation, .. } => {
                    self.check_operation(*cell, operation, outbox, exchange)?;
                }
                Effect::StartTimer(start) => {
                    timers += 1;
                    if start.period.is_some_and(|period| period.is_zero()) {
                        return Err(illegal("a periodic timer with a period of zero"));
                    }
                }
                Effect::Reserve { .. }
                | Effect::StopTimer(_)
                | Effect::Notify { .. }
                | Effect::Reply { .. } => {}
            }
        }
        if creates > 0 && creates > exchange.room() {
            let limit = LimitName::Actors;
            let message = format!("limit `{limit}`: there is no room for {creates} more");
            return Err((Failure::new(Cause::Limit, message), None));
        }
        if timers > 0 { self.check_timers(slot, timers, outbox) } else { Ok(()) }
    }

    /// No turn sends to an id that was never issued (S5).
    fn check_known<X: Exchange>(
        &self,
        id: ActorId,
        kind: Option<Kind>,
        outbox: &Outbox,
        exchange: &X,
    ) -> Result<(), Wrong> {
        if self.index.contains_key(&id)
            || outbox.issued.contains_key(&id)
            || exchange.find(id).is_some()
        {
            return Ok(());
        }
        let message = format!("`{id}`, an id that was never issued");
        Err((Failure::new(Cause::UnknownId, message), kind))
    }

    /// No turn binds an id that was never issued, or that was reserved for another kind of actor (I6).
    fn check_create<X: Exchange>(
        &self,
        id: ActorId,
        definition: u32,
        outbox: &Outbox,
        exchange: &X,
    ) -> Result<(), Wrong> {
        let reserved = match (outbox.issued.get(&id), exchange.find(id)) {
            (Some(&Issued::Reserved(definition)), _)
            | (_, Some(Place::Reserved { definition })) => definition,
            (Some(Issued::Actor | Issued::Cell(_)), _)
            | (None, Some(Place::Shard(_) | Place::Gone | Place::Cell { .. })) => return Ok(()),
            (None, None) => {
                let message = format!("create at `{id}`, an id that was never issued");
                return Err((Failure::new(Cause::UnknownId, message), None));
            }
        };
        if reserved == definition {
            return Ok(());
        }
        let [reserved, definition] =
            [reserved, definition].map(|index| &self.definitions[index as usize].name);
        Err(illegal(&format!("create of `{definition}` at `{id}`, reserved for `{reserved}`")))
    }

    /// No turn does with a cell what cells of its kind do not have.
    fn check_operation<X: Exchange>(
        &self,
        id: ActorId,
        operation: &Operation,
        outbox: &Outbox,
        exchange: &X,
    ) -> Result<(), Wrong> {
        let name = operation.name();
        let kind = match (outbox.issued.get(&id), exchange.find(id)) {
            (Some(&Issued::Cell(kind)), _) | (_, Some(Place::Cell { kind, .. })) => kind,
            (None, None) => {
                let message = format!("`{name}` on `{id}`, an id that was never issued");
                return Err((Failure::new(Cause::UnknownId, message), None));
            }
            _ => return Err(illegal(&format!("`{name}` on `{id}`, which is no cell"))),
        };
        if operation.fits(kind) {
            return Ok(());
        }
        Err(illegal(&format!("`{name}` on `{id}`, which is a {}", kind.name())))
    }

    /// Only tasks that waited can end, a halt waits for nothing (W5), and an actor has at most as many tasks that wait
    /// as events in its inbox.
    fn check_told(&self, turn: &Turn, outbox: &Outbox) -> Result<(), Wrong> {
        let actor = self.actor(turn.slot);
        let mut waiting: BTreeSet<_> = actor
            .tasks()
            .iter()
            .flat_map(|tasks| tasks.parked())
            .map(|task| task.told.task)
            .collect();
        for told in &outbox.told {
            match told {
                Told::Park(park, _) => {
                    waiting.insert(park.task);
                }
                Told::Done(task) => {
                    if !waiting.remove(task) {
                        return Err(illegal(&format!(
                            "the end of task {task}, which never waited"
                        )));
                    }
                }
            }
        }
        if outbox.halts && outbox.parks(0) {
            return Err(illegal("task 0 waits, but the actor halts"));
        }
        let tasks_max = self.definitions[actor.definition as usize].limits.inbox_events_max.get();
        if waiting.len() <= tasks_max as usize {
            return Ok(());
        }
        Err((over(LimitName::Tasks, waiting.len() as u64, tasks_max, "tasks that wait"), None))
    }

    /// An actor has at most as many armed timers as events in its inbox.
    fn check_timers(&self, slot: Slot, started: usize, outbox: &Outbox) -> Result<(), Wrong> {
        let actor = self.actor(slot);
        let stopped: BTreeSet<_> = outbox
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::StopTimer(id) => Some(*id),
                _ => None,
            })
            .filter(|&id| id >= actor.counts.timers_started || self.timers.is_armed(slot, id))
            .collect();
        let armed = (self.timers.count(slot) + started).saturating_sub(stopped.len());
        let armed_max = self.definitions[actor.definition as usize].limits.inbox_events_max.get();
        if armed <= armed_max as usize {
            return Ok(());
        }
        Err((over(LimitName::Timers, armed as u64, armed_max, "armed timers"), None))
    }
}

/// The state stack of a state machine consists of declared states (H2).
fn check_stack(outbox: &Outbox, table: &Table) -> Result<(), Wrong> {
    match &outbox.stack {
        Some(stack) if !table.allows_stack(stack) => Err(illegal(&format!(
            "the state stack {stack:?} is empty or has a state that was not declared"
        ))),
        _ => Ok(()),
    }
}

fn illegal(message: &str) -> Wrong {
    (Failure::new(Cause::IllegalCall, message), None)
}
