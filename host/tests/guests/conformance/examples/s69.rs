//! Receives an event, whatever else comes.

use conformance::{DONE, Done, E1};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct M;

#[actor]
impl M {
    #[on(init)]
    async fn new(ctx: &Context) -> Self {
        let E1 = ctx.receive().await;
        info!("e1");
        Self
    }

    #[on(halt)]
    fn last(&mut self, ctx: &Context) {
        ctx.notify(DONE, Done);
    }
}
