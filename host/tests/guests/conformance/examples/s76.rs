//! Ignores the wildcard, and goes elsewhere.

use conformance::{DONE, Done, E1};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(ignore(any))]
    Init,
    Other,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(in Init)]
    fn e1(&mut self, _: E1) -> State {
        State::Other
    }

    #[on(entry in Other)]
    fn arrive(&mut self, ctx: &Context) {
        ctx.notify(DONE, Done);
    }
}
