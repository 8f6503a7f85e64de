//! Has a handler for whatever state.

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
    fn e1(&mut self, ctx: &Context, _: E1) {
        ctx.notify(DONE, Done);
    }
}
