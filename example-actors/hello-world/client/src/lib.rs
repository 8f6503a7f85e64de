//! Sends one ping to the server, and gets one pong.

use coyote_guest::prelude::*;
use hello_world_messages::{ANSWERED, Asked, Got, Ping, Pong};

#[payload]
struct Setup {
    server: ActorId,
}

#[derive(Debug, Default)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        info!("initializing");
        ctx.notify(ANSWERED, Asked { client: ctx.id() });
        info!("sending ping to server");
        ctx.send(setup.server, Ping { caller: ctx.id(), label: ctx.label() });
    }

    #[on]
    fn pong(&mut self, ctx: &Context, _: Pong) {
        info!("pong received");
        ctx.notify(ANSWERED, Got { client: ctx.id() });
    }
}
