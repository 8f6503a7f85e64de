//! Knows who is on the ring, and changes it: one change after the other.

use chord_messages::{
    AddNode, FindSuccessor, Join, Joined, Leave, Left, LookUp, Peer, Place, RING, RemoveNode,
    SetUp, Stabilize, Stable, any,
};
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    /// The ids of the first nodes, at least one.
    nodes: Vec<u32>,
}

#[states]
enum Stage {
    Ready,
    /// A node joins or leaves, or the others do not all know it yet.
    #[state(defer(AddNode, RemoveNode))]
    Changing,
}

#[derive(Debug)]
struct Manager {
    ring: Vec<Peer>,
    /// How many nodes do not know the ring yet.
    unstable: usize,
}

#[actor(states = Stage)]
impl Manager {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let ring: Vec<_> = setup.nodes.into_iter().map(|id| create_node(ctx, id)).collect();
        for node in &ring {
            ctx.send(node.actor, SetUp { ring: ring.clone() });
        }
        Self { ring, unstable: 0 }
    }

    #[on]
    fn look_up(&mut self, ctx: &Context, look_up: LookUp) {
        let LookUp { client, key } = look_up;
        ctx.send(any(ctx, &self.ring).actor, FindSuccessor { asker: client, key });
    }

    #[on(in Ready)]
    fn add_node(&mut self, ctx: &Context, _: AddNode) -> Option<Stage> {
        let is_free = |id: &u32| self.ring.iter().all(|node| node.id != *id);
        let free: Vec<_> = (0..RING).filter(is_free).collect();
        if free.is_empty() {
            return None;
        }
        let node = create_node(ctx, any(ctx, &free));
        ctx.send(node.actor, Join { known: any(ctx, &self.ring).actor });
        Some(Stage::Changing)
    }

    #[on(in Ready)]
    fn remove_node(&mut self, ctx: &Context, _: RemoveNode) -> Option<Stage> {
        if self.ring.len() == 1 {
            return None;
        }
        let node = any(ctx, &self.ring);
        self.ring.retain(|&other| other != node);
        ctx.send(node.actor, Leave { others: self.ring.clone() });
        Some(Stage::Changing)
    }

    #[on(in Changing)]
    fn joined(&mut self, ctx: &Context, joined: Joined) {
        self.ring.push(joined.node);
        self.stabilize(ctx);
    }

    #[on(in Changing)]
    fn left(&mut self, ctx: &Context, _: Left) {
        self.stabilize(ctx);
    }

    #[on(in Changing)]
    fn stable(&mut self, _: Stable) -> Option<Stage> {
        self.unstable -= 1;
        (self.unstable == 0).then_some(Stage::Ready)
    }
}

impl Manager {
    fn stabilize(&mut self, ctx: &Context) {
        self.unstable = self.ring.len();
        for node in &self.ring {
            ctx.send(node.actor, Stabilize);
        }
    }
}

fn create_node(ctx: &Context, id: u32) -> Peer {
    Peer { id, actor: ctx.create_kind("node", Place { id, manager: ctx.id() }) }
}
