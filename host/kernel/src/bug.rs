//! What makes an execution a bug.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::event::Kind;
use crate::failure::{Cause, FailedTurn, Failure, Violation};
use crate::id::ActorId;
use crate::task::TaskId;
use crate::timer::TimerId;

/// A violation, with all that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A turn failed, and nobody supervises the actor (F9).
    Failed(FailedTurn),
    /// A rule was broken at a commit (F8).
    Broken(Violation),
    /// A monitor found it (O4).
    Monitor {
        /// Its number.
        monitor: u32,
        /// The state that it was in.
        state: String,
        /// What it was notified of; none at its start.
        kind: Option<Kind>,
        /// Whose turn notified it; the environment at its start.
        notifier: ActorId,
        /// Why.
        failure: Failure,
    },
    /// Nothing can happen any more, and somebody waits (E2).
    Deadlock {
        /// Who waits, and for what.
        waiting: Vec<Waiting>,
        /// What is left in the inboxes of those who wait, by receiver (E1).
        left: Vec<(ActorId, Kind)>,
    },
    /// Nothing can happen any more, and progress is owed (L1).
    Liveness {
        /// The monitor.
        monitor: u32,
        /// The hot state that it is in.
        state: String,
    },
    /// Progress has been owed for very long (L2).
    PotentialLiveness {
        /// The monitor.
        monitor: u32,
        /// The state that it is in.
        state: String,
        /// For more counted steps than this.
        steps: u32,
    },
    /// Progress is owed for ever: a loop of states in all of which a monitor is hot, and in which every step that stays
    /// enabled is taken (L3).
    Lasso {
        /// The monitor.
        monitor: u32,
        /// The state that it is in at the beginning of the loop.
        state: String,
        /// How many choices lead to the loop; all others of the trace are the loop.
        stem: u32,
    },
    /// The execution was cut at its bound, and was not to be (E4).
    StepBound {
        /// After so many counted steps.
        steps: u32,
    },
}

/// Somebody who waits at quiescence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// An actor, for room in the inbox of another one (S8).
    Room {
        /// Who waits.
        sender: ActorId,
        /// Whose inbox is full.
        receiver: ActorId,
    },
    /// A task of an actor that is not in the background (K4).
    Task {
        /// Whose.
        actor: ActorId,
        /// The actor's number for it.
        task: TaskId,
        /// What it is and where it was spawned, in the words of the guest.
        label: Box<str>,
        /// What it waits for.
        awaits: Awaited,
    },
}

impl Waiting {
    /// Who waits.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        let (Self::Room { sender: actor, .. } | Self::Task { actor, .. }) = self;
        *actor
    }
}

/// What a task waits for at quiescence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// An event of one of these kinds, perhaps under conditions.
    Event(Vec<Kind>),
    /// The answer to a request, an operation or an awaited create.
    Answer {
        /// Whom it asked; none if there was an answer already, or it is too long ago.
        of: Option<ActorId>,
        /// Who took the request, or something else in its group, and did not answer (G4).
        owed_by: Vec<ActorId>,
    },
    /// A timer of the actor, which does not fire.
    Timer(TimerId),
    /// Another task of the actor, in the words of the guest.
    Task(Box<str>),
}

/// Sorts of bugs, by the names that reports use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BugKind {
    /// A turn failed.
    Failed(Cause),
    /// S9.
    MustHandle,
    /// S10.
    MaxInstances,
    /// S8.
    InboxFull,
    /// I7.
    IdInUse,
    /// S6.
    UnboundId,
    /// O4.
    Monitor,
    /// E2.
    Deadlock,
    /// L1.
    Liveness,
    /// L2.
    PotentialLiveness,
    /// L3.
    Lasso,
    /// E4.
    StepBound,
}

impl fmt::Display for BugKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed(cause) => return cause.fmt(f),
            Self::MustHandle => "must-handle",
            Self::MaxInstances => "max-instances",
            Self::InboxFull => "inbox-full",
            Self::IdInUse => "id-in-use",
            Self::UnboundId => "unbound-id",
            Self::Monitor => "monitor",
            Self::Deadlock => "deadlock",
            Self::Liveness => "liveness",
            Self::PotentialLiveness => "potential-liveness",
            Self::Lasso => "lasso",
            Self::StepBound => "step-bound",
        })
    }
}

