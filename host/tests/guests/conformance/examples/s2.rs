//! Sends itself an event, and raises another.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct M {
    has_u: bool,
}

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) -> Next<State> {
        ctx.send(ctx.id(), E1);
        Next::raise(U)
    }

    #[on(in Init)]
    fn u(&mut self, _: U) {
        self.has_u = true;
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) {
        ensure!(!self.has_u, "u came first");
    }
}
