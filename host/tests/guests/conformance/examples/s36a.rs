//! Receives what it sent to itself.

use conformance::U;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct M;

#[actor]
impl M {
    #[on(init)]
    async fn new(ctx: &Context) -> Self {
        ctx.send(ctx.id(), U);
        let U = ctx.receive().await;
        ensure!(false, "received");
        Self
    }
}
