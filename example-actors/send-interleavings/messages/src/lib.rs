//! What the senders of send-interleavings are told to send.

use coyote_guest::prelude::*;

/// Is counted.
#[event]
pub struct E1 {
    /// How much it counts.
    pub count: u32,
}

/// Asks the receiver to look at what it has counted.
#[event]
pub struct E2;

/// The first payload of a sender.
#[payload]
pub struct Task {
    /// To whom.
    pub receiver: ActorId,
    /// What.
    pub sends: Sends,
}

/// What a sender sends.
#[payload]
pub enum Sends {
    /// One [`E1`] after the other, with these counts.
    E1(Vec<u32>),
    /// One [`E2`].
    E2,
}
