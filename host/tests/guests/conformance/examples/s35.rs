//! Sends an event twice that must not wait twice.

use conformance::E1;
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
    S1,
}

#[derive(Debug)]
struct A {
    n: ActorId,
}

#[actor(states = State)]
impl A {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        Self { n: ctx.create_kind("sink", ()) }
    }

    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::push(State::S1)
    }

    #[on(entry in S1)]
    fn send(&mut self, ctx: &Context) {
        for _ in 0..2 {
            ctx.send_with(self.n, E1, SendOptions::new().max_instances(1));
        }
    }
}
