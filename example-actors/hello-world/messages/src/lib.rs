//! What the actors of hello-world say to each other.

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