impl Bug {
    /// Its sort.
    #[must_use]
    pub fn kind(&self) -> BugKind {
        match self {
            Self::Failed(turn) => BugKind::Failed(turn.failure.cause),
            Self::Broken(violation) => match violation {
                Violation::MustHandle { .. } => BugKind::MustHandle,
                Violation::MaxInstances { .. } => BugKind::MaxInstances,
                Violation::InboxFull { .. } => BugKind::InboxFull,
                Violation::IdInUse { .. } => BugKind::IdInUse,
                Violation::UnboundId { .. } => BugKind::UnboundId,
            },
            Self::Monitor { .. } => BugKind::Monitor,
            Self::Deadlock { .. } => BugKind::Deadlock,
            Self::Liveness { .. } => BugKind::Liveness,
            Self::PotentialLiveness { .. } => BugKind::PotentialLiveness,
            Self::Lasso { .. } => BugKind::Lasso,
            Self::StepBound { .. } => BugKind::StepBound,
        }
    }

    /// The actor that it is about, if it is about one.
    #[must_use]
    pub fn actor(&self) -> Option<ActorId> {
        match self {
            Self::Failed(FailedTurn { actor, .. }) | Self::Monitor { notifier: actor, .. } => {
                Some(*actor)
            }
            Self::Broken(violation) => Some(match *violation {
                Violation::MustHandle { receiver, .. }
                | Violation::MaxInstances { receiver, .. }
                | Violation::InboxFull { receiver, .. } => receiver,
                Violation::IdInUse { id, .. } | Violation::UnboundId { id, .. } => id,
            }),
            Self::Deadlock { .. }
            | Self::Liveness { .. }
            | Self::PotentialLiveness { .. }
            | Self::Lasso { .. }
            | Self::StepBound { .. } => None,
        }
    }

    /// Whether only the end of an execution shows it: no step can be left out because one of them is the culprit.
    #[must_use]
    pub fn needs_quiescence(&self) -> bool {
        matches!(self, Self::Deadlock { .. } | Self::Liveness { .. })
    }

    /// Whether this is the same bug as another one, seen in another execution. Actors of one kind are alike, and so
    /// are messages that differ in numbers only.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed(turn), Self::Failed(other)) => {
                let suspended = |turn: &FailedTurn| turn.suspended.clone().unwrap_or_default();
                (turn.kind, &turn.state, turn.failure.cause)
                    == (other.kind, &other.state, other.failure.cause)
                    && is_like(&suspended(turn), &suspended(other))
                    && is_like(&turn.failure.message, &other.failure.message)
                    && is_like(&turn.label, &other.label)
            }
            (
                Self::Monitor { monitor, kind, failure, .. },
                Self::Monitor { monitor: monitor2, kind: kind2, failure: failure2, .. },
            ) => {
                (monitor, kind) == (monitor2, kind2)
                    && failure.cause == failure2.cause
                    && is_like(&failure.message, &failure2.message)
            }
            (
                Self::Liveness { monitor, state },
                Self::Liveness { monitor: monitor2, state: state2 },
            ) => (monitor, state) == (monitor2, state2),
            (
                Self::PotentialLiveness { monitor, .. },
                Self::PotentialLiveness { monitor: monitor2, .. },
            )
            | (Self::Lasso { monitor, .. }, Self::Lasso { monitor: monitor2, .. }) => {
                monitor == monitor2
            }
            (Self::Broken(violation), Self::Broken(other_violation)) => {
                self.kind() == other.kind() && violation.event() == other_violation.event()
            }
            (Self::Deadlock { waiting, .. }, Self::Deadlock { waiting: other, .. }) => {
                waiting.len() == other.len()
            }
            (Self::StepBound { .. }, Self::StepBound { .. }) => true,
            _ => false,
        }
    }
}

/// Whether two texts are equal but for numbers.
fn is_like(a: &str, b: &str) -> bool {
    let is_text = |letter: &char| !letter.is_ascii_digit();
    a.chars().filter(is_text).eq(b.chars().filter(is_text))
}
