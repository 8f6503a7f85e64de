//! What its exit sends nobody takes.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(U => Active))]
    Init,
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), U);
    }

    #[on(exit in Init)]
    fn end(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), E1);
    }
}
