//! Sends two events when it enters a state.

use conformance::{E1, E2, E3, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(U => Sending))]
    Init,
    Sending,
}

#[derive(Debug)]
struct B {
    a: ActorId,
}

#[actor(states = State)]
impl B {
    #[on(init)]
    fn new(a: ActorId) -> Self {
        Self { a }
    }

    #[on]
    fn set_up(&mut self, _: E2) {}

    #[on(entry in Sending)]
    fn send(&mut self, ctx: &Context) {
        ctx.send(self.a, E3);
        ctx.send(self.a, E1);
    }
}
