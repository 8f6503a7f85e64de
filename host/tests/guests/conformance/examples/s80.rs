//! Defers three ticks of a timer.

use conformance::{DONE, Done, Tick, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(Tick), goto(U => Open))]
    Closed,
    Open,
}

#[derive(Debug)]
struct M {
    timer: TimerId,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        let ten = Duration::from_millis(10);
        let timer = ctx.start_periodic(ten, ten, Tick { number: 0 });
        ctx.start_timer(Duration::from_millis(35), U);
        Self { timer }
    }

    #[on(in Open)]
    fn tick(&mut self, ctx: &Context, _: Tick) {
        let ticks = ctx.firing().map_or(0, |firing| firing.ticks);
        ensure!(ticks == 3, "{ticks} ticks");
        ctx.stop_timer(self.timer);
        ctx.notify(DONE, Done);
    }
}
