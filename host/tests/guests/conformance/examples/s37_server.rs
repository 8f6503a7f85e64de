//! Sends a ping to each client, and more if it answers (scenarios 37 and 38).

use conformance::{Hello, Ping, Pong};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Server {
    answers: bool,
}

#[actor]
impl Server {
    #[on(init)]
    fn new(answers: bool) -> Self {
        Self { answers }
    }

    #[on]
    fn hello(&mut self, ctx: &Context, hello: Hello) {
        ctx.send(hello.client, Ping);
    }

    #[on]
    fn pong(&mut self, ctx: &Context, pong: Pong) {
        if self.answers {
            ctx.send(pong.client, Ping);
        }
    }
}
