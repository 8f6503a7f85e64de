//! Defers all but what it reacts to.

use conformance::{E1, E2, Story, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(E1 => S1), defer(any))]
    S0,
    S1,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["u", "+s1", "e2"]) }
    }

    #[on(in S0)]
    fn u(&mut self, ctx: &Context, _: U) {
        self.story.tell(ctx, "u");
    }

    #[on(entry in S1)]
    fn enter(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+s1");
    }

    #[on(in S1)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        self.story.tell(ctx, "e2");
    }
}
