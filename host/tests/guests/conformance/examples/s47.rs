//! Has no reaction to an event, and an error for another.

use conformance::{E1, Part, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug)]
struct M {
    part: Part,
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(part: Part) -> Self {
        Self { part, story: Story::of(["u unhandled", "error", "halt"]) }
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) -> Result<(), &'static str> {
        Err("oops")
    }

    #[on(unhandled)]
    fn unhandled(&mut self, ctx: &Context, event: &AnyEvent) {
        ensure!(self.part != Part::C, "unhandled");
        self.story.tell(ctx, format!("{} unhandled", event.kind()));
    }

    #[on(error)]
    fn settle(&mut self, ctx: &Context, _: &HandlerError) -> OnError {
        if self.part != Part::A {
            return OnError::Fail;
        }
        self.story.tell(ctx, "error");
        OnError::Halt
    }

    #[on(halt)]
    fn last(&mut self, ctx: &Context) {
        self.story.tell(ctx, "halt");
    }
}
