//! Tells somebody else once it is asked.

use conformance::{E2, U};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct S {
    l: ActorId,
}

#[actor]
impl S {
    #[on(init)]
    fn new(l: ActorId) -> Self {
        Self { l }
    }

    #[on]
    fn u(&mut self, ctx: &Context, _: U) {
        ctx.send(self.l, E2);
    }
}
