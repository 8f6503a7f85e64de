//! Tells the judge twice in one turn.

use conformance::Saw;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Twice;

#[actor]
impl Twice {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        for _ in 0..2 {
            Saw::tell(ctx, ctx.label(), 4);
        }
        Self
    }
}
