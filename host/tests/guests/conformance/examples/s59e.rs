//! Stops a timer whose event waits.

use conformance::{DONE, Done, E1, E2};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(E1))]
    Closed,
    Open,
}

#[derive(Debug)]
struct M {
    first: TimerId,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        let first = ctx.start_timer(Duration::from_millis(10), E1);
        ctx.start_timer(Duration::from_millis(20), E2);
        Self { first }
    }

    #[on(in Closed)]
    fn second(&mut self, ctx: &Context, _: E2) -> State {
        ctx.stop_timer(self.first);
        ctx.notify(DONE, Done);
        State::Open
    }

    #[on(in Open)]
    fn first(&mut self, _: E1) {
        ensure!(false, "the event of a stopped timer");
    }
}
