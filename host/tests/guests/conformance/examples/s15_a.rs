//! Has a state on top of another, which alone reacts.

use conformance::{E2, E3, Tick, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(E3 => S2))]
    Init,
    S1,
    S2,
}

#[derive(Debug)]
struct A {
    b: ActorId,
}

#[actor(states = State)]
impl A {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        Self { b: ctx.create_kind("s15_b", ctx.id()) }
    }

    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::push(State::S1)
    }

    #[on(in Init)]
    fn answer(&mut self, ctx: &Context, tick: Tick) {
        ensure!(tick.number == 5);
        ctx.send(self.b, E2);
    }

    #[on(entry in S1)]
    fn ask(&mut self, ctx: &Context) {
        ctx.send(self.b, U);
    }

    #[on(entry in S2)]
    fn arrive(&mut self) {
        ensure!(false, "s2");
    }
}
