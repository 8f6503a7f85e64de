//! Wants one transaction.

use coyote_guest::prelude::*;
use two_phase_commit_messages::{Outcome, Request};

#[payload]
struct Setup {
    coordinator: ActorId,
}

#[derive(Debug, Default)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        ctx.send(setup.coordinator, Request { client: ctx.id() });
    }

    #[on]
    fn outcome(&mut self, ctx: &Context, outcome: Outcome) {
        let became = if outcome.commit { "committed" } else { "aborted" };
        info!("transaction {} was {became}", outcome.tx);
        ctx.halt();
    }
}
