//! What is said in replicating-storage: by environment, manager, storage nodes and client, and to the monitor.

use coyote_guest::prelude::*;

/// The first payload of the manager.
#[payload]
pub struct Cluster {
    /// Who is told of nodes.
    pub environment: ActorId,
    /// How it works.
    pub rules: Rules,
}

/// How the manager works.
#[payload]
#[derive(Copy)]
#[serde(rename_all = "kebab-case")]
pub struct Rules {
    /// How many nodes are to hold the value.
    pub replicas: u32,
    /// The bug, if it is false: whether a report counts only if its node has not failed.
    pub drops_late_reports: bool,
}

/// The first payload of the client.
#[payload]
pub struct Task {
    /// Who stores values.
    pub manager: ActorId,
    /// How many values there are to choose from.
    pub values: u32,
}

/// From the client to the manager, and from the manager to all nodes: a value to be added.
#[event]
pub struct Store {
    /// The value.
    pub value: u32,
}

/// From a node, again and again: what it holds. It waits for the [`SyncAck`] before it sends another one.
#[event]
pub struct SyncReport {
    /// Who.
    pub node: ActorId,
    /// What.
    pub value: u32,
}

/// From the manager to a node: its report was read, and it may send the next one.
#[event]
pub struct SyncAck;

/// From the manager to a node: what it is to hold.
#[event]
pub struct SyncRequest {
    /// The value.
    pub value: u32,
}

/// From the manager to the environment: there is a new node.
#[event]
pub struct NodeCreated {
    /// Which.
    pub node: ActorId,
}

/// From the environment to a node: it fails.
#[event]
pub struct Fail;

/// From the environment to the manager, and from a node to the monitor: a node has failed.
#[event]
pub struct NodeFailed {
    /// Which.
    pub node: ActorId,
}

/// The name of the monitor.
pub const REPAIR: &str = "repair";

/// To the monitor, first: how many nodes are to hold the value.
#[event]
pub struct Required {
    /// How many.
    pub replicas: u32,
}

/// To the monitor: what a node holds now.
#[event]
pub struct Holds {
    /// Who.
    pub node: ActorId,
    /// What.
    pub value: u32,
}
