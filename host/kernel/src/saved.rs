//! An app between two turns as plain data, to be written down: the same for production, whose shards are put together,
//! and for exploration.
//!
//! What is in it is named field by field and not derived from the kernel's own types, because files are made of it: a
//! change here is a new version of the file. [`Kernel::save`](crate::Kernel::save) makes it, and
//! [`Kernel::resuming`](crate::Kernel::resuming) and [`Kernel::exploring_from`](crate::Kernel::exploring_from) make
//! kernels of it. It may come from anywhere: [`Saved::check`] finds what no kernel can have left.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actor::{Definition, Init, Label};
use crate::cell::{Cell, CellKind};
use crate::event::{Errand, Event, Group, Kind, Message, SendOptions};
use crate::exchange::Place;
use crate::failure::Failure;
use crate::id::{ActorId, IdSet};
use crate::limits::Restart;
use crate::outbox::{Counts, Effect};
use crate::step::{Clock, Stamp, Stamped};
use crate::task::{Correlation, Park, TaskId, Wait};
use crate::timer::{Firing, Instant, TimerId};

/// An app between two turns, without the memory of its instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Virtual time.
    pub now: Instant,
    /// How many events were taken.
    pub(crate) events: u64,
    /// How many actors and cells were ever created.
    pub(crate) created: u64,
    /// How many of these are cells.
    pub(crate) cells: u64,
    /// All of them. Those of a production kernel that may have something to do come first, in the order in which they
    /// wait. They may be many: whoever writes takes them one by one, beside the rest.
    #[serde(skip)]
    pub actors: Vec<SavedActor>,
    /// The ids that were issued and are bound to nobody: for which definition they are reserved, or none if their
    /// holder is gone. Ascending.
    pub(crate) unbound: Vec<(ActorId, Option<u32>)>,
    /// What only exploration knows.
    pub(crate) history: Option<History>,
}

/// What only exploration knows of how an app came to be what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    /// How many things were ever pending.
    pub(crate) serials: u32,
    /// How many messages went from one actor to another; ascending.
    pub(crate) numbers: Vec<(ActorId, ActorId, u32)>,
    /// Whether the marks say what happened before what.
    pub(crate) is_causal: bool,
    /// What happened before whatever the environment does next.
    pub(crate) outside: Vec<u32>,
    /// The definitions of all actors that ever were, in the order of creation, if they were noted.
    pub(crate) definitions: Vec<u32>,
}

/// One actor or cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedActor {
    pub(crate) id: ActorId,
    pub(crate) origin: u32,
    pub(crate) definition: u32,
    pub(crate) label: Label,
    pub(crate) status: SavedStatus,
    pub(crate) stack: Vec<u32>,
    pub(crate) arrived: Vec<SavedMessage>,
    /// How many of `arrived` are known to be deferred, and how many no task wants.
    pub(crate) looked_at: (u32, u32),
    pub(crate) channels: Vec<SavedMessage>,
    pub(crate) overflow: Vec<SavedMessage>,
    /// Committed effects that have not left.
    pub(crate) held: Vec<Effect>,
    /// Whether it stands in the production kernel's line of actors that may have something to do.
    pub(crate) queued: bool,
    pub(crate) counts: Counts,
    pub(crate) group: Option<Group>,
    pub(crate) init: Option<Init>,
    /// Of the next turn that no message brings.
    pub(crate) mark: Option<Mark>,
    /// What happened before its next turn, as far as exploration knows.
    pub(crate) past: Vec<u32>,
    pub(crate) watchers: Vec<ActorId>,
    pub(crate) children: Vec<(u32, u32)>,
    pub(crate) restarts: Vec<Instant>,
    pub(crate) asked: Vec<Group>,
    pub(crate) tasks: Option<SavedTasks>,
    pub(crate) cell: Option<Cell>,
    pub(crate) timers: Vec<SavedTimer>,
}

/// What an actor may do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedStatus {
    Starting,
    Idle,
    Halting,
    Failed(Failure),
    Cell,
}

/// An event on its way, or arrived and not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedMessage {
    pub(crate) from: ActorId,
    pub(crate) event: Event,
    pub(crate) group: Option<Group>,
    pub(crate) firing: Option<Firing>,
    pub(crate) options: SendOptions,
    pub(crate) failed_turns: u32,
    pub(crate) notice: bool,
    pub(crate) errand: Option<Errand>,
    pub(crate) mark: Option<Mark>,
}

/// What exploration notes about something that is pending, without what brought it up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) serial: u32,
    pub(crate) number: u32,
    pub(crate) copy: u32,
    pub(crate) delayed: bool,
    pub(crate) origin: u32,
    pub(crate) effect: u32,
    pub(crate) before: Vec<u32>,
}

/// An armed timer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedTimer {
    pub(crate) id: TimerId,
    pub(crate) due: Instant,
    pub(crate) period: Option<Duration>,
    pub(crate) event: Event,
    pub(crate) group: Option<Group>,
    pub(crate) mark: Option<Mark>,
}

