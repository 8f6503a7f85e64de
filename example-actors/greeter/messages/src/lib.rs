//! What the actors of greeter say to each other.

use coyote_guest::prelude::*;

/// The first payload of the greeter.
#[payload]
pub struct Manners {
    /// The bug: whether one request in ten is answered twice.
    pub greets_twice: bool,
}

/// Asks for a [`Greeting`].
#[event]
pub struct RequestGreeting {
    /// Who is to be greeted.
    pub caller: ActorId,
}

/// Answers a [`RequestGreeting`].
#[event]
pub struct Greeting {
    /// The greeting.
    pub text: String,
}
