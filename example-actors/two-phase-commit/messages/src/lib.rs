//! What is said in two-phase-commit: by clients, coordinator and participants, and to the monitor.

use coyote_guest::prelude::*;

/// From a client: it wants a transaction.
#[event]
pub struct Request {
    /// Who is told the [`Outcome`].
    pub client: ActorId,
}

/// To a client: what became of its transaction.
#[event]
pub struct Outcome {
    /// The number that the coordinator gave it.
    pub tx: u32,
    /// Whether it was committed; else it was aborted.
    pub commit: bool,
}

/// From the coordinator: can this transaction be committed?
#[event]
pub struct Prepare {
    /// The transaction.
    pub tx: u32,
    /// Who waits for the [`Vote`].
    pub coordinator: ActorId,
}

/// From a participant, once for every [`Prepare`].
#[event]
pub struct Vote {
    /// The transaction.
    pub tx: u32,
    /// Whether it can be committed.
    pub yes: bool,
}

/// From the coordinator: what has become of a transaction. Every participant is told.
#[event]
pub struct Decision {
    /// The transaction.
    pub tx: u32,
    /// Whether it is committed; else it is aborted.
    pub commit: bool,
}

/// The name of the monitor.
pub const AGREEMENT: &str = "agreement";

/// To the monitor: a transaction begins.
#[event]
pub struct Begun {
    /// The transaction.
    pub tx: u32,
    /// Who takes part.
    pub participants: Vec<ActorId>,
}

/// To the monitor: a participant votes.
#[event]
pub struct Voted {
    /// The transaction.
    pub tx: u32,
    /// Who.
    pub participant: ActorId,
    /// What.
    pub yes: bool,
}

/// To the monitor: the coordinator decides.
#[event]
pub struct Decided {
    /// The transaction.
    pub tx: u32,
    /// How.
    pub commit: bool,
}

/// To the monitor: a participant was told the decision.
#[event]
pub struct Learned {
    /// The transaction.
    pub tx: u32,
    /// Who.
    pub participant: ActorId,
    /// What it was told.
    pub commit: bool,
}
