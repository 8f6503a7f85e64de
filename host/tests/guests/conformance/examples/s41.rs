//! Does in the end what may be done there.

use conformance::{DONE, Done, E1};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug)]
struct M {
    sink: ActorId,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        Self { sink: ctx.create_kind("sink", ()) }
    }

    #[on(halt)]
    fn last(&mut self, ctx: &Context) {
        ctx.send(self.sink, E1);
        let _ = ctx.create_kind("sink", ());
        ctx.assert(ctx.random_below(2) < 2, "a coin has two sides");
        ctx.notify(DONE, Done);
    }
}
