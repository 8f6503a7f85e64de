//! Creates the ring and the client.

use bench_messages::chord::{ClientSetup, Configure, FindSuccessor};
use coyote_guest::prelude::*;

/// The places of the nodes.
const IDS: [u32; 5] = [0, 1, 3, 5, 7];

const KEYS: [u32; 36] = [
    1, 2, 4, 6, 9, 11, 13, 22, 27, 29, 33, 38, 45, 53, 67, 72, 81, 95, 101, 102, 104, 106, 109,
    111, 113, 122, 127, 129, 133, 138, 145, 153, 167, 172, 181, 195,
];

/// A key that no node holds.
const NO_KEY: u32 = 17;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    uniform: bool,
    /// The bug, if it is false: whether the client asks only for keys that there are.
    known_keys_only: bool,
}

#[derive(Debug)]
struct ChordManager {
    first: ActorId,
}

#[actor]
impl ChordManager {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let Setup { uniform, known_keys_only } = setup;
        let nodes = IDS.map(|id| (id, ctx.create_kind("chord-node", ())));
        for (id, node) in nodes {
            let keys = KEYS.into_iter().filter(|&key| owner(key) == id).collect();
            ctx.send(node, Configure { id, keys, nodes: nodes.to_vec() });
        }
        let mut keys = KEYS.to_vec();
        if !known_keys_only {
            keys.push(NO_KEY);
        }
        ctx.create_kind("chord-client", ClientSetup { manager: ctx.id(), keys, uniform });
        let [(_, first), ..] = nodes;
        Self { first }
    }

    #[on]
    fn find_successor(&mut self, ctx: &Context, find: FindSuccessor) {
        ctx.send(self.first, find);
    }
}

fn owner(key: u32) -> u32 {
    IDS.into_iter().find(|&id| id >= key).unwrap_or(IDS[0])
}
