//! No node has more than three pings to answer.

use bench_messages::failure_detector::{Answered, Pinged};
use coyote_guest::prelude::*;
use std::collections::BTreeMap;

const PINGS_MAX: u32 = 3;

#[derive(Debug, Default)]
struct FailureDetectorSafety {
    /// How many pings each node has to answer.
    open: BTreeMap<ActorId, u32>,
}

#[monitor]
impl FailureDetectorSafety {
    #[on]
    fn pinged(&mut self, pinged: Pinged) {
        let open = self.open.entry(pinged.node).or_default();
        *open += 1;
        ensure!(*open <= PINGS_MAX, "a node has {open} pings to answer");
    }

    #[on]
    fn answered(&mut self, answered: Answered) {
        let open = self.open.entry(answered.node).or_default();
        ensure!(*open > 0, "a node answers what it was not asked");
        *open -= 1;
    }
}