/// What the suspended code of an actor waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedTasks {
    pub(crate) parked: Vec<SavedTask>,
    pub(crate) asked: Vec<(Correlation, ActorId)>,
    pub(crate) kept: Vec<SavedMessage>,
    pub(crate) refused: Option<(TaskId, u32)>,
    pub(crate) was_ready: bool,
    pub(crate) accepted: Option<TaskId>,
    pub(crate) ripened: u64,
    /// In which groups tasks work.
    pub(crate) groups: Vec<(TaskId, Group)>,
}

/// A task that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedTask {
    pub(crate) told: Park,
    pub(crate) ripe: Option<SavedMessage>,
    pub(crate) took_at: u32,
    pub(crate) since: u64,
    pub(crate) mark: Option<Mark>,
}

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
    /// What the shards of one app have left, put together. All must have been at rest at the same time. What only
    /// exploration knows is forgotten.
    #[must_use]
    pub fn merge(parts: impl IntoIterator<Item = Self>) -> Self {
        let nothing = Self {
            now: Instant::ZERO,
            events: 0,
            created: 0,
            cells: 0,
            actors: Vec::new(),
            unbound: Vec::new(),
            history: None,
        };
        parts.into_iter().fold(nothing, |mut whole, mut part| {
            part.forget_history();
            let Self { now, events, created, cells, actors, unbound, history: _ } = part;
            whole.now = whole.now.max(now);
            whole.events += events;
            whole.created += created;
            whole.cells += cells;
            whole.actors.extend(actors);
            whole.unbound.extend(unbound);
            whole
        })
    }

    /// One part for each of so many shards; `shard` says where an actor is to live. The counts go to the first.
    #[must_use]
    pub fn split(self, shards: usize, shard: impl Fn(&SavedActor) -> usize) -> Vec<Self> {
        let mut whole = self;
        let actors = core::mem::take(&mut whole.actors);
        let (now, others) = (whole.now, shards.saturating_sub(1));
        let empty = Self { now, ..Self::merge([]) };
        let mut parts = Vec::from([whole]);
        parts.extend(core::iter::repeat_n(empty, others));
        for actor in actors {
            let place = shard(&actor);
            parts[place].actors.push(actor);
        }
        parts
    }

    /// Says what every id stands for that was issued; those that are bound do not matter.
    pub fn set_unbound(&mut self, places: impl IntoIterator<Item = (ActorId, Place)>) {
        let unbound = places.into_iter().filter_map(|(id, place)| match place {
            Place::Reserved { definition } => Some((id, Some(definition))),
            Place::Gone => Some((id, None)),
            Place::Shard(_) | Place::Cell { .. } => None,
        });
        self.unbound = unbound.collect();
        self.unbound.sort_unstable();
    }

    /// The ids that were issued and are bound to nobody: for which definition they are reserved, or none if their holder
    /// is gone.
    pub fn unbound(&self) -> impl Iterator<Item = (ActorId, Option<u32>)> {
        self.unbound.iter().copied()
    }

    /// Forgets what only exploration knows.
    pub(crate) fn forget_history(&mut self) {
        self.history = None;
        self.actors.iter_mut().for_each(|actor| actor.past.clear());
        self.each_pending(|_, _, mark| *mark = None);
    }

    /// Everything that is pending, in the order of the actors: for messages first what has arrived, then what is on its
    /// way, then what waits for room.
    pub(crate) fn each_pending(
        &mut self,
        mut see: impl FnMut(ActorId, Pending, &mut Option<Mark>),
    ) {
        for actor in &mut self.actors {
            let id = actor.id;
            if matches!(actor.status, SavedStatus::Starting) || actor.mark.is_some() {
                see(id, Pending::Turn, &mut actor.mark);
            }
            for task in actor.tasks.iter_mut().flat_map(|tasks| &mut tasks.parked) {
                if task.told.wait == Wait::Ready {
                    see(id, Pending::Turn, &mut task.mark);
                }
            }
            for timer in &mut actor.timers {
                see(id, Pending::Turn, &mut timer.mark);
            }
            for message in actor.messages_mut() {
                see(id, Pending::Message { from: message.from }, &mut message.mark);
            }
        }
    }

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

/// What is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// A first turn, a default event, a task that is ready, a timer, or effects that leave one by one.
    Turn,
    Message {
        from: ActorId,
    },
}

impl SavedActor {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.id
    }

    /// The index of its definition; beyond those of actors for a cell.
    #[must_use]
    pub fn definition(&self) -> u32 {
        self.definition
    }

    /// Its name for people, if this is its definition.
    #[must_use]
    pub fn label(&self, definition: &Definition) -> String {
        self.label.text(definition)
    }

    /// What it holds, if it is a cell.
    #[must_use]
    pub fn cell_kind(&self) -> Option<CellKind> {
        self.cell.as_ref().map(Cell::kind)
    }

    /// Whether its instance has a state: it has had its first turn, and has not ended.
    #[must_use]
    pub fn has_instance(&self) -> bool {
        matches!(self.status, SavedStatus::Idle)
    }

    fn messages_mut(&mut self) -> impl Iterator<Item = &mut SavedMessage> {
        let tasks = self.tasks.iter_mut().flat_map(|SavedTasks { parked, kept, .. }| {
            parked.iter_mut().filter_map(|task| task.ripe.as_mut()).chain(kept)
        });
        let inbox = self.arrived.iter_mut().chain(&mut self.channels).chain(&mut self.overflow);
        tasks.chain(inbox)
    }

    fn messages(&self) -> impl Iterator<Item = &SavedMessage> {
        let tasks = self.tasks.iter().flat_map(|SavedTasks { parked, kept, .. }| {
            parked.iter().filter_map(|task| task.ripe.as_ref()).chain(kept)
        });
        tasks.chain(&self.arrived).chain(&self.channels).chain(&self.overflow)
    }
}

