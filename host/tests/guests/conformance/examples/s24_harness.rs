//! Sends two events to an actor of the kind that it is told, and wants to hear that it has passed nothing over
//! (scenarios 24 and 25).

use conformance::{Answer, E1, E2};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Harness;

#[actor]
impl Harness {
    #[on(init)]
    async fn new(ctx: &Context, kind: String) -> Self {
        let m = ctx.create_kind(&kind, ctx.id());
        ctx.send(m, E1);
        ctx.send(m, E2);
        let answer: Answer = ctx.receive().await;
        if let Some(seen) = answer.seen {
            ensure!(false, "{seen}");
        }
        Self
    }
}
