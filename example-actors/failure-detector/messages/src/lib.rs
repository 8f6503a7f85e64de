//! What is said in failure-detector: by driver, detector, timer and nodes, and to the monitors.

use coyote_guest::prelude::*;

/// How the detector works.
#[payload]
#[derive(Copy)]
#[serde(rename_all = "kebab-case")]
pub struct Rules {
    /// The bug, if it is false: whether a pong counts only in the round of its ping.
    pub compares_rounds: bool,
    /// After how many rounds it stops; if none is said, when no node is left.
    pub rounds: Option<u32>,
}

/// The first payload of the detector.
#[payload]
pub struct Watch {
    /// Whom it watches.
    pub nodes: Vec<ActorId>,
    /// How.
    pub rules: Rules,
}

/// To the detector: somebody wants to know which nodes fail, and which have failed.
#[event]
pub struct Register {
    /// Who.
    pub client: ActorId,
}

/// To the detector: somebody no longer wants to know.
#[event]
pub struct Unregister {
    /// Who.
    pub client: ActorId,
}

/// From the detector to its clients, and from the driver to the liveness monitor: a node has failed.
#[event]
pub struct NodeFailed {
    /// Which.
    pub node: ActorId,
}

/// To a node: is it alive?
#[event]
pub struct Ping {
    /// Who waits for the [`Pong`].
    pub from: ActorId,
    /// The round of pings.
    pub round: u32,
}

/// From a node: it is.
#[event]
pub struct Pong {
    /// Who is alive.
    pub node: ActorId,
    /// The round of the [`Ping`].
    pub round: u32,
}

/// To the timer: send a [`Timeout`].
#[event]
pub struct Start {
    /// When.
    pub after_ms: u32,
}

/// From the timer: the time has passed.
#[event]
pub struct Timeout;

/// To the timer: do not send a [`Timeout`].
#[event]
pub struct Cancel;

/// From the timer: it sends none.
#[event]
pub struct CancelOk;

/// From the timer: it has sent one, or does so now.
#[event]
pub struct CancelFailed;

/// The name of the monitor of pings and pongs.
pub const SAFETY: &str = "safety";

/// To the safety monitor: a node is sent a ping.
#[event]
pub struct Pinged {
    /// Who.
    pub node: ActorId,
}

/// To the safety monitor: a node answers a ping.
#[event]
pub struct Ponged {
    /// Who.
    pub node: ActorId,
}

/// The name of the monitor of failures.
pub const LIVENESS: &str = "liveness";

/// To the liveness monitor: these nodes are going to fail.
#[event]
pub struct Registered {
    /// Who.
    pub nodes: Vec<ActorId>,
}
