//! Is led to one state by an event, and by what its entry raises to another.

use conformance::{E1, E2, E3, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(E3), goto(E1 => S1))]
    Init,
    #[state(goto(U => S2))]
    S1,
    S2,
}

#[derive(Debug, Default)]
struct A {
    has_left: bool,
}

#[actor(states = State)]
impl A {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) {
        let b = ctx.create_kind("s14_b", ctx.id());
        ctx.send(b, E2);
        ctx.send(b, U);
    }

    #[on(exit in Init)]
    fn leave(&mut self) {
        self.has_left = true;
    }

    #[on(entry in S1)]
    fn raise(&mut self) -> Next<State> {
        ensure!(self.has_left);
        Next::raise(U)
    }

    #[on(entry in S2)]
    fn arrive(&mut self) {
        ensure!(false, "s2");
    }
}
