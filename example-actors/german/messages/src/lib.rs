//! What is said in german: by the cpu, the caches and the home of the line, and to the monitor.

use coyote_guest::prelude::*;

/// From the cpu to a cache: it is about to read or write.
#[event]
pub struct Want {
    /// Whether to write.
    pub exclusive: bool,
}

/// From a cache to the home: it needs a copy.
#[event]
pub struct Ask {
    /// Who.
    pub cache: ActorId,
    /// Whether nobody else may have one.
    pub exclusive: bool,
}

/// From the home to a cache: here is a copy.
#[event]
pub struct Grant {
    /// Whether nobody else has one.
    pub exclusive: bool,
}

/// From the home to a cache that has a copy: it is to give it up.
#[event]
pub struct Invalidate;

/// From a cache to the home: it has given up its copy.
#[event]
pub struct Ack {
    /// Who.
    pub cache: ActorId,
}

/// The name of the monitor.
pub const HOLDERS: &str = "holders";

/// To the monitor: a cache has a copy.
#[event]
pub struct Holds {
    /// Who.
    pub cache: ActorId,
    /// Whether it may write to it.
    pub exclusive: bool,
}

/// To the monitor: a cache has no copy any more.
#[event]
pub struct GaveUp {
    /// Who.
    pub cache: ActorId,
}
