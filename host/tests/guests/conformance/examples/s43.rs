//! Sends itself an event behind its halt, or while it halts.

use conformance::{E1, Part, U};
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

    #[on(in Init)]
    fn u(&mut self, ctx: &Context, _: U) {
        ctx.send(ctx.id(), Halt);
        if self.part == Part::A {
            ctx.send(ctx.id(), E1);
        }
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) {
        ensure!(false, "e1");
    }

    #[on(halt)]
    fn last(&mut self, ctx: &Context) {
        if self.part == Part::B {
            ctx.send(ctx.id(), E1);
        }
    }
}
