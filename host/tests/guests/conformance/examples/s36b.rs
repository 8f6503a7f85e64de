//! Receives what it sent to itself, in the entry of a state.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    async fn begin(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), U);
        let U = ctx.receive().await;
        ensure!(false, "received");
    }
}
