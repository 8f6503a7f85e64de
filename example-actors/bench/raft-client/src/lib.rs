//! Sends one request, and shuts the app down when it is committed.

use bench_messages::raft::{ClientSetup, Request, Response, ShutDown};
use coyote_guest::prelude::*;

/// How many different commands there are.
const COMMANDS: u32 = 5;

#[derive(Debug)]
struct RaftClient {
    manager: ActorId,
}

#[actor]
impl RaftClient {
    #[on(init)]
    fn new(ctx: &Context, setup: ClientSetup) -> Self {
        let ClientSetup { manager } = setup;
        ctx.send(manager, Request { client: ctx.id(), command: ctx.random_below(COMMANDS) });
        Self { manager }
    }

    #[on]
    fn response(&mut self, ctx: &Context, _: Response) {
        ctx.send(self.manager, ShutDown);
        ctx.halt();
    }
}
