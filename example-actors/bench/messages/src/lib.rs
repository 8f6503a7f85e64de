//! What the actors of the benchmark protocols say, a module for each protocol.

pub mod chord;
pub mod failure_detector;
pub mod paxos;
pub mod raft;
