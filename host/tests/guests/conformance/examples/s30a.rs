//! Has a wildcard above what is deferred below.

use conformance::{E1, E2, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(E1), push(E2 => Active))]
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
        Self { story: Story::of(["e1 any"]) }
    }

    #[on(any in Active)]
    fn any(&mut self, ctx: &Context, event: AnyEvent) {
        self.story.tell(ctx, format!("{} any", event.kind()));
    }
}
