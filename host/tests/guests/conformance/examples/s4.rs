//! A goto to itself.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(U => Init))]
    Init,
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

    #[on(in Init)]
    fn e1(&mut self, _: E1) {
        ensure!(false, "e1");
    }
}
