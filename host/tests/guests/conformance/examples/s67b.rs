//! Draws once.

use conformance::{Saw, U};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct B;

#[actor]
impl B {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        Saw::tell(ctx, ctx.random_bool(), 2);
        Self
    }

    #[on]
    fn u(&mut self, _: U) {}
}
