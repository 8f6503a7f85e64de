//! Asks before it sends what the other one waits for.

use conformance::{E1, Question};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    async fn new(ctx: &Context) -> Result<Self, String> {
        let b = ctx.create_kind("s39_b", ());
        let answer = ctx.request::<_, ()>(b, Question).await;
        answer.map_err(|error| error.to_string())?;
        ctx.send(b, E1);
        Ok(Self)
    }
}
