//! Clients that ask a server, one question after the other. The server counts.

use coyote_guest::prelude::*;

#[payload]
struct Setup {
    /// Whom a client asks; none for the server.
    server: Option<ActorId>,
    /// How often.
    requests: u32,
}

#[event]
struct Ask {
    client: ActorId,
}

#[event]
struct Answer {
    total: u32,
}

#[derive(Debug)]
struct Caller {
    server: Option<ActorId>,
    left: u32,
    total: u32,
}

#[actor]
impl Caller {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let mut caller = Self { server: setup.server, left: setup.requests, total: 0 };
        caller.ask(ctx);
        caller
    }

    #[on]
    fn asked(&mut self, ctx: &Context, ask: Ask) {
        self.total += 1;
        ctx.send(ask.client, Answer { total: self.total });
    }

    #[on]
    fn answered(&mut self, ctx: &Context, answer: Answer) {
        ctx.assert(answer.total > self.total, "the server counts up");
        self.total = answer.total;
        self.ask(ctx);
    }
}

impl Caller {
    fn ask(&mut self, ctx: &Context) {
        if let Some(server) = self.server
            && self.left > 0
        {
            self.left -= 1;
            ctx.send(server, Ask { client: ctx.id() });
        }
    }
}
