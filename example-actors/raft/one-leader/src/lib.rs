//! No term has two leaders.

use coyote_guest::prelude::*;
use raft_messages::Elected;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
struct OneLeader {
    /// The terms that had a leader.
    terms: BTreeSet<u32>,
}

#[monitor]
impl OneLeader {
    #[on]
    fn elected(&mut self, elected: Elected) {
        let is_first = self.terms.insert(elected.term);
        ensure!(is_first, "term {} has a second leader", elected.term);
    }
}
