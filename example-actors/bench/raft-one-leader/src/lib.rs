//! No term has two leaders.

use bench_messages::raft::Elected;
use coyote_guest::prelude::*;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
struct RaftOneLeader {
    /// The terms that had a leader.
    terms: BTreeSet<u32>,
}

#[monitor]
impl RaftOneLeader {
    #[on]
    fn elected(&mut self, elected: Elected) {
        let is_first = self.terms.insert(elected.term);
        ensure!(is_first, "more than one leader in term {}", elected.term);
    }
}
