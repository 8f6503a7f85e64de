//! One actor as the kernel sees it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::event::{Encoding, Group, Message, Payload};
use crate::failure::Failure;
use crate::id::ActorId;
use crate::inbox::Inbox;
use crate::limits::{ActorLimits, Supervision};
use crate::outbox::{Counts, Effect};
use crate::step::Stamped;
use crate::table::Table;
use crate::task::Tasks;
use crate::timer::{Instant, TimerId};

/// A place in a kernel's list of actors. It is used again after its actor is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(crate) u32);

impl Slot {
    /// For a list beside the kernel's.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the manifest and the component say of one kind of actor.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name in the manifest.
    pub name: Box<str>,
    /// How it reacts.
    pub table: Table,
    /// What it may use.
    pub limits: ActorLimits,
    /// What becomes of it when it fails.
    pub supervision: Supervision,
    /// Whether exploration takes a failed turn for an outcome and not for a bug (F9).
    pub supervised: bool,
}

/// The first payload of an actor (I3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Init {
    /// How to read it.
    pub encoding: Encoding,
    /// Its bytes.
    pub payload: Payload,
}

impl Init {
    /// No payload.
    #[must_use]
    pub fn empty() -> Self {
        Self { encoding: Encoding::Bytes, payload: Payload::default() }
    }
}

/// The name of an actor for people (I11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Label {
    /// The name that it was given.
    Name(Box<str>),
    /// Its place among the children of one kind of its creator, counted from 1.
    Ordinal(u32),
}

impl Label {
    /// The text: the name, or the kind with the ordinal.
    #[must_use]
    pub fn text(&self, definition: &Definition) -> String {
        match self {
            Self::Name(name) => name.to_string(),
            Self::Ordinal(ordinal) => {
                let digits = ordinal.checked_ilog10().unwrap_or(0) as usize + 1;
                let mut text = String::with_capacity(definition.name.len() + 1 + digits);
                text.push_str(&definition.name);
                // A string takes whatever is written to it.
                let _ = write!(text, "-{ordinal}");
                text
            }
        }
    }
}

/// What an actor may do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its first turn comes next.
    Starting,
    /// It may take an event.
    Idle,
    /// A turn of it is under way.
    InTurn,
    /// It has halted; effects of its last turn wait before a full inbox.
    Halting,
    /// A turn of it failed, and it was not restarted (F10).
    Failed(Box<Failure>),
    /// It is a cell: it carries out operations, and has no turns.
    Cell,
}

/// One actor.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) id: ActorId,
    /// How many actors the kernel had created when this one came, itself included.
    pub(crate) origin: u32,
    pub(crate) definition: u32,
    pub(crate) label: Label,
    pub(crate) status: Status,
    pub(crate) stack: Vec<u32>,
    pub(crate) inbox: Inbox,
    /// Committed effects behind one that waits before a full inbox.
    pub(crate) held: VecDeque<Effect>,
    /// How many events it sent that wait before a full inbox.
    pub(crate) blocked: u32,
    /// Whether it stands in the kernel's list of actors that may have something to do.
    pub(crate) queued: bool,
    /// Whether anything of it may have changed since exploration looked at it last.
    pub(crate) changed: bool,
    pub(crate) counts: Counts,
    pub(crate) group: Option<Arc<Group>>,
    /// Kept for restarts; none once it is certain that there will be none.
    pub(crate) init: Option<Init>,
    /// What exploration notes about the next turn that no message brings: the first, or the default event's.
    pub(crate) stamp: Stamped,
    /// What few actors have.
    pub(crate) rare: Option<Box<Rare>>,
}

/// What few actors have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    /// Who wants to know when this actor is gone.
    pub(crate) watchers: Vec<ActorId>,
    /// How many children it has of each definition; short, ascending.
    pub(crate) children: Vec<(u32, u32)>,
    /// When it was restarted, oldest first, within the window of its supervision.
    pub(crate) restarts: VecDeque<Instant>,
    /// Groups of requests that its committed turns took and did not answer, oldest first.
    pub(crate) asked: VecDeque<Arc<Group>>,
    /// What its suspended code waits for.
    pub(crate) tasks: Option<Box<Tasks>>,
    /// What it holds, if it is a cell.
    pub(crate) cell: Option<Cell>,
}

impl Actor {
    pub(crate) fn new(
        id: ActorId,
        origin: u32,
        definition: u32,
        label: Label,
        init: Init,
        group: Option<Arc<Group>>,
        stack: Vec<u32>,
    ) -> Self {
        Self {
            id,
            origin,
            definition,
            label,
            status: Status::Starting,
            stack,
            inbox: Inbox::default(),
            held: VecDeque::new(),
            blocked: 0,
            queued: false,
            changed: true,
            counts: Counts::default(),
            group,
            init: Some(init),
            stamp: None,
            rare: None,
        }
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// What its suspended code waits for; none if it never had any.
    pub(crate) fn tasks(&self) -> Option<&Tasks> {
        self.rare.as_deref()?.tasks.as_deref()
    }

    /// The same, to be changed.
    pub(crate) fn tasks_mut(&mut self) -> Option<&mut Tasks> {
        self.rare.as_deref_mut()?.tasks.as_deref_mut()
    }

    /// The same; there is something from now on.
    pub(crate) fn new_tasks(&mut self) -> &mut Tasks {
        self.rare().tasks.get_or_insert_default()
    }

    /// 1 if the message would resume a task at once, so that it does not count (S10).
    pub(crate) fn resumes_with(&self, message: &Message) -> usize {
        usize::from(self.tasks().is_some_and(|tasks| tasks.may_want(message)))
    }

    /// The untaken event of a timer (M6).
    pub(crate) fn of_timer(&mut self, timer: TimerId) -> Option<&mut Message> {
        if let Some(message) = self.inbox.of_timer(timer) {
            return Some(message);
        }
        self.rare.as_deref_mut()?.tasks.as_deref_mut()?.of_timer(timer)
    }

    /// Whether all it staged has left.
    pub(crate) fn is_released(&self) -> bool {
        self.blocked == 0 && self.held.is_empty()
    }

    /// Whether it may take an event (T7).
    pub(crate) fn is_free(&self) -> bool {
        self.status == Status::Idle
            && self.is_released()
            && !self.tasks().is_some_and(Tasks::handler_waits)
    }

    /// The place among its children of this definition that the next one has, counted from 1.
    pub(crate) fn next_ordinal(&self, definition: u32) -> u32 {
        let children = self.rare.as_ref().map_or(&[][..], |rare| &rare.children);
        let place = children.binary_search_by_key(&definition, |&(definition, _)| definition);
        1 + place.map_or(0, |place| children[place].1)
    }

    /// It has one more child of this definition.
    pub(crate) fn count_child(&mut self, definition: u32) {
        let children = &mut self.rare().children;
        match children.binary_search_by_key(&definition, |&(definition, _)| definition) {
            Ok(place) => children[place].1 += 1,
            Err(place) => children.insert(place, (definition, 1)),
        }
    }
}
