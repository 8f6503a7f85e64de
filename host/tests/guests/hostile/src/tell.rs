//! What the monitor `watcher` is told: the events are its own.

use crate::Stranger;
use coyote_guest::prelude::*;

/// What the monitor is told, an event each.
#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Told {
    Asked(u32),
    Answered(u32),
    Misbehave(How),
    Stranger,
}

#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    Assert,
    Error,
    Panic,
    Trap,
    Loop,
    Log,
}

#[event]
struct Asked(u32);

#[event]
struct Answered(u32);

#[event]
struct Misbehave(How);

/// Notifies the monitor.
pub(crate) fn tell(ctx: &Context, told: &[Told]) {
    for what in told {
        match what {
            Told::Asked(number) => ctx.notify("watcher", Asked(*number)),
            Told::Answered(number) => ctx.notify("watcher", Answered(*number)),
            Told::Misbehave(how) => ctx.notify("watcher", Misbehave(how.clone())),
            Told::Stranger => ctx.notify("watcher", Stranger),
        }
    }
}
