//! Chord: by manager, nodes and client, and to the monitor. Nobody joins or leaves.

use coyote_guest::prelude::*;

/// From the manager to a node.
#[event]
pub struct Configure {
    /// Its place on the ring.
    pub id: u32,
    /// The keys that it holds.
    pub keys: Vec<u32>,
    /// All nodes, by their places.
    pub nodes: Vec<(u32, ActorId)>,
}

/// From the client through the manager to a node, and from that to others.
#[event]
pub struct FindSuccessor {
    /// Who waits for [`Found`].
    pub asker: ActorId,
    /// Whose key.
    pub key: u32,
}

/// From a node.
#[event]
pub struct Found {
    /// Who holds the key.
    pub node: ActorId,
    /// The key.
    pub key: u32,
}

/// From the client to a node.
#[event]
pub struct QueryId {
    /// Who waits for the [`Id`].
    pub asker: ActorId,
}

/// From a node to the client.
#[event]
pub struct Id {
    /// Its place on the ring.
    pub id: u32,
}

/// The initial payload of the client.
#[payload]
pub struct ClientSetup {
    /// Who passes questions on.
    pub manager: ActorId,
    /// The keys that it may ask for.
    pub keys: Vec<u32>,
    /// Whether each of them is as likely as the others; else a coin is tossed for each in turn.
    pub uniform: bool,
}

/// The name of the monitor.
pub const ANSWERED: &str = "chord-answered";

/// To the monitor: the client asks.
#[event]
pub struct Asked;

/// To the monitor: the client has its answer.
#[event]
pub struct Answer;
