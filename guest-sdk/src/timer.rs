//! Timers on virtual time.

use crate::bindings::coyote::actor::{timers, types};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A timer of one actor, from [`Context::start_timer`](crate::Context::start_timer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerId(pub(crate) types::TimerId);

/// The firing that an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// Which timer fired.
    pub timer: TimerId,
    /// How many ticks of a periodic timer this event stands for, at least 1.
    pub ticks: u32,
}

impl From<timers::Firing> for Firing {
    fn from(firing: timers::Firing) -> Self {
        Self { timer: TimerId(firing.timer), ticks: firing.ticks }
    }
}

/// A duration as the host counts it: at most `u32::MAX` seconds, about 136 years.
pub(crate) fn lower(duration: Duration) -> types::Duration {
    let seconds = u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    types::Duration { seconds, nanoseconds: duration.subsec_nanos() }
}

pub(crate) fn lift(duration: types::Duration) -> Duration {
    Duration::new(duration.seconds.into(), duration.nanoseconds)
}
