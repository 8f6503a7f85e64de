//! The only place that asks the machine for the time.
#![expect(clippy::disallowed_methods, reason = "this is where the time comes from")]

use std::time::{Duration, Instant};

/// Time since the start of an app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// How late it was then: an app that goes on where another one was has its time.
    before: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self::resume(Duration::ZERO)
    }

    /// A clock that shows this now.
    pub(crate) fn resume(now: Duration) -> Self {
        Self { started: Instant::now(), before: now }
    }

    pub(crate) fn now(self) -> Duration {
        self.before.saturating_add(self.elapsed())
    }

    /// How long it has run.
    pub(crate) fn elapsed(self) -> Duration {
        self.started.elapsed()
    }
}

/// A moment in the future.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// Never, if the machine cannot count that far.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// How long it is until then; none if it has passed.
    pub(crate) fn left(self) -> Option<Duration> {
        match self.0 {
            Some(at) => at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()),
            None => Some(Duration::MAX / 4),
        }
    }
}
