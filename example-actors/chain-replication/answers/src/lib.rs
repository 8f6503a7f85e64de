//! The tail answers with what was acknowledged last.

use chain_replication_messages::{Acknowledged, Answered, Chain};
use coyote_guest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Answers {
    /// Others have failed: what they say does not matter.
    tail: Option<ActorId>,
    acknowledged: BTreeMap<u32, u32>,
}

#[monitor]
impl Answers {
    #[on]
    fn chain(&mut self, chain: Chain) {
        self.tail = chain.replicas.last().copied();
    }

    #[on]
    fn acknowledged(&mut self, acknowledged: Acknowledged) {
        if self.tail == Some(acknowledged.replica) {
            self.acknowledged.insert(acknowledged.key, acknowledged.value);
        }
    }

    #[on]
    fn answered(&mut self, answered: Answered) {
        let Answered { replica, key, value } = answered;
        if self.tail == Some(replica) {
            let acknowledged = self.acknowledged.get(&key).copied();
            ensure!(value == acknowledged, "{key} is {acknowledged:?}, and not {value:?}");
        }
    }
}
