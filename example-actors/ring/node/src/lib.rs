//! A node of a ring that passes tokens on; the first node makes the ring.
//!
//! With `nodes` = N, `tokens` = M and `hops` = H, a run without failures has exactly
//! - N actors, the first created by the manifest, the others in its first turn,
//! - M x H `token` events: every token is taken H times, wherever it starts,
//! - M `arrived` events, one per token, all of them to the first node.
//!
//! After the last one the first node logs `all tokens arrived`, and if `halt` is set it sends N `halt`
//! events, which end the ring. A ring of two nodes with one token is ping-pong.

use coyote_guest::prelude::*;

/// The initial payload: of the first node from the manifest, of the others from the first.
#[payload]
#[serde(rename_all = "kebab-case")]
enum Setup {
    /// Makes a ring.
    First(Plan),
    /// Is part of one.
    Member(Place),
}

/// How large a ring, and what travels in it.
#[payload]
#[derive(Default)]
struct Plan {
    /// How many nodes, the first included; at least 1.
    nodes: u32,
    /// How many tokens. They start at nodes that are spread evenly over the ring.
    tokens: u32,
    /// How many times each token is taken; at least 1.
    hops: u32,
    /// Whether the ring halts after the last token.
    #[serde(default)]
    halt: bool,
}

/// Where a node stands.
#[payload]
struct Place {
    /// Gets what has arrived.
    first: ActorId,
    /// Gets the tokens.
    next: ActorId,
}

/// Travels on as long as it has hops left.
#[event]
struct Token {
    hops: u32,
}

/// A token is at the end of its way.
#[event]
struct Arrived;

#[derive(Debug)]
struct Node {
    place: Place,
    /// What the first node knows; empty in the others.
    plan: Plan,
    members: Vec<ActorId>,
    arrived: u32,
}

#[actor]
impl Node {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        match setup {
            Setup::First(plan) => Self::first(ctx, plan),
            Setup::Member(place) => {
                Self { place, plan: Plan::default(), members: Vec::new(), arrived: 0 }
            }
        }
    }

    /// Makes the others, the last one first, so that each can be told who is next.
    fn first(ctx: &Context, plan: Plan) -> Self {
        ensure!(plan.nodes > 0 && plan.hops > 0, "a ring has at least one node, a token one hop");
        let first = ctx.id();
        let mut members = vec![first];
        let mut next = first;
        for _ in 1..plan.nodes {
            next = ctx.create::<Self>(Setup::Member(Place { first, next }));
            members.push(next);
        }
        for start in spread(plan.tokens, members.len()) {
            ctx.send(members[start], Token { hops: plan.hops });
        }
        Self { place: Place { first, next }, plan, members, arrived: 0 }
    }

    #[on]
    fn token(&mut self, ctx: &Context, token: Token) {
        match token.hops - 1 {
            0 => ctx.send(self.place.first, Arrived),
            hops => ctx.send(self.place.next, Token { hops }),
        }
    }

    #[on]
    fn arrived(&mut self, ctx: &Context, _: Arrived) {
        self.arrived += 1;
        if self.arrived == self.plan.tokens {
            info!("all tokens arrived");
            if self.plan.halt {
                self.members.iter().for_each(|&member| ctx.send(member, Halt));
            }
        }
    }
}

/// The positions of `tokens` tokens, spread evenly over a ring.
fn spread(tokens: u32, nodes: usize) -> impl Iterator<Item = usize> {
    let tokens = tokens as usize;
    (0..tokens).map(move |token| token * nodes / tokens)
}
