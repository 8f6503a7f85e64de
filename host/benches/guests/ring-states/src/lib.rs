//! A node of a ring as that of the example `ring`, but with states: it takes every token in the same one, or goes to
//! another one with every token.

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

/// A ring with one token.
#[payload]
struct Plan {
    /// How many nodes, the first included.
    nodes: u32,
    /// How many times the token is taken.
    hops: u32,
    /// Whether a token leads to another state.
    moves: bool,
}

/// Where a node stands.
#[payload]
struct Place {
    /// Gets what has arrived.
    first: ActorId,
    /// Gets the token.
    next: ActorId,
    moves: bool,
}

/// Travels on as long as it has hops left.
#[event]
struct Token {
    hops: u32,
}

/// The token is at the end of its way.
#[event]
struct Arrived;

#[states]
enum Ring {
    Steady,
    Left,
    Right,
}

#[derive(Debug)]
struct Node {
    place: Place,
}

#[actor(states = Ring)]
impl Node {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        match setup {
            Setup::First(plan) => Self::first(ctx, &plan),
            Setup::Member(place) => Self { place },
        }
    }

    /// Makes the others, the last one first, so that each can be told who is next.
    fn first(ctx: &Context, plan: &Plan) -> Self {
        let (first, moves) = (ctx.id(), plan.moves);
        let mut next = first;
        for _ in 1..plan.nodes {
            next = ctx.create::<Self>(Setup::Member(Place { first, next, moves }));
        }
        ctx.send(first, Token { hops: plan.hops });
        Self { place: Place { first, next, moves } }
    }

    #[on(entry in Steady)]
    fn start(&mut self) -> Option<Ring> {
        self.place.moves.then_some(Ring::Left)
    }

    #[on(in Steady)]
    fn token(&mut self, ctx: &Context, token: Token) {
        self.pass(ctx, &token);
    }

    #[on(in Left)]
    fn right(&mut self, ctx: &Context, token: Token) -> Ring {
        self.pass(ctx, &token);
        Ring::Right
    }

    #[on(in Right)]
    fn left(&mut self, ctx: &Context, token: Token) -> Ring {
        self.pass(ctx, &token);
        Ring::Left
    }

    fn pass(&self, ctx: &Context, token: &Token) {
        match token.hops - 1 {
            0 => ctx.send(self.place.first, Arrived),
            hops => ctx.send(self.place.next, Token { hops }),
        }
    }

    #[on]
    fn arrived(&mut self, _: &Context, _: Arrived) {
        info!("the token arrived");
    }
}
