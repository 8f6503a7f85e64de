//! Pushes and pops a state (scenarios 6 and 7).

use conformance::{E1, E2, Part, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(U => Active))]
    Init,
    Active,
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

    #[on(in Init)]
    fn e2(&mut self, _: E2) {
        ensure!(false, "e2");
    }

    #[on(exit in Init)]
    fn leave_init(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), E1);
    }

    #[on(entry in Active)]
    fn begin(&mut self, ctx: &Context) -> Next<State> {
        if self.part != Part::B {
            ctx.send(ctx.id(), E2);
        }
        if self.part == Part::C { Next::stay() } else { Next::pop() }
    }

    #[on(exit in Active)]
    fn end(&mut self, ctx: &Context) {
        if self.part == Part::B {
            ctx.send(ctx.id(), E2);
        }
    }
}
