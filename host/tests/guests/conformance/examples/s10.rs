//! Raises `halt`, for which it has a reaction.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(Halt => Active))]
    Init,
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) -> Next<State> {
        ctx.send(ctx.id(), U);
        Next::raise(Halt)
    }

    #[on(entry in Active)]
    fn enter(&mut self) {
        ensure!(false, "entry of active");
    }

    #[on]
    fn u(&mut self, _: U) {
        ensure!(false, "u");
    }

    #[on(halt)]
    fn last(&mut self) {
        ensure!(false, "on-halt");
    }
}
