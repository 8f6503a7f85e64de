//! What passes between the kernel and its driver in one turn.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use crate::actor::{Init, Slot};
use crate::event::{Event, Group, Kind, Message};
use crate::failure::Failure;
use crate::timer::Firing;

/// A turn that has begun: one event for one actor, to be handled by its instance.
#[derive(Debug)]
#[must_use = "a turn that has begun ends with `commit` or `fail`"]
pub struct Turn {
    /// Whose turn it is.
    pub slot: Slot,
    /// What the instance is called with.
    pub work: Work,
}

/// What an instance is called with.
#[derive(Debug)]
pub enum Work {
    /// The first payload. The instance must be fresh.
    Initialize(Init),
    /// An event that the inbox offered.
    Handle(Message),
    /// An event that the state stack passed over; only for components that want to be told.
    Passed {
        /// The event.
        event: Event,
        /// Whether it was deferred, not ignored.
        deferred: bool,
    },
}

impl Work {
    /// The event of the turn; none in the first.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Initialize(_) => None,
            Self::Handle(message) => Some(&message.event),
            Self::Passed { event, .. } => Some(event),
        }
    }

    /// The group that the event carries.
    #[must_use]
    pub fn group(&self) -> Option<&Arc<Group>> {
        match self {
            Self::Handle(message) => message.group.as_ref(),
            Self::Initialize(_) | Self::Passed { .. } => None,
        }
    }

    /// The firing that the event tells of.
    #[must_use]
    pub fn firing(&self) -> Option<Firing> {
        match self {
            Self::Handle(message) => message.firing,
            Self::Initialize(_) | Self::Passed { .. } => None,
        }
    }
}

/// What the driver does with the instance after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Keeps it.
    Alive,
    /// Drops it: the actor halted, or starts anew with a fresh instance.
    Dropped,
}

/// A turn that the kernel did not commit.
#[derive(Debug)]
pub struct Refused {
    /// The turn, to be given to [`Kernel::fail`](super::Kernel::fail).
    pub turn: Turn,
    /// Why.
    pub failure: Failure,
    /// The kind of the event that was to be sent, where one is to blame.
    pub kind: Option<Kind>,
}

impl Refused {
    /// The turn, and the failure that it ends with; kinds have their names from `name`.
    #[must_use]
    pub fn into_failure(self: Box<Self>, name: impl FnOnce(Kind) -> String) -> (Turn, Failure) {
        let Self { turn, mut failure, kind } = *self;
        if let Some(kind) = kind {
            failure.message = format!("send of `{}` to {}", name(kind), failure.message);
        }
        (turn, failure)
    }
}
