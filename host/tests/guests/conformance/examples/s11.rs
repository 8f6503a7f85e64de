//! Sends itself an event before the default event can come.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(default => Active))]
    Init,
    Active,
}

#[derive(Debug, Default)]
struct M {
    has_u: bool,
}

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::raise(E1)
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) {
        ctx.send(ctx.id(), U);
    }

    #[on(in Init)]
    fn u(&mut self, _: U) {
        self.has_u = true;
    }

    #[on(entry in Active)]
    fn enter(&mut self) {
        ensure!(!self.has_u, "u came first");
    }
}
