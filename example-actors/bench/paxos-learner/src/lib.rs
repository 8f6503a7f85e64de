//! Learns what a majority has accepted.

use bench_messages::paxos::{ACCEPTORS, Accepted, Proposal};
use coyote_guest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct PaxosLearner {
    /// What each acceptor accepted last.
    accepted: BTreeMap<ActorId, Proposal>,
    learned: Option<u32>,
}

#[actor]
impl PaxosLearner {
    #[on]
    fn accepted(&mut self, accepted: Accepted) {
        let Accepted { acceptor, proposal, value } = accepted;
        self.accepted.insert(acceptor, proposal);
        let holders = self.accepted.values().filter(|&&held| held == proposal).count();
        if holders > ACCEPTORS / 2 {
            let learned = *self.learned.get_or_insert(value);
            ensure!(learned == value, "conflicting values learned: {learned} and {value}");
        }
    }
}
