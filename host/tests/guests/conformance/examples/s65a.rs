//! Tells the judge after it has sent the event of which the other one tells it.

use conformance::{E1, Saw};
use coyote_guest::prelude::*;

#[payload]
#[serde(default)]
#[derive(Default)]
struct Setup {
    b: Option<ActorId>,
}

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        if let Some(b) = setup.b {
            ctx.send(b, E1);
            Saw::tell(ctx, "a", 2);
        }
        Self
    }

    #[on]
    fn e1(&mut self, ctx: &Context, _: E1) {
        Saw::tell(ctx, "b", 2);
    }
}
