//! Paxos: by manager, proposers, acceptors and learner.

use coyote_guest::prelude::*;

/// The number of a proposal. Every proposer makes one, so it is its number among them that decides.
#[payload]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proposal {
    /// How many the proposer has made.
    pub counter: u32,
    /// The number of the proposer.
    pub proposer: u32,
}

/// From the manager: a proposer is to propose this.
#[event]
pub struct ClientPropose {
    /// The value.
    pub value: u32,
}

/// From a proposer to all acceptors.
#[event]
pub struct Prepare {
    /// Who.
    pub from: ActorId,
    /// Its proposal.
    pub proposal: Proposal,
}

/// From an acceptor: it will accept nothing smaller.
#[event]
pub struct Promise {
    /// Who.
    pub from: ActorId,
    /// What it accepted last, and its value.
    pub previous: Option<(Proposal, u32)>,
}

/// From a proposer to those who promised.
#[event]
pub struct Accept {
    /// The proposal.
    pub proposal: Proposal,
    /// Its value.
    pub value: u32,
}

/// From an acceptor to the learner.
#[event]
pub struct Accepted {
    /// Who.
    pub acceptor: ActorId,
    /// The proposal.
    pub proposal: Proposal,
    /// Its value.
    pub value: u32,
}

/// The initial payload of a proposer.
#[payload]
pub struct ProposerSetup {
    /// Its number.
    pub number: u32,
    /// All acceptors.
    pub acceptors: Vec<ActorId>,
    /// The bug, if it is false: whether it adopts the value of the greatest previous proposal, and not of the smallest.
    pub adopts_greatest: bool,
}

/// The initial payload of an acceptor.
#[payload]
pub struct AcceptorSetup {
    /// Who is told what is accepted.
    pub learner: ActorId,
}

/// How many acceptors there are.
pub const ACCEPTORS: usize = 5;
