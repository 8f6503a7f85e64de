//! What is said in raft: by servers, through the cluster, by the client, and to the monitor.
//!
//! Servers do not send to each other: the cluster passes on what they say, as a network does.

use coyote_guest::prelude::*;

/// The initial payload of a server.
#[payload]
pub struct Setup {
    /// Who passes on what the server says.
    pub cluster: ActorId,
    /// How the servers behave.
    pub rules: Rules,
}

/// How the servers behave.
#[payload]
#[serde(rename_all = "kebab-case")]
#[derive(Copy)]
pub struct Rules {
    /// The bug, if it is false: whether voters are counted, and not votes.
    pub counts_voters: bool,
    /// Whether a candidate asks for votes again and again.
    pub rebroadcasts: bool,
    /// The last term for which there are elections; none: there is no last one.
    #[serde(default)]
    pub last_term: Option<u32>,
}

/// From the cluster to a server: the cluster is complete.
#[event]
pub struct Joined {
    /// All servers.
    pub servers: Vec<ActorId>,
}

/// What a log consists of.
#[payload]
#[derive(Copy)]
pub struct Entry {
    /// The term of the leader who appended it.
    pub term: u32,
    /// What the client wants.
    pub command: u32,
}

/// From a candidate to all others.
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
    /// The candidate.
    pub to: ActorId,
    /// Who votes.
    pub voter: ActorId,
    /// Its term.
    pub term: u32,
    /// Whether it votes for the candidate.
    pub granted: bool,
}

/// From a leader to another server.
#[event]
pub struct AppendRequest {
    /// The other server.
    pub to: ActorId,
    /// The leader.
    pub leader: ActorId,
    /// Its term.
    pub term: u32,
    /// How many entries come before the first of these.
    pub prev_index: usize,
    /// The term of the last of those, 0 if there is none.
    pub prev_term: u32,
    /// What comes after them.
    pub entries: Vec<Entry>,
    /// How many entries are committed.
    pub commit: usize,
    /// The command that is committed once a majority has these entries.
    pub command: Option<u32>,
}

/// To a leader.
#[event]
pub struct AppendResponse {
    /// The leader.
    pub to: ActorId,
    /// Who answers.
    pub from: ActorId,
    /// Its term.
    pub term: u32,
    /// Whether its log is now that of the leader, up to the last entry that was sent.
    pub ok: bool,
    /// That of the request.
    pub command: Option<u32>,
}

/// From the client to all servers.
#[event]
pub struct ClientRequest {
    /// Its number.
    pub command: u32,
}

/// To the client: a command is committed.
#[event]
pub struct ClientResponse {
    /// The command.
    pub command: u32,
    /// The leader who committed it.
    pub server: ActorId,
}

/// The name of the monitor.
pub const ONE_LEADER: &str = "one-leader";

/// To the monitor: a server is the leader of a term.
#[event]
pub struct Elected {
    /// The term.
    pub term: u32,
    /// The leader.
    pub leader: ActorId,
}
