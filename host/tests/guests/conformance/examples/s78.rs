//! Has three states, none of which reacts.

use conformance::{DONE, Done, E2, Saw};
use coyote_guest::prelude::*;

#[states]
enum State {
    Bottom,
    Middle,
    Top,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Bottom)]
    fn push(&mut self) -> Next<State> {
        Next::push(State::Middle)
    }

    #[on(entry in Middle)]
    fn push_again(&mut self) -> Next<State> {
        Next::push(State::Top)
    }

    #[on(exit in Bottom, Middle, Top)]
    fn leave(&mut self, ctx: &Context) {
        info!("left");
        Saw::tell(ctx, "an exit of a failed turn", 1);
    }

    #[on(unhandled)]
    fn unhandled(&mut self, event: &AnyEvent, state: State) {
        info!("{} unhandled in {state:?}", event.kind());
    }

    #[on(in Top)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        ctx.notify(DONE, Done);
    }
}
