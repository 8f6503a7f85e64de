//! Sets all up, and makes one node fail.

use coyote_guest::prelude::*;
use replicating_storage_messages::{Cluster, Fail, NodeCreated, NodeFailed, Rules, Task};

/// How often a node may fail.
const PERIOD: Duration = Duration::from_secs(1);

#[payload]
struct Setup {
    /// How many values the client chooses from.
    values: u32,
    manager: Rules,
}

/// Its own timer: a node may fail.
#[event]
struct Failure;

#[derive(Debug)]
struct Environment {
    replicas: u32,
    manager: ActorId,
    nodes: Vec<ActorId>,
    timer: TimerId,
}

#[actor]
impl Environment {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let cluster = Cluster { environment: ctx.id(), rules: setup.manager };
        let manager = ctx.create_kind("manager", cluster);
        ctx.create_kind("client", Task { manager, values: setup.values });
        let timer = ctx.start_periodic(PERIOD, PERIOD, Failure);
        Self { replicas: setup.manager.replicas, manager, nodes: Vec::new(), timer }
    }

    #[on]
    fn node_created(&mut self, created: NodeCreated) {
        self.nodes.push(created.node);
    }

    #[on]
    fn failure(&mut self, ctx: &Context, _: Failure) {
        let replicas = self.replicas as usize;
        if self.nodes.len() == replicas {
            let node = self.nodes.swap_remove(ctx.random_below(self.replicas) as usize);
            ctx.send(node, Fail);
            ctx.send(self.manager, NodeFailed { node });
            ctx.stop_timer(self.timer);
        }
    }
}
