//! What is said in chain-replication: by environment, clients, replicas, master and detector, and to the monitors.

use coyote_guest::prelude::*;

/// The first payload of a replica.
#[payload]
pub struct Place {
    /// All replicas, the head first. It is one of them.
    pub chain: Vec<ActorId>,
    /// The bug, if it is false: whether a replica that is head and tail in one completes an update at once.
    pub completes_alone: bool,
}

/// The first payload of the master.
#[payload]
pub struct Supervision {
    /// All replicas, the head first.
    pub chain: Vec<ActorId>,
    /// Who is told of a new head or tail.
    pub clients: Vec<ActorId>,
    /// See [`Watch`].
    pub rounds: u32,
}

/// The first payload of the detector.
#[payload]
pub struct Watch {
    /// Who is told of failures.
    pub master: ActorId,
    /// Whom it watches.
    pub replicas: Vec<ActorId>,
    /// How often it looks at one of them, at most.
    pub rounds: u32,
}

/// The first payload of a client.
#[payload]
pub struct Plan {
    /// Who takes updates.
    pub head: ActorId,
    /// Who takes queries.
    pub tail: ActorId,
    /// The first of its keys, which follow each other.
    pub first_key: u32,
    /// How many keys it has.
    pub keys: u32,
}

/// From a client to the head.
#[event]
pub struct Update {
    /// Who waits for [`Updated`].
    pub client: ActorId,
    /// What is set.
    pub key: u32,
    /// To what.
    pub value: u32,
}

/// From the tail to a client.
#[event]
pub struct Updated {
    /// What was set.
    pub key: u32,
}

/// From a client to the tail.
#[event]
pub struct Query {
    /// Who waits for the [`Answer`].
    pub client: ActorId,
    /// What is asked for.
    pub key: u32,
}

/// From the tail to a client.
#[event]
pub struct Answer {
    /// What was asked for.
    pub key: u32,
    /// Its value, if it has one.
    pub value: Option<u32>,
}

/// From the master to a client: where to send updates and queries.
#[event]
pub struct NewEnds {
    /// Who takes updates.
    pub head: ActorId,
    /// Who takes queries.
    pub tail: ActorId,
}

/// An update on its way through the chain.
#[payload]
pub struct Entry {
    /// The head counts updates.
    pub number: u32,
    /// The update.
    pub update: Update,
}

/// From a replica to its successor.
#[event]
pub struct Forward {
    /// Who forwards.
    pub from: ActorId,
    /// What.
    pub entry: Entry,
}

/// From a replica to its predecessor: the updates up to this one have come to the tail.
#[event]
pub struct Ack {
    /// Which.
    pub number: u32,
}

/// From the master: this replica has no predecessor any more.
#[event]
pub struct BecomeHead;

/// From the master: this replica has no successor any more.
#[event]
pub struct BecomeTail;

/// From the master, first: between these two was one that has failed.
#[event]
pub struct NewPredecessor {
    /// Who comes before now.
    pub predecessor: ActorId,
    /// Who waits for the [`LastNumber`].
    pub master: ActorId,
}

/// From a replica with a new predecessor to the master.
#[event]
pub struct LastNumber {
    /// Of the last update that it has.
    pub number: u32,
}

/// From the master, then: between these two was one that has failed.
#[event]
pub struct NewSuccessor {
    /// Who comes next now.
    pub successor: ActorId,
    /// The last update that it has.
    pub last_number: u32,
}

/// From the detector to a replica: is it alive?
#[event]
pub struct Ping {
    /// Who waits for the [`Pong`].
    pub detector: ActorId,
}

/// From a replica: it is.
#[event]
pub struct Pong;

/// From the detector to the master: a replica has failed.
#[event]
pub struct Failed {
    /// Which.
    pub replica: ActorId,
}

/// From the master to the detector: the chain is whole again.
#[event]
pub struct Corrected {
    /// Who is left.
    pub replicas: Vec<ActorId>,
}

/// The name of the monitor of histories.
pub const INVARIANT: &str = "invariant";

/// The name of the monitor of answers.
pub const ANSWERS: &str = "answers";

/// To both monitors: who makes the chain.
#[event]
pub struct Chain {
    /// The head first.
    pub replicas: Vec<ActorId>,
}

/// To the monitor of histories: what a replica has seen.
#[event]
pub struct History {
    /// Who.
    pub replica: ActorId,
    /// The numbers of all updates.
    pub numbers: Vec<u32>,
    /// Those of them that may not have come to the tail.
    pub unacknowledged: Vec<u32>,
}

/// To the monitor of answers: a client is told that it has set a value.
#[event]
pub struct Acknowledged {
    /// By whom.
    pub replica: ActorId,
    /// What.
    pub key: u32,
    /// The value.
    pub value: u32,
}

/// To the monitor of answers: a client is told a value.
#[event]
pub struct Answered {
    /// By whom.
    pub replica: ActorId,
    /// What was asked for.
    pub key: u32,
    /// Its value, if it has one.
    pub value: Option<u32>,
}
