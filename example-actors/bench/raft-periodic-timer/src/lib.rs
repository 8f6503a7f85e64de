//! Fires now and then, once it was started.

use bench_messages::raft::{PeriodicTimeout, PeriodicTimerSetup, Start, Tick};
use coyote_guest::prelude::*;

#[states]
enum Activity {
    #[state(goto(Start => Active))]
    Inactive,
    #[state(ignore(Start))]
    Active,
}

#[derive(Debug)]
struct RaftPeriodicTimer {
    server: ActorId,
}

#[actor(states = Activity)]
impl RaftPeriodicTimer {
    #[on(init)]
    fn new(setup: PeriodicTimerSetup) -> Self {
        Self { server: setup.server }
    }

    #[on(entry in Active)]
    fn start(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), Tick);
    }

    #[on(in Active)]
    fn tick(&mut self, ctx: &Context, _: Tick) {
        if ctx.random_bool() {
            ctx.send(self.server, PeriodicTimeout);
        }
        ctx.send(ctx.id(), Tick);
    }
}
