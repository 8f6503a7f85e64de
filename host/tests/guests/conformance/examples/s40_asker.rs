//! Asks a question.

use conformance::{DONE, Done, Question};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Asker;

#[actor]
impl Asker {
    #[on(init)]
    async fn new(ctx: &Context, a: ActorId) -> Result<Self, String> {
        let answer: String = ctx.request(a, Question).await.map_err(|error| error.to_string())?;
        ensure!(answer == "answer", "{answer}");
        ctx.notify(DONE, Done);
        Ok(Self)
    }
}