impl From<&Message> for SavedMessage {
    /// Nobody will ask for the fate of a send of the environment any more.
    fn from(message: &Message) -> Self {
        let Message {
            from,
            event,
            group,
            firing,
            options,
            ticket: _,
            failed_turns,
            notice,
            errand,
            stamp,
        } = message;
        Self {
            from: *from,
            event: event.clone(),
            group: unshared(group.as_ref()),
            firing: *firing,
            options: *options,
            failed_turns: *failed_turns,
            notice: *notice,
            errand: errand.as_deref().cloned(),
            mark: marked(stamp),
        }
    }
}

impl From<SavedMessage> for Message {
    fn from(saved: SavedMessage) -> Self {
        let SavedMessage {
            from,
            event,
            group,
            firing,
            options,
            failed_turns,
            notice,
            errand,
            mark,
        } = saved;
        Self {
            group: group.map(Arc::new),
            firing,
            options,
            failed_turns,
            notice,
            errand: errand.map(Box::new),
            stamp: stamped(mark),
            ..Self::plain(from, event)
        }
    }
}

impl From<&Stamp> for Mark {
    fn from(stamp: &Stamp) -> Self {
        let Stamp { serial, cause: _, number, copy, delayed, origin, effect, before } = stamp;
        Self {
            serial: *serial,
            number: *number,
            copy: *copy,
            delayed: *delayed,
            origin: *origin,
            effect: *effect,
            before: before.effects(),
        }
    }
}

impl From<Mark> for Stamp {
    /// The steps before are no part of an execution that begins here: what is pending is there from its start.
    fn from(mark: Mark) -> Self {
        let Mark { serial, number, copy, delayed, origin, effect, before } = mark;
        let before = Clock::of(&before);
        Self { serial, cause: 0, number, copy, delayed, origin, effect, before }
    }
}

pub(crate) fn marked(stamp: &Stamped) -> Option<Mark> {
    stamp.as_deref().map(Mark::from)
}

pub(crate) fn stamped(mark: Option<Mark>) -> Stamped {
    mark.map(|mark| Arc::new(mark.into()))
}

pub(crate) fn unshared(group: Option<&Arc<Group>>) -> Option<Group> {
    group.map(|group| Group::clone(group))
}

fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Unfit> {
    if holds { Ok(()) } else { Err(Unfit(otherwise())) }
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
        let SavedActor { definition, status, stack, arrived, looked_at, .. } = actor;
        let is_cell = matches!(status, SavedStatus::Cell);
        match (&actor.cell, self.definitions.get(*definition as usize)) {
            (Some(cell), None) if is_cell => {
                let place = self.definitions.len() + cell.kind() as usize;
                demand(*definition as usize == place, || "its definition is another".into())?;
            }
            (None, Some(known)) if !is_cell => {
                demand(known.table.allows_stack(stack), || "a state is not declared".into())?;
            }
            _ => return Err(Unfit("its definition is unknown".into())),
        }
        let known = self.definitions.get(*definition as usize);
        let may_start = match status {
            SavedStatus::Starting => true,
            SavedStatus::Idle | SavedStatus::Halting => {
                known.is_some_and(|known| known.supervision.restart != Restart::Temporary)
            }
            SavedStatus::Failed(_) | SavedStatus::Cell => false,
        };
        demand(!may_start || actor.init.is_some(), || {
            "its first payload was not kept, and it may have to begin anew".into()
        })?;
        let (scanned, seen) = *looked_at;
        demand(scanned.max(seen) as usize <= arrived.len(), || "its inbox is too short".into())?;
        demand(arrived.iter().all(|message| message.errand.is_none()), || {
            "an answer waits among its events".into()
        })?;
        for message in actor.messages() {
            self.message(message, is_cell)?;
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

/// Groups, which are shared in memory, are written each time.
pub(crate) mod shared_group {
    use alloc::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::event::Group;

    pub(crate) fn serialize<S: Serializer>(
        group: &Arc<Group>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Group::serialize(group, serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Group>, D::Error> {
        Group::deserialize(deserializer).map(Arc::new)
    }

    /// The same for one that may be absent.
    pub(crate) mod optional {
        use super::{Arc, Deserialize, Deserializer, Group, Serialize, Serializer};

        pub(crate) fn serialize<S: Serializer>(
            group: &Option<Arc<Group>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            group.as_deref().serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Arc<Group>>, D::Error> {
            Option::<Group>::deserialize(deserializer).map(|group| group.map(Arc::new))
        }
    }
}
