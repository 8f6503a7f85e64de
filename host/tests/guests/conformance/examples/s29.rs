//! Has a wildcard above a specific handler.

use conformance::{E1, E2, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
    Active,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["e1 in init", "e1 any", "e2 specific"]) }
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) -> Next<State> {
        self.story.tell(ctx, "e1 in init");
        Next::push(State::Active)
    }

    #[on(in Active)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        self.story.tell(ctx, "e2 specific");
    }

    #[on(any in Active)]
    fn any(&mut self, ctx: &Context, event: AnyEvent) {
        self.story.tell(ctx, format!("{} any", event.kind()));
    }
}
