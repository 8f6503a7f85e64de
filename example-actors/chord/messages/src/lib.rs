//! What is said in chord: by client, manager and nodes, and to the monitor.

use coyote_guest::prelude::*;

/// How many points the ring has: ids and keys are below.
pub const RING: u32 = 8;

/// What is kept, each at the first node from there on.
pub const KEYS: [u32; 3] = [1, 2, 6];

/// A node.
#[payload]
#[derive(Copy, PartialEq, Eq)]
pub struct Peer {
    /// Where it is on the ring.
    pub id: u32,
    /// Who it is.
    pub actor: ActorId,
}

/// The first payload of a node.
#[payload]
pub struct Place {
    /// Where it is on the ring.
    pub id: u32,
    /// Who is told of changes.
    pub manager: ActorId,
}

/// From the client to the manager: somebody is to find the first node from a key on.
#[event]
pub struct LookUp {
    /// Who waits for the [`Successor`].
    pub client: ActorId,
    /// The key.
    pub key: u32,
}

/// From the client to the manager: another node is to join.
#[event]
pub struct AddNode;

/// From the client to the manager: a node is to leave.
#[event]
pub struct RemoveNode;

/// To a node, which answers or forwards it: which is the first node from a key on?
#[event]
pub struct FindSuccessor {
    /// Who waits for the [`Successor`].
    pub asker: ActorId,
    /// The key.
    pub key: u32,
}

/// From a node to whoever has asked.
#[event]
pub struct Successor {
    /// The key.
    pub key: u32,
    /// The first node from there on.
    pub node: Peer,
}

/// From the manager to the first nodes: all of them.
#[event]
pub struct SetUp {
    /// In any order.
    pub ring: Vec<Peer>,
}

/// From the manager to another node: it is to join.
#[event]
pub struct Join {
    /// A node that it can ask.
    pub known: ActorId,
}

/// From a node to its successor: it may be the predecessor.
#[event]
pub struct Notify {
    /// Who.
    pub node: Peer,
}

/// From a node that joins to its successor: which keys are to move?
#[event]
pub struct AskKeys {
    /// Who waits for the [`Keys`].
    pub node: Peer,
}

/// To a node: keys that are kept there from now on.
#[event]
pub struct Keys {
    /// The keys.
    pub keys: Vec<u32>,
}

/// From a node to the manager: it has joined.
#[event]
pub struct Joined {
    /// Who.
    pub node: Peer,
}

/// From the manager to a node: it is to leave.
#[event]
pub struct Leave {
    /// All others.
    pub others: Vec<Peer>,
}

/// From a node that leaves to all others.
#[event]
pub struct Leaving {
    /// Who.
    pub node: Peer,
    /// Who takes its place.
    pub successor: Peer,
}

/// From a node: whatever it sent to the one that leaves was sent before.
#[event]
pub struct LeavingSeen;

/// From a node to the manager: it has left.
#[event]
pub struct Left;

/// From the manager to a node: the ring has changed.
#[event]
pub struct Stabilize;

/// From a node to its successor.
#[event]
pub struct AskPredecessor {
    /// Who waits for the [`Predecessor`].
    pub asker: ActorId,
}

/// From a node.
#[event]
pub struct Predecessor {
    /// Who comes before it, if it knows.
    pub node: Option<Peer>,
}

/// From a node to the manager: it knows the ring again.
#[event]
pub struct Stable;

/// The name of the monitor.
pub const ANSWERED: &str = "answered";

/// To the monitor: the client asks.
#[event]
pub struct Asked;

/// To the monitor: the client is answered.
#[event]
pub struct Found;

/// Any of these, of which there is at least one.
#[must_use]
pub fn any<T: Copy>(ctx: &Context, all: &[T]) -> T {
    let count = u32::try_from(all.len()).expect("there are few");
    all[ctx.random_below(count) as usize]
}
