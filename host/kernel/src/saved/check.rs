//! Whether a kernel can have left what is saved. What it relies on beyond the types is here and nowhere else.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::{History, Saved, SavedActor, SavedMessage, SavedStatus, SavedTask, SavedTasks};
use crate::actor::Definition;
use crate::event::{Errand, Group, Kind};
use crate::id::{ActorId, IdSet};
use crate::limits::Restart;
use crate::outbox::Effect;
use crate::task::{Correlation, Wait};

/// Why no kernel can have left something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub(crate) String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Unfit {}

impl Saved {
    /// Whether an app with these definitions, whose kinds of events have the numbers below `kinds`, can have been like
    /// this.
    ///
    /// # Errors
    ///
    /// What no kernel can have left.
    pub fn check(&self, definitions: &[Definition], kinds: u32) -> Result<(), Unfit> {
        let mut ids = IdSet::default();
        let check = Check { definitions, kinds, saved: self };
        for actor in &self.actors {
            demand(actor.id != ActorId::ENVIRONMENT && ids.insert(actor.id), || {
                format!("two actors have the id `{}`", actor.id)
            })?;
            let of_actor = |Unfit(what)| Unfit(format!("actor `{}`: {what}", actor.id));
            check.actor(actor).map_err(of_actor)?;
        }
        for &(id, definition) in &self.unbound {
            let is_known = definition.is_none_or(|definition| check.is_actor(definition));
            demand(is_known && ids.insert(id), || format!("the id `{id}` stands for two things"))?;
        }
        let live = self.actors.len() as u64;
        demand(self.created >= live && self.cells <= self.created, || {
            "there are more actors than were created".into()
        })?;
        self.history.as_ref().map_or(Ok(()), |history| check.history(history))
    }
}

/// Most actors that an exploration that is saved has ever created: those that are gone need room too.
const ORIGINS_MAX: u64 = 1 << 24;

/// What a kernel relies on, beyond the types.
struct Check<'a> {
    definitions: &'a [Definition],
    kinds: u32,
    saved: &'a Saved,
}

