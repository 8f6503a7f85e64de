//! Notifies the monitor when it enters its start state.

use conformance::{E1, E2, Part};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug)]
struct M {
    part: Part,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(part: Part) -> Self {
        Self { part }
    }

    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) {
        match self.part {
            Part::A => ctx.notify("s53_w", E1),
            _ => ctx.notify("s53_w", E2),
        }
    }
}
