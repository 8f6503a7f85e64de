//! Answers pings until it halts.

use bench_messages::failure_detector::{Answered, Ping, Pong, SAFETY};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct FailureDetectorNode;

#[actor]
impl FailureDetectorNode {
    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        let node = ctx.id();
        ctx.notify(SAFETY, Answered { node });
        ctx.send(ping.from, Pong { node });
    }
}
