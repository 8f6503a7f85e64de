//! Sends itself two events.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct M {
    has_u: bool,
}

#[actor]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        ctx.send(ctx.id(), U);
        ctx.send(ctx.id(), E1);
        Self { has_u: false }
    }

    #[on]
    fn u(&mut self, _: U) {
        self.has_u = true;
    }

    #[on]
    fn e1(&mut self, _: E1) {
        ensure!(!self.has_u, "u came first");
    }
}
