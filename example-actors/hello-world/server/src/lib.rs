//! Answers every ping with a pong.

use coyote_guest::prelude::*;
use hello_world_messages::{Ping, Pong};

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        info!("handling ping from {}", ping.label);
        ctx.send(ping.caller, Pong);
    }
}
