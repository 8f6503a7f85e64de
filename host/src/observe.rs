//! What a host tells whoever embeds it. The library prints nothing by itself.

use coyote_kernel::ActorId;

use crate::run::{ActorFailure, DroppedEvent};

/// How much a log line matters, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// What a user wants to follow.
    Info,
    /// What the author of an actor wants to follow.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The name in lowercase.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// One log line of an actor.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// How much it matters.
    pub level: Level,
    /// The label of the actor.
    pub actor: &'a str,
    /// Which turn of the actor's instance wrote it, counted from 1. If that turn fails, the failure has the
    /// same number: its lines are all that such a turn leaves.
    pub turn: u64,
    /// The text, without a line break at the end.
    pub message: &'a str,
}

/// Is told what happens in a host, from all shards at once and in the middle of turns: it must be quick.
/// It may send and create, as the environment does. What it does not want to know it leaves out.
pub trait Observer: Send + Sync {
    /// An actor wrote a log line.
    fn line(&self, line: &LogLine<'_>) {
        let _ = line;
    }

    /// A turn failed.
    fn actor_failed(&self, failure: &ActorFailure) {
        let _ = failure;
    }

    /// An actor is gone.
    fn actor_halted(&self, id: ActorId, label: &str) {
        let _ = (id, label);
    }

    /// An event reached nobody.
    fn event_dropped(&self, event: &DroppedEvent) {
        let _ = event;
    }

    /// A rule was broken that fails no turn; the text names all concerned.
    fn violation(&self, violation: &str) {
        let _ = violation;
    }

    /// Nothing is left to do, and no timer is armed. Sends from outside may change that.
    fn quiescent(&self) {}

    /// A failure stops the app, because its supervision says so.
    fn stopped(&self) {}
}

/// Wants to know nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
