//! Sends commands, each until it is committed.

use coyote_guest::prelude::*;
use raft_messages::{ClientRequest, ClientResponse};

/// After how long it asks again.
const PATIENCE: Duration = Duration::from_secs(1);

#[payload]
struct Setup {
    cluster: ActorId,
    requests: u32,
}

/// Its own timer: there was no answer.
#[event]
struct AskAgain;

#[derive(Debug)]
struct Client {
    setup: Setup,
    /// The command that waits for its answer, from 1.
    command: u32,
}

#[actor]
impl Client {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let client = Self { setup, command: 1 };
        client.ask(ctx);
        ctx.start_periodic(PATIENCE, PATIENCE, AskAgain);
        client
    }

    #[on]
    fn ask_again(&mut self, ctx: &Context, _: AskAgain) {
        self.ask(ctx);
    }

    #[on]
    fn client_response(&mut self, ctx: &Context, response: ClientResponse) {
        if response.command < self.command {
            return;
        }
        info!("command {} is committed by {}", response.command, response.server);
        if self.command == self.setup.requests {
            return ctx.halt();
        }
        self.command += 1;
        self.ask(ctx);
    }
}

impl Client {
    fn ask(&self, ctx: &Context) {
        ctx.send(self.setup.cluster, ClientRequest { command: self.command });
    }
}
