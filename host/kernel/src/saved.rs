//! An app between two turns as plain data, to be written down: the same for production, whose shards are put together,
//! and for exploration.
//!
//! What is in it is named field by field and not derived from the kernel's own types, because files are made of it: a
//! change here is a new version of the file. [`Kernel::save`](crate::Kernel::save) makes it, and
//! [`Kernel::resuming`](crate::Kernel::resuming) and [`Kernel::exploring_from`](crate::Kernel::exploring_from) make
//! kernels of it. It may come from anywhere: [`Saved::check`] finds what no kernel can have left.

mod check;
mod conversions;
pub(crate) mod shared_group;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::check::Unfit;
pub(crate) use self::conversions::{marked, stamped, unshared};
use crate::actor::{Definition, Init, Label};
use crate::cell::{Cell, CellKind};
use crate::event::{Errand, Event, Group, SendOptions};
use crate::exchange::Place;
use crate::failure::Failure;
use crate::id::ActorId;
use crate::outbox::{Counts, Effect};
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
