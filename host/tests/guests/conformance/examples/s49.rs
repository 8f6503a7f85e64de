//! Sends itself an event before the entry of its start state.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug)]
struct M {
    value: u32,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(ctx: &Context, value: u32) -> Self {
        ctx.send(ctx.id(), U);
        Self { value }
    }

    #[on(entry in Init)]
    fn begin(&mut self) {
        self.value += 1;
    }

    #[on(in Init)]
    fn u(&mut self, _: U) {
        ensure!(self.value <= 1, "value {}", self.value);
    }
}
