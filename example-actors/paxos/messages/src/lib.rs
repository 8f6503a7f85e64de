//! What is said in paxos: by proposers and acceptors, and to the monitor.

use coyote_guest::prelude::*;

/// The number of an attempt. Of two proposers no two are equal, and every attempt of a proposer is above its last one.
#[payload]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ballot {
    /// The round, from 1.
    pub round: u32,
    /// The number of the proposer.
    pub proposer: u32,
}

/// A value that is to be chosen in a ballot. No ballot has two.
#[payload]
#[derive(Copy)]
pub struct Proposal {
    /// The ballot.
    pub ballot: Ballot,
    /// The value.
    pub value: u32,
}

/// From a proposer: it begins a ballot.
#[event]
pub struct Prepare {
    /// The ballot.
    pub ballot: Ballot,
    /// Who waits for the [`Promise`].
    pub proposer: ActorId,
}

/// From an acceptor: it will accept nothing of an earlier ballot.
#[event]
pub struct Promise {
    /// The ballot.
    pub ballot: Ballot,
    /// Who promises.
    pub acceptor: ActorId,
    /// What it accepted last.
    pub accepted: Option<Proposal>,
}

/// From a proposer to whom a majority promised.
#[event]
pub struct Accept {
    /// What is to be accepted.
    pub proposal: Proposal,
    /// Who waits for [`Accepted`].
    pub proposer: ActorId,
}

/// From an acceptor: it has accepted what was proposed in a ballot.
#[event]
pub struct Accepted {
    /// The ballot.
    pub ballot: Ballot,
    /// Who accepted.
    pub acceptor: ActorId,
}

/// The name of the monitor.
pub const ONE_VALUE: &str = "one-value";

/// To the monitor: a ballot has a value.
#[event]
pub struct Proposed {
    /// The ballot and its value.
    pub proposal: Proposal,
    /// How many acceptors choose it.
    pub majority: usize,
}

/// To the monitor: an acceptor accepts what was proposed in a ballot.
#[event]
pub struct Voted {
    /// The ballot.
    pub ballot: Ballot,
    /// Who.
    pub acceptor: ActorId,
}
