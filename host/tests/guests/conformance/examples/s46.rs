//! Returns an error in a handler or in a callback, and halts, goes on or fails.

use conformance::{DONE, Done, E1, Part};
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
    fn e1(&mut self, _: E1) -> Result<(), &'static str> {
        if self.part == Part::A { Err("oops") } else { Ok(()) }
    }

    #[on(handled)]
    fn handled(&mut self, _: &AnyEvent) -> Result<(), &'static str> {
        if self.part == Part::A { Ok(()) } else { Err("oops") }
    }

    #[on(error)]
    fn settle(&mut self, _: &HandlerError) -> OnError {
        match self.part {
            Part::A => OnError::Halt,
            Part::B => OnError::Handled,
            _ => OnError::Fail,
        }
    }

    #[on(halt)]
    fn last(&mut self, ctx: &Context) {
        ctx.notify(DONE, Done);
    }
}
