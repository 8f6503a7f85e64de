//! Of every node that fails the driver is told in the end.

use coyote_guest::prelude::*;
use failure_detector_messages::{NodeFailed, Registered};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
struct Liveness {
    /// Of whom the driver has not been told.
    nodes: BTreeSet<ActorId>,
}

#[states]
enum Failures {
    #[state(cold)]
    AllReported,
    #[state(hot)]
    Open,
}

#[monitor(states = Failures)]
impl Liveness {
    #[on(in AllReported)]
    fn registered(&mut self, registered: Registered) -> Failures {
        self.nodes = registered.nodes.into_iter().collect();
        Failures::Open
    }

    #[on(in Open)]
    fn node_failed(&mut self, failed: NodeFailed) -> Option<Failures> {
        self.nodes.remove(&failed.node);
        self.nodes.is_empty().then_some(Failures::AllReported)
    }
}
