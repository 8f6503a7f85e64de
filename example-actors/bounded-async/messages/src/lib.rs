//! What the scheduler and the processes of bounded-async say.

use coyote_guest::prelude::*;

/// The initial payload of a process.
#[payload]
pub struct Setup {
    /// Who says when to count.
    pub scheduler: ActorId,
    /// How the processes behave.
    pub rules: Rules,
}

/// How the processes behave.
#[payload]
#[serde(rename_all = "kebab-case")]
#[derive(Copy)]
pub struct Rules {
    /// Where they end.
    pub last: u32,
    /// The bug, if it is false: whether the neighbours are told before the scheduler is.
    pub counts_first: bool,
}

/// From the scheduler to a process: who stands beside it.
#[event]
pub struct Neighbours {
    /// One of them.
    pub left: ActorId,
    /// The other one.
    pub right: ActorId,
}

/// From a process to the scheduler: it has counted.
#[event]
pub struct Req;

/// From the scheduler to a process: all have counted.
#[event]
pub struct Resp;

/// From a process to its neighbours: how far it is.
#[event]
pub struct Count {
    /// So far.
    pub n: u32,
}
