//! No node has more than three pings to answer.

use coyote_guest::prelude::*;
use failure_detector_messages::{Pinged, Ponged};
use std::collections::BTreeMap;

const UNANSWERED_MAX: u32 = 3;

#[derive(Debug, Default)]
struct Safety {
    unanswered: BTreeMap<ActorId, u32>,
}

#[monitor]
impl Safety {
    #[on]
    fn pinged(&mut self, pinged: Pinged) {
        let unanswered = self.unanswered.entry(pinged.node).or_default();
        *unanswered += 1;
        ensure!(*unanswered <= UNANSWERED_MAX, "a node has {unanswered} pings to answer");
    }

    #[on]
    fn ponged(&mut self, ponged: Ponged) {
        let unanswered = self.unanswered.entry(ponged.node).or_default();
        ensure!(*unanswered > 0, "a node answers a ping that was not sent");
        *unanswered -= 1;
    }
}
