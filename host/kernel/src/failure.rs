//! What can go wrong with a turn, with an event, and with the app.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Encoding, Event, Kind, Payload};
use crate::id::ActorId;

/// Why a turn never happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The sort of reason.
    pub cause: Cause,
    /// For the author of the actor.
    pub message: String,
    /// Where in the guest, innermost frame first; empty if nothing is known.
    pub backtrace: String,
}

impl Failure {
    /// A failure without a backtrace.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into(), backtrace: String::new() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.message)
    }
}

/// A turn that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTurn {
    /// Whose.
    pub actor: ActorId,
    /// The label of the actor.
    pub label: String,
    /// The kind of the event; none in the first turn.
    pub kind: Option<Kind>,
    /// The state in which the event was taken; none for a plain actor.
    pub state: Option<String>,
    /// The task that failed behind an await, in the words of the guest: of a handler, the kind of its event.
    pub suspended: Option<Box<str>>,
    /// Why.
    pub failure: Failure,
}

/// Sorts of reasons for which a turn fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// A condition that the author asserted does not hold.
    Assertion,
    /// The guest's language panicked.
    Panic,
    /// The wasm code trapped.
    Trap,
    /// The turn used up its fuel, or its time (E3).
    Hang,
    /// The guest's memory reached its limit.
    OutOfMemory,
    /// A handler returned an error (F1).
    Error,
    /// No reaction to the event (F5).
    UnhandledEvent,
    /// The programming model was broken (F7).
    IllegalCall,
    /// A send to an id that was never issued (S5).
    UnknownId,
    /// A payload that the handler cannot read.
    Decode,
    /// A limit of the kernel, such as effects per turn.
    Limit,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Assertion => "assertion",
            Self::Panic => "panic",
            Self::Trap => "trap",
            Self::Hang => "hang",
            Self::OutOfMemory => "out-of-memory",
            Self::Error => "error",
            Self::UnhandledEvent => "unhandled-event",
            Self::IllegalCall => "illegal-call",
            Self::UnknownId => "unknown-id",
            Self::Decode => "decode",
            Self::Limit => "limit",
        })
    }
}

/// The limits that a turn can meet, as the manifest names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitName {
    /// Effects per turn.
    Effects,
    /// Bytes of one payload.
    Payload,
    /// Payload bytes per turn.
    Outbox,
    /// Armed timers per actor: as many as events in its inbox.
    Timers,
    /// Tasks that wait, per actor: as many as events in its inbox.
    Tasks,
    /// Live actors.
    Actors,
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Effects => "effects",
            Self::Payload => "payload",
            Self::Outbox => "outbox",
            Self::Timers => "timers",
            Self::Tasks => "tasks",
            Self::Actors => "actors",
        })
    }
}

/// An event that reached nobody (S7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Why.
    pub reason: DeadReason,
    /// Who sent it.
    pub from: ActorId,
    /// For whom it was.
    pub to: ActorId,
    /// What it was.
    pub event: Event,
}

impl DeadLetter {
    /// The name of the kind of events that tell monitors of what reached nobody.
    pub const KIND: &'static str = "event-dropped";

    /// What monitors that declare [`Self::KIND`] are told of it, as an event of that kind: an object of JSON with the
    /// reason, the name of the event's kind, its sender and its receiver.
    #[must_use]
    pub fn notice(&self, kind: Kind, name: &str) -> Event {
        let Self { reason, from, to, event: _ } = self;
        let name: String = name.chars().map(escaped).collect();
        let json =
            format!(r#"{{"reason":"{reason}","event":"{name}","from":"{from}","to":"{to}"}}"#);
        Event { kind, encoding: Encoding::Json, payload: Payload::from_slice(json.as_bytes()) }
    }
}

/// A character inside a string of JSON (RFC 8259, section 7).
fn escaped(letter: char) -> String {
    match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\0'..=' ' if letter != ' ' => format!("\\u{:04x}", u32::from(letter)),
        _ => letter.to_string(),
    }
}

/// Why an event reached nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadReason {
    /// The receiver has halted.
    Halted,
    /// The receiver has failed and was not restarted.
    Failed,
    /// The id is reserved, and bound to nobody (S6).
    Unbound,
    /// The inbox was full (S8).
    InboxFull,
    /// The turn that handled it failed (F10).
    FailedTurn,
    /// More events of its kind waited than its sender allowed (S10).
    MaxInstances,
    /// The request was answered before (G2), or nobody asked.
    AlreadyReplied,
    /// The app stopped before it was taken.
    Stopped,
    /// A fault hit it (S3).
    Lost,
    /// The receiver is a cell, which takes operations only.
    Cell,
}

impl fmt::Display for DeadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Halted => "halted",
            Self::Failed => "failed",
            Self::Unbound => "unbound",
            Self::InboxFull => "inbox-full",
            Self::FailedTurn => "failed-turn",
            Self::MaxInstances => "max-instances",
            Self::AlreadyReplied => "already-replied",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
            Self::Cell => "cell",
        })
    }
}

/// What makes an execution a bug although no turn failed: it arises at a commit (S11), and the turn
/// stays committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An event that must be handled was for an actor that halted (S9).
    MustHandle {
        /// Who sent it.
        sender: ActorId,
        /// The actor that halted.
        receiver: ActorId,
        /// The event's kind.
        kind: Kind,
    },
    /// Too many events of one kind wait (S10).
    MaxInstances {
        /// Who sent the one that is too many.
        sender: ActorId,
        /// For whom they wait.
        receiver: ActorId,
        /// The events' kind.
        kind: Kind,
        /// How many were allowed.
        instances_max: u32,
    },
    /// A full inbox whose overflow policy is `fail` (S8).
    InboxFull {
        /// Who sent the event.
        sender: ActorId,
        /// Whose inbox.
        receiver: ActorId,
        /// The kind of the event that was one too many.
        kind: Kind,
    },
    /// An id was to be bound that is in use (I7).
    IdInUse {
        /// The id.
        id: ActorId,
        /// What holds it, for people.
        holder: Box<str>,
    },
    /// A send to a reserved id that is bound to nobody (S6).
    UnboundId {
        /// Who sent the event.
        sender: ActorId,
        /// The id.
        id: ActorId,
        /// The event's kind.
        kind: Kind,
    },
}

impl Violation {
    /// The kind of the event that is concerned, if there is one.
    #[must_use]
    pub fn event(&self) -> Option<Kind> {
        match *self {
            Self::MustHandle { kind, .. }
            | Self::MaxInstances { kind, .. }
            | Self::InboxFull { kind, .. }
            | Self::UnboundId { kind, .. } => Some(kind),
            Self::IdInUse { .. } => None,
        }
    }
}
