//! Has a handler for whatever state, but one state defers the event.

use conformance::{DONE, Done, E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(E1), goto(U => S1))]
    Init,
    S1,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on]
    fn of_all(&mut self, _: E1) {
        ensure!(false, "e1 of the actor");
    }

    #[on(in S1)]
    fn own(&mut self, ctx: &Context, _: E1) {
        ctx.notify(DONE, Done);
    }
}
