//! What the actors of hello-world say to each other, and to the monitor.

use coyote_guest::prelude::*;

/// Asks for a [`Pong`].
#[event]
pub struct Ping {
    /// Who is to get the answer.
    pub caller: ActorId,
    /// What people call the caller.
    pub label: String,
}

/// Answers a [`Ping`].
#[event]
pub struct Pong;

/// The name of the monitor that knows whether everybody got an answer.
pub const ANSWERED: &str = "answered";

/// Tells the monitor that a client sends a ping.
#[event]
pub struct Asked {
    /// The client.
    pub client: ActorId,
}

/// Tells the monitor that a client got a pong.
#[event]
pub struct Got {
    /// The client.
    pub client: ActorId,
}
