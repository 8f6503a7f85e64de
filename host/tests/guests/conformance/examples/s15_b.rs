//! Answers twice.

use conformance::{E2, E3, Tick, U};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct B {
    a: ActorId,
}

#[actor]
impl B {
    #[on(init)]
    fn new(a: ActorId) -> Self {
        Self { a }
    }

    #[on]
    fn u(&mut self, ctx: &Context, _: U) {
        ctx.send(self.a, Tick { number: 5 });
    }

    #[on]
    fn e2(&mut self, ctx: &Context, _: E2) {
        ctx.send(self.a, E3);
    }
}
