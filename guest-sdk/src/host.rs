//! What an actor asks of its host, by interface. Under wasm these are the imports; elsewhere the calls go to a host in
//! the same process, if a thread has installed one: a test's.

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::coyote::actor::{cells, choice, report, timers, turn, waits};
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{cells, choice, report, timers, turn, waits};

#[cfg(not(target_family = "wasm"))]
pub mod native;

/// The kind of event that is an answer.
pub(crate) const ANSWER: u32 = u32::MAX;
