//! Receives an event before anything else.

use conformance::E1;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct B;

#[actor]
impl B {
    #[on(init)]
    async fn new(ctx: &Context) -> Self {
        let E1 = ctx.receive().await;
        Self
    }
}
