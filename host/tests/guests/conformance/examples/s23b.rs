//! Has a handler for whatever state, and one of a state.

use conformance::{DONE, Done, E1};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on]
    fn of_all(&mut self, _: E1) {
        ensure!(false, "e1 of the actor");
    }

    #[on(in Init)]
    fn own(&mut self, ctx: &Context, _: E1) {
        ctx.notify(DONE, Done);
    }
}
