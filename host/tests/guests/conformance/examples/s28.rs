//! Has a wildcard beside specific handlers.

use conformance::{E1, E2, E3, E4, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
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
        let story = ["e1 specific", "e3 any", "e2 any", "e3 specific", "e4 any", "e3 any"];
        Self { story: Story::of(story) }
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) {
        self.story.tell(ctx, "e1 specific");
    }

    #[on(any in Init)]
    fn any(&mut self, ctx: &Context, event: AnyEvent) -> Next<State> {
        self.story.tell(ctx, format!("{} any", event.kind()));
        match event.kind() {
            E2::KIND => Next::push(State::Ready),
            E4::KIND => Next::pop(),
            _ => Next::stay(),
        }
    }

    #[on(in Ready)]
    fn e3(&mut self, ctx: &Context, _: E3) {
        self.story.tell(ctx, "e3 specific");
    }
}
