//! Raft: by manager, client, servers and their timers, and to the monitor.

use coyote_guest::prelude::*;

/// How many servers there are.
pub const SERVERS: usize = 5;

/// The initial payload of a server.
#[payload]
#[serde(rename_all = "kebab-case")]
#[derive(Copy)]
pub struct Rules {
    /// How many heads an election timer needs before it fires.
    pub depth: u32,
    /// The bug, if it is false: whether voters are counted, and not votes.
    pub counts_voters: bool,
}

/// From the manager to a server.
#[event]
pub struct Configure {
    /// The manager.
    pub manager: ActorId,
    /// All servers.
    pub servers: Vec<ActorId>,
}

/// From a leader to the manager.
#[event]
pub struct NotifyLeader {
    /// Who.
    pub leader: ActorId,
    /// The leader of which term.
    pub term: u32,
}

/// From the client to the manager, and from it to a leader.
#[event]
#[derive(Copy)]
pub struct Request {
    /// Who waits for the [`Response`].
    pub client: ActorId,
    /// What is to be appended to the log.
    pub command: u32,
}

/// From a server to the manager: it cannot work on a request.
#[event]
pub struct Redirect {
    /// That of the client.
    pub request: Request,
}

/// To the client: its request is committed.
#[event]
pub struct Response;

/// From the client to the manager, and from it to all servers.
#[event]
pub struct ShutDown;

/// What a log consists of.
#[payload]
#[derive(Copy, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader who appended it.
    pub term: u32,
    /// What the client wants.
    pub command: u32,
}

/// From a candidate to the others.
#[event]
pub struct VoteRequest {
    /// Its term.
    pub term: u32,
    /// Who.
    pub candidate: ActorId,
    /// How long its log is.
    pub last_index: usize,
    /// The term of the last entry of its log, 0 if there is none.
    pub last_term: u32,
}

/// To a candidate.
#[event]
pub struct VoteResponse {
    /// Who votes. Not looked at with the bug.
    pub voter: ActorId,
    /// Its term.
    pub term: u32,
    /// Whether it votes for the candidate.
    pub granted: bool,
}

/// From a leader to another server.
#[event]
pub struct Append {
    /// Its term.
    pub term: u32,
    /// Who.
    pub leader: ActorId,
    /// How many entries come before the first of these.
    pub previous_index: usize,
    /// The term of the last of those, 0 if there is none.
    pub previous_term: u32,
    /// What comes after them.
    pub entries: Vec<Entry>,
    /// How many entries are committed.
    pub commit: usize,
    /// Who waits for that.
    pub client: Option<ActorId>,
}

/// To a leader.
#[event]
pub struct AppendResponse {
    /// Its term.
    pub term: u32,
    /// Whether the entries are in its log.
    pub success: bool,
    /// Who.
    pub server: ActorId,
    /// That of the [`Append`].
    pub client: Option<ActorId>,
}

/// To a timer.
#[event]
pub struct Start;

/// From a timer to itself.
#[event]
pub struct Tick;

/// From an election timer.
#[event]
pub struct ElectionTimeout;

/// From a periodic timer.
#[event]
pub struct PeriodicTimeout;

/// The initial payload of an election timer.
#[payload]
pub struct ElectionTimerSetup {
    /// Whose timer it is.
    pub server: ActorId,
    /// How many heads it needs before it fires.
    pub depth: u32,
}

/// The initial payload of a periodic timer.
#[payload]
pub struct PeriodicTimerSetup {
    /// Whose timer it is.
    pub server: ActorId,
}

/// The initial payload of the client.
#[payload]
pub struct ClientSetup {
    /// To whom requests go.
    pub manager: ActorId,
}

/// The name of the monitor.
pub const ONE_LEADER: &str = "raft-one-leader";

/// To the monitor.
#[event]
pub struct Elected {
    /// The term that has a leader.
    pub term: u32,
}
