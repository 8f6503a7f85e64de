//! The failure detector: by manager, nodes, detector and timer, and to the monitor.

use coyote_guest::prelude::*;

/// The initial payload of the detector.
#[payload]
pub struct DetectorSetup {
    /// The nodes that it watches.
    pub nodes: Vec<ActorId>,
    /// The bug, if it is false: whether a node that has three pings to answer gets no more.
    pub limits_pings: bool,
}

/// The initial payload of the timer.
#[payload]
pub struct TimerSetup {
    /// Whose timer it is.
    pub detector: ActorId,
}

/// From the manager to the detector.
#[event]
pub struct Register {
    /// Who wants to know about failures.
    pub client: ActorId,
}

/// From the detector to a node.
#[event]
pub struct Ping {
    /// Who waits for the [`Pong`].
    pub from: ActorId,
}

/// From a node to the detector.
#[event]
pub struct Pong {
    /// Who.
    pub node: ActorId,
}

/// To the timer.
#[event]
pub struct Start;

/// To the timer.
#[event]
pub struct Cancel;

/// From the timer.
#[event]
pub struct Timeout;

/// From the timer: it will not fire.
#[event]
pub struct CancelSuccess;

/// From the timer: it has fired.
#[event]
pub struct CancelFailure;

/// The name of the monitor.
pub const SAFETY: &str = "failure-detector-safety";

/// To the monitor.
#[event]
pub struct Pinged {
    /// Who is sent a ping.
    pub node: ActorId,
}

/// To the monitor.
#[event]
pub struct Answered {
    /// Who answers one.
    pub node: ActorId,
}
