//! Answers every ping with a pong, and can be made to answer the wrong client.

use coyote_guest::prelude::*;
use hello_world_messages::{Ping, Pong};

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// The bug: whether the answer is left for another turn, with the caller in a field until then.
    #[serde(default)]
    remembers_caller: bool,
}

/// What a server that remembers sends to itself.
#[event]
struct Reply;

#[derive(Debug)]
struct Server {
    setup: Setup,
    caller: Option<ActorId>,
}

#[actor]
impl Server {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, caller: None }
    }

    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        info!("handling ping from {}", ping.label);
        if self.setup.remembers_caller {
            self.caller = Some(ping.caller);
            ctx.send(ctx.id(), Reply);
        } else {
            ctx.send(ping.caller, Pong);
        }
    }

    /// Others may have been here since the ping.
    #[on]
    fn reply(&mut self, ctx: &Context, _: Reply) {
        let caller = self.caller.expect("a ping came before");
        ctx.send(caller, Pong);
    }
}
