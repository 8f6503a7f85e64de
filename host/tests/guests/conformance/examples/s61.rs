//! Has a wildcard in its state, and a handler for whatever state.

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
    fn e1(&mut self, _: E1) {
        ensure!(false, "e1 of the actor");
    }

    #[on(any in Init)]
    fn any(&mut self, ctx: &Context, _: AnyEvent) {
        ctx.notify(DONE, Done);
    }
}
