//! Creates nodes and detector, and halts the nodes, which may have answered before.

use bench_messages::failure_detector::{DetectorSetup, Register};
use coyote_guest::prelude::*;

const NODES: usize = 2;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    limits_pings: bool,
}

#[derive(Debug, Default)]
struct FailureDetectorManager;

#[actor]
impl FailureDetectorManager {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        let Setup { limits_pings } = setup;
        let node = |_| ctx.create_kind("failure-detector-node", ());
        let nodes: Vec<_> = (0..NODES).map(node).collect();
        let setup = DetectorSetup { nodes: nodes.clone(), limits_pings };
        let detector = ctx.create_kind("failure-detector-detector", setup);
        ctx.send(detector, Register { client: ctx.id() });
        for node in nodes {
            ctx.send(node, Halt);
        }
    }
}
