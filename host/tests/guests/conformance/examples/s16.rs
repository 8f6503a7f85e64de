//! Pops states until one reacts, and at last none does.

use conformance::{E1, E2, E3, Story};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(E2 => Bad))]
    Init,
    #[state(push(E1 => Active))]
    Ready,
    Active,
    Bad,
}

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new() -> Self {
        let unhandled = "e3 unhandled in Bad";
        let story = ["e1 in init", "+ready", "+active", "-active", "-ready", "+bad", unhandled];
        Self { story: Story::of(story) }
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) -> Next<State> {
        self.story.tell(ctx, "e1 in init");
        Next::push(State::Ready)
    }

    #[on(in Ready)]
    fn e3(&mut self, _: E3) {
        ensure!(false, "e3 in ready");
    }

    #[on(entry in Ready)]
    fn enter_ready(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+ready");
    }

    #[on(exit in Ready)]
    fn leave_ready(&mut self, ctx: &Context) {
        self.story.tell(ctx, "-ready");
    }

    #[on(entry in Active)]
    fn enter_active(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+active");
    }

    #[on(exit in Active)]
    fn leave_active(&mut self, ctx: &Context) {
        self.story.tell(ctx, "-active");
    }

    #[on(entry in Bad)]
    fn enter_bad(&mut self, ctx: &Context) {
        self.story.tell(ctx, "+bad");
    }

    #[on(unhandled)]
    fn unhandled(&mut self, ctx: &Context, event: &AnyEvent, state: State) {
        self.story.tell(ctx, format!("{} unhandled in {state:?}", event.kind()));
    }
}
