//! Does something, waits, does something else and panics.

use conformance::{E1, E2};
use coyote_guest::{prelude::*, task::yield_now};

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    async fn new(ctx: &Context, b: ActorId) -> Self {
        ctx.send(b, E1);
        yield_now().await;
        ctx.send(b, E2);
        panic!("boom");
    }
}
