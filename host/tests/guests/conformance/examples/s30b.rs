//! Has a goto on the wildcard.

use conformance::{E1, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(any => Other))]
    Init,
    Other,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["e1", "other by e2"]) }
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) {
        self.story.tell(ctx, "e1");
    }

    #[on(entry in Other)]
    fn enter(&mut self, ctx: &Context, event: &AnyEvent) {
        self.story.tell(ctx, format!("other by {}", event.kind()));
    }
}
