//! Has a push that is not inherited.

use conformance::{E1, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(E1 => Ready))]
    Init,
    Ready,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["+ready", "-ready", "+ready"]) }
    }

    #[on(entry in Ready)]
    fn enter(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+ready");
    }

    #[on(exit in Ready)]
    fn leave(&mut self, ctx: &Context) {
        self.story.tell(ctx, "-ready");
    }
}