impl Check<'_> {
    fn is_actor(&self, definition: u32) -> bool {
        (definition as usize) < self.definitions.len()
    }

    fn actor(&self, actor: &SavedActor) -> Result<(), Unfit> {
        let SavedActor { status, arrived, looked_at, .. } = actor;
        self.definition(actor)?;
        demand(!self.may_start(actor) || actor.init.is_some(), || {
            "its first payload was not kept, and it may have to begin anew".into()
        })?;
        let (scanned, seen) = *looked_at;
        demand(scanned.max(seen) as usize <= arrived.len(), || "its inbox is too short".into())?;
        demand(arrived.iter().all(|message| message.errand.is_none()), || {
            "an answer waits among its events".into()
        })?;
        for message in actor.messages() {
            self.message(message, matches!(status, SavedStatus::Cell))?;
        }
        for effect in &actor.held {
            self.effect(effect)?;
        }
        let mut timers = actor.timers.iter();
        demand(timers.all(|timer| self.is_kind(timer.event.kind)), || "an unknown kind".into())?;
        let groups = actor.group.iter().chain(&actor.asked);
        let of_timers = actor.timers.iter().filter_map(|timer| timer.group.as_ref());
        groups.chain(of_timers).try_for_each(group)?;
        actor.tasks.as_ref().map_or(Ok(()), |tasks| self.tasks(tasks))
    }

    /// An actor is in states of its definition; a cell has that of its kind.
    fn definition(&self, actor: &SavedActor) -> Result<(), Unfit> {
        let number = actor.definition as usize;
        let is_cell = matches!(actor.status, SavedStatus::Cell);
        match (&actor.cell, self.definitions.get(number)) {
            (Some(cell), None) if is_cell => {
                let place = self.definitions.len() + cell.kind() as usize;
                demand(number == place, || "its definition is another".into())
            }
            (None, Some(known)) if !is_cell => {
                let is_declared = known.table.allows_stack(&actor.stack);
                demand(is_declared, || "a state is not declared".into())
            }
            _ => Err(Unfit("its definition is unknown".into())),
        }
    }

    /// Whether an actor may begin, or begin anew.
    fn may_start(&self, actor: &SavedActor) -> bool {
        match actor.status {
            SavedStatus::Starting => true,
            SavedStatus::Idle | SavedStatus::Halting => {
                let known = self.definitions.get(actor.definition as usize);
                known.is_some_and(|known| known.supervision.restart != Restart::Temporary)
            }
            SavedStatus::Failed(_) | SavedStatus::Cell => false,
        }
    }

    fn is_kind(&self, kind: Kind) -> bool {
        kind.0 < self.kinds
    }

    fn message(&self, message: &SavedMessage, for_cell: bool) -> Result<(), Unfit> {
        let is_operation = matches!(message.errand, Some(Errand::Operation { .. }));
        demand(is_operation == for_cell, || "an operation is not for a cell".into())?;
        demand(self.is_kind(message.event.kind), || "an unknown kind".into())?;
        message.group.as_ref().map_or(Ok(()), group)
    }

    fn effect(&self, effect: &Effect) -> Result<(), Unfit> {
        let fits = match effect {
            Effect::Send { event, .. } => self.is_kind(event.kind),
            Effect::StartTimer(start) => self.is_kind(start.event.kind),
            Effect::Reserve { definition, .. }
            | Effect::Create { definition, .. }
            | Effect::TryCreate { definition, .. } => self.is_actor(*definition),
            Effect::Reply { group, .. } => group.asker.is_some(),
            Effect::Notify { .. } => false,
            Effect::StopTimer(_)
            | Effect::Watch(_)
            | Effect::CreateCell { .. }
            | Effect::Operate { .. } => true,
        };
        demand(fits, || "an effect that cannot leave".into())?;
        match effect {
            Effect::Send { group: Some(of), .. } | Effect::Reply { group: of, .. } => group(of),
            Effect::StartTimer(start) => start.group.as_deref().map_or(Ok(()), group),
            _ => Ok(()),
        }
    }

    fn tasks(&self, tasks: &SavedTasks) -> Result<(), Unfit> {
        let is_sorted = tasks.parked.is_sorted_by(|one, other| one.told.task < other.told.task);
        demand(is_sorted, || "two tasks have one number".into())?;
        for SavedTask { told, .. } in &tasks.parked {
            if let Wait::Receive(wanted) = &told.wait {
                let known = wanted.iter().all(|wanted| self.is_kind(wanted.kind));
                demand(known, || "a task waits for an unknown kind".into())?;
            }
        }
        tasks.groups.iter().try_for_each(|(_, of)| group(of))?;
        demand(tasks.ripened < u64::MAX / 2, || "too many tasks".into())
    }

    fn history(&self, history: &History) -> Result<(), Unfit> {
        let origins = self.saved.created;
        let is_origin = |origin: u32| u64::from(origin) <= origins;
        let is_clock = |clock: &[u32]| clock.len() as u64 <= origins + 1;
        let mut fits = origins <= ORIGINS_MAX
            && history.serials <= u32::MAX / 2
            && is_clock(&history.definitions)
            && is_clock(&history.outside)
            && history.numbers.iter().all(|&(.., number)| number <= u32::MAX / 2);
        fits &= self
            .saved
            .actors
            .iter()
            .all(|actor| actor.origin > 0 && is_origin(actor.origin) && is_clock(&actor.past));
        self.saved.clone().each_pending(|_, _, mark| {
            fits &= mark.as_ref().is_some_and(|mark| {
                mark.serial <= history.serials
                    && is_origin(mark.origin)
                    && is_clock(&mark.before)
                    && mark.effect.max(mark.number).max(mark.copy) <= u32::MAX / 2
            });
        });
        demand(fits, || "its history is that of another app".into())
    }
}

/// An actor counts what it asks with 32 bits.
fn group(group: &Group) -> Result<(), Unfit> {
    let fits = group.asker.is_none_or(|asker| {
        asker.id == ActorId::ENVIRONMENT || Correlation::try_from(asker.correlation).is_ok()
    });
    demand(fits, || "a request that nobody can have made".into())
}

fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Unfit> {
    if holds { Ok(()) } else { Err(Unfit(otherwise())) }
}
