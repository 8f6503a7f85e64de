//! Has nodes watched, ends them, and wants to be told so.

use coyote_guest::prelude::*;
use failure_detector_messages::{LIVENESS, NodeFailed, Register, Registered, Rules, Watch};

#[payload]
struct Setup {
    /// How many.
    nodes: u32,
    detector: Rules,
}

#[derive(Debug, Default)]
struct Driver;

#[actor]
impl Driver {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        let nodes: Vec<_> = (0..setup.nodes).map(|_| ctx.create_kind("node", ())).collect();
        ctx.notify(LIVENESS, Registered { nodes: nodes.clone() });
        let watch = Watch { nodes: nodes.clone(), rules: setup.detector };
        let detector = ctx.create_kind("detector", watch);
        ctx.send(detector, Register { client: ctx.id() });
        for node in nodes {
            ctx.send(node, Halt);
        }
    }

    #[on]
    fn node_failed(&mut self, ctx: &Context, failed: NodeFailed) {
        ctx.notify(LIVENESS, failed);
    }
}
