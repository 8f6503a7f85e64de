//! Callbacks enclose what an event leads to.

use conformance::{E1, E2, Part, Story, U};
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
        let story = if part == Part::A {
            Story::of(["begin u", "e2", "end u", "begin e1", "e2", "end e1"])
        } else {
            Story::of(["begin u", "end u"])
        };
        Self { part, story }
    }

    #[on(dequeued)]
    fn begin(&mut self, ctx: &Context, event: &AnyEvent) {
        self.story.tell(ctx, format!("begin {}", event.kind()));
    }

    #[on(handled)]
    fn end(&mut self, ctx: &Context, event: &AnyEvent) {
        self.story.tell(ctx, format!("end {}", event.kind()));
    }

    #[on(in Init)]
    fn u(&mut self, _: U) -> Next<State> {
        if self.part == Part::A { Next::raise(E2) } else { Next::raise(Halt) }
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) -> Next<State> {
        Next::raise(E2)
    }

    #[on(in Init)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        self.story.tell(ctx, "e2");
    }
}
