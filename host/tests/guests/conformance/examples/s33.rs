//! Defers what must be handled, and halts at once or soon.

use conformance::{H, Part};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(H))]
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
    fn begin(&mut self, ctx: &Context) -> Next<State> {
        if self.part == Part::A {
            return Next::raise(Halt);
        }
        ctx.send(ctx.id(), Halt);
        Next::stay()
    }
}
