//! Where log lines of actors, and events of the host, go. The library prints nothing by itself.

/// How much a line matters, most important first.
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

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// How much it matters.
    pub level: Level,
    /// The label of the actor; none if the host speaks.
    pub actor: Option<&'a str>,
    /// Which turn of the actor wrote it, counted from 1; 0 if the host speaks. If that turn fails, the
    /// host says so with the same number: its lines are the only trace that such a turn leaves.
    pub turn: u64,
    /// The text, without a line break at the end.
    pub message: &'a str,
}

/// Takes log lines, from all shards at once and in the middle of turns: it must be quick.
pub trait Log: Send + Sync {
    /// Takes one line.
    fn line(&self, line: &LogLine<'_>);
}

/// Drops all lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLog;

impl Log for NoLog {
    fn line(&self, _: &LogLine<'_>) {}
}
