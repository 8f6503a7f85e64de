//! Receives five pings (scenarios 37 and 38).

use conformance::{DONE, Done, Hello, Ping, Pong};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    async fn new(ctx: &Context, server: ActorId) -> Self {
        ctx.send(server, Hello { client: ctx.id() });
        for _ in 0..5 {
            let Ping = ctx.receive().await;
            ctx.send(server, Pong { client: ctx.id() });
        }
        ctx.notify(DONE, Done);
        ctx.halt();
        Self
    }
}
