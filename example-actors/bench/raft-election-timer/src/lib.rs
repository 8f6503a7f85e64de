//! Fires when it has had so many heads.

use bench_messages::raft::{ElectionTimeout, ElectionTimerSetup, Start, Tick};
use coyote_guest::prelude::*;

#[states]
enum Activity {
    #[state(goto(Start => Active), ignore(Tick))]
    Inactive,
    #[state(ignore(Start))]
    Active,
}

#[derive(Debug)]
struct RaftElectionTimer {
    setup: ElectionTimerSetup,
    /// Heads since it last fired.
    heads: u32,
}

#[actor(states = Activity)]
impl RaftElectionTimer {
    #[on(init)]
    fn new(setup: ElectionTimerSetup) -> Self {
        Self { setup, heads: 0 }
    }

    #[on(entry in Active)]
    fn start(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), Tick);
    }

    #[on(in Active)]
    fn tick(&mut self, ctx: &Context, _: Tick) -> Option<Activity> {
        if ctx.random_bool() {
            self.heads += 1;
            if self.heads == self.setup.depth {
                self.heads = 0;
                ctx.send(self.setup.server, ElectionTimeout);
            }
        }
        if ctx.random_bool() {
            ctx.send(ctx.id(), Tick);
            return None;
        }
        Some(Activity::Inactive)
    }
}
