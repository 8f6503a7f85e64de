//! The goto of a pushed state.

use conformance::E2;
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
    #[state(goto(E2 => Init))]
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::push(State::Active)
    }

    #[on(in Init)]
    fn e2(&mut self, _: E2) {}

    #[on(entry in Active)]
    fn enter(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), E2);
    }

    #[on(exit in Active)]
    fn leave(&mut self) {
        ensure!(false, "exit of active");
    }
}
