//! What a node held that has failed is held by as many as before in the end.

use coyote_guest::prelude::*;
use replicating_storage_messages::{Holds, NodeFailed, Required};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Repair {
    replicas: usize,
    /// What is held by the nodes that have not failed.
    values: BTreeMap<ActorId, u32>,
}

#[states]
enum Copies {
    #[state(cold)]
    Repaired,
    #[state(hot)]
    Repairing,
}

#[monitor(states = Copies)]
impl Repair {
    #[on]
    fn required(&mut self, required: Required) {
        self.replicas = required.replicas as usize;
    }

    #[on]
    fn holds(&mut self, holds: Holds) -> Option<Copies> {
        self.values.insert(holds.node, holds.value);
        self.has_enough_copies().then_some(Copies::Repaired)
    }

    /// It may have been replaced already.
    #[on]
    fn node_failed(&mut self, failed: NodeFailed) -> Copies {
        self.values.remove(&failed.node);
        if self.has_enough_copies() { Copies::Repaired } else { Copies::Repairing }
    }
}

impl Repair {
    fn has_enough_copies(&self) -> bool {
        let copies = |value| self.values.values().filter(|&held| held == value).count();
        self.values.values().any(|value| copies(value) >= self.replicas)
    }
}
