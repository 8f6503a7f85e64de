//! Draws twice, and sends.

use conformance::{Saw, U};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    fn new(ctx: &Context, b: ActorId) -> Self {
        let (coin, die) = (ctx.random_bool(), ctx.random_below(3));
        Saw::tell(ctx, format!("{coin} {die}"), 2);
        ctx.send(b, U);
        Self
    }
}
