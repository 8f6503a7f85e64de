//! What the replicas of a chain have seen differs only in what is on its way.

use chain_replication_messages::{Chain, History};
use coyote_guest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
struct Invariant {
    /// The head first.
    chain: Vec<ActorId>,
    seen: BTreeMap<ActorId, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    numbers: Vec<u32>,
    unacknowledged: Vec<u32>,
}

#[monitor]
impl Invariant {
    #[on]
    fn chain(&mut self, chain: Chain) {
        self.chain = chain.replicas;
        self.check_chain();
    }

    #[on]
    fn history(&mut self, history: History) {
        let History { replica, numbers, unacknowledged } = history;
        let increases = numbers.is_sorted_by(|earlier, later| earlier < later);
        ensure!(increases, "a history does not increase");
        self.seen.insert(replica, Seen { numbers, unacknowledged });
        self.check_chain();
    }
}

impl Invariant {
    fn check_chain(&self) {
        let nothing = Seen::default();
        let seen = |replica| self.seen.get(replica).unwrap_or(&nothing);
        for pair in self.chain.windows(2) {
            let (before, after) = (seen(&pair[0]), seen(&pair[1]));
            let (numbers, later) = (&before.numbers, &after.numbers);
            ensure!(numbers.starts_with(later), "a history is not the beginning of the one before");
            let known: BTreeSet<_> = later.iter().chain(&before.unacknowledged).collect();
            ensure!(known.into_iter().eq(numbers), "an update is neither known nor on its way");
        }
    }
}
