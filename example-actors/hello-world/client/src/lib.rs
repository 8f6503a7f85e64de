//! Sends one ping to the server, and gets one pong.

use coyote_guest::prelude::*;
use hello_world_messages::{Ping, Pong};

#[payload]
struct Setup {
    server: ActorId,
}

#[derive(Debug, Default)]
struct Client {
    pongs: u32,
}

#[actor]
impl Client {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        info!("initializing");
        info!("sending ping to server");
        ctx.send(setup.server, Ping { caller: ctx.id(), label: ctx.label() });
    }

    #[on]
    fn pong(&mut self, _: Pong) {
        info!("pong received");
        self.pongs += 1;
        ensure!(self.pongs == 1, "{} pongs for one ping", self.pongs);
    }
}
