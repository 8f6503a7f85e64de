//! Receives a question, and answers it.

use conformance::Question;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    async fn new(ctx: &Context) -> Self {
        let Question = ctx.receive().await;
        ctx.reply("answer");
        Self
    }
}
