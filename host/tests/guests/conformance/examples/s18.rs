//! Inherits what is deferred, ignored and handled below.

use conformance::{E1, E2, E3, E4, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(E1 => Final), defer(E2), ignore(E3))]
    Init,
    Final,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["+final", "e2", "e4"]) }
    }

    #[on(entry in Final)]
    fn enter(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+final");
    }

    #[on(in Final)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        self.story.tell(ctx, "e2");
    }

    #[on(in Init)]
    fn e4(&mut self, ctx: &Context, _: E4) {
        self.story.tell(ctx, "e4");
    }

    #[on(exit in Final)]
    fn leave(&mut self) {
        ensure!(false, "exit of final");
    }
}
