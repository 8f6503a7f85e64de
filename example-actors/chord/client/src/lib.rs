//! Asks for keys, and has nodes added and removed.

use chord_messages::{
    ANSWERED, AddNode, Asked, Found, KEYS, LookUp, RING, RemoveNode, Successor, any,
};
use coyote_guest::prelude::*;

/// No key: it lies outside of the ring.
const BEYOND: u32 = 2 * RING + 1;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    manager: ActorId,
    /// How often it asks, or has something changed.
    rounds: u32,
    /// Whether it has nodes added and removed; else it only asks.
    changes: bool,
    /// The bug: whether it also asks for a key outside of the ring.
    asks_beyond_ring: bool,
}

#[states]
enum Stage {
    Choosing,
    /// Waits for the node that has a key.
    AskingForKey,
    /// Waits for that node once more, asking for its id.
    AskingForNode,
}

#[derive(Debug)]
struct Client {
    setup: Setup,
}

#[actor(states = Stage)]
impl Client {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup }
    }

    #[on(entry in Choosing)]
    fn choose(&mut self, ctx: &Context) -> Next<Stage> {
        while self.setup.rounds > 0 {
            self.setup.rounds -= 1;
            if !self.setup.changes || ctx.random_bool() {
                self.ask(ctx, self.key(ctx));
                return Next::goto(Stage::AskingForKey);
            }
            if ctx.random_bool() {
                ctx.send(self.setup.manager, AddNode);
            } else {
                ctx.send(self.setup.manager, RemoveNode);
            }
        }
        Next::halt()
    }

    #[on(in AskingForKey)]
    fn key_found(&mut self, ctx: &Context, successor: Successor) -> Stage {
        ctx.notify(ANSWERED, Found);
        self.ask(ctx, successor.node.id);
        Stage::AskingForNode
    }

    #[on(in AskingForNode)]
    fn node_found(&mut self, ctx: &Context, _: Successor) -> Stage {
        ctx.notify(ANSWERED, Found);
        Stage::Choosing
    }
}

impl Client {
    fn ask(&self, ctx: &Context, key: u32) {
        ctx.notify(ANSWERED, Asked);
        ctx.send(self.setup.manager, LookUp { client: ctx.id(), key });
    }

    /// Any key; with the bug also what is none.
    fn key(&self, ctx: &Context) -> u32 {
        let mut keys = KEYS.to_vec();
        if self.setup.asks_beyond_ring {
            keys.push(BEYOND);
        }
        any(ctx, &keys)
    }
}
