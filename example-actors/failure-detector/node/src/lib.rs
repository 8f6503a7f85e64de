//! Answers pings until it is halted.

use coyote_guest::prelude::*;
use failure_detector_messages::{Ping, Pong, Ponged, SAFETY};

#[derive(Debug, Default)]
struct Node;

#[actor]
impl Node {
    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        let node = ctx.id();
        ctx.notify(SAFETY, Ponged { node });
        ctx.send(ping.from, Pong { node, round: ping.round });
    }
}
