//! What passes between the kernel and its driver in one turn.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use crate::actor::{Init, Slot};
use crate::event::{Event, Group, Kind, Message};
use crate::failure::Failure;
use crate::step::Stamp;
use crate::task::{Judgement, TaskId};
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
    /// A task that is ready, or whose timer fired.
    Resume {
        /// Which.
        task: TaskId,
        /// The event of the timer.
        message: Option<Box<Message>>,
    },
    /// A task and the event that it received, or the answer that it waited for.
    Deliver {
        /// Which task.
        task: TaskId,
        /// The event or the answer.
        message: Box<Message>,
    },
    /// A condition and an event. The turn may do nothing but [tell](crate::Outbox::judge) whether the one accepts the
    /// other, and leaves nothing behind in the instance.
    Judge(Box<Judgement>),
}

impl Work {
    /// The event of the turn; none in the first.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Handle(message) => Some(&message.event),
            Self::Deliver { message, .. } => Some(&message.event),
            Self::Passed { event, .. } => Some(event),
            Self::Judge(judgement) => Some(&judgement.message.event),
            Self::Initialize(_) | Self::Resume { .. } => None,
        }
    }

    /// The kind of the event, or what stands for it; none in the first turn.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Resume { .. } => Some(Kind::RESUMPTION),
            _ => self.event().map(|event| event.kind),
        }
    }

    /// The kind of the event as the guest is told it; none in the first turn, for an answer, and for a task that goes on
    /// without an event.
    #[must_use]
    pub fn event_kind(&self) -> Option<Kind> {
        self.event().map(|event| event.kind).filter(|&kind| kind != Kind::ANSWER)
    }

    /// The task that goes on.
    #[must_use]
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Resume { task, .. } | Self::Deliver { task, .. } => Some(*task),
            Self::Initialize(_) | Self::Handle(_) | Self::Passed { .. } | Self::Judge(_) => None,
        }
    }

    /// What arrived for the turn.
    fn message(&self) -> Option<&Message> {
        match self {
            Self::Handle(message) => Some(message),
            Self::Deliver { message, .. } => Some(message),
            Self::Resume { message, .. } => message.as_deref(),
            Self::Initialize(_) | Self::Passed { .. } | Self::Judge(_) => None,
        }
    }

    /// What exploration notes about what arrived for the turn.
    pub(super) fn stamp(&self) -> Option<&Stamp> {
        self.message()?.stamp.as_deref()
    }

    /// The group that the event carries.
    #[must_use]
    pub fn group(&self) -> Option<&Arc<Group>> {
        self.message()?.group.as_ref()
    }

    /// The firing that the event tells of.
    #[must_use]
    pub fn firing(&self) -> Option<Firing> {
        self.message()?.firing
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
    pub fn into_failure(self, name: impl FnOnce(Kind) -> String) -> (Turn, Failure) {
        let Self { turn, mut failure, kind } = self;
        if let Some(kind) = kind {
            failure.message = format!("send of `{}` to {}", name(kind), failure.message);
        }
        (turn, failure)
    }
}
