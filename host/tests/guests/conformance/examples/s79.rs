//! Receives an event of a timer that it has stopped.

use conformance::{Tick, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(Tick))]
    Init,
}

#[derive(Debug)]
struct M {
    timer: TimerId,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        Self { timer: ctx.start_timer(Duration::from_millis(10), Tick { number: 0 }) }
    }

    #[on(in Init)]
    async fn u(&mut self, ctx: &Context, _: U) {
        ctx.stop_timer(self.timer);
        let _: Tick = ctx.receive().await;
        ensure!(false, "received");
    }
}
