//! Asks one, and tells another something before or after.

use conformance::{E1, Part, U};
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    part: Part,
    s: ActorId,
    l: ActorId,
}

#[derive(Debug)]
struct P;

#[actor]
impl P {
    #[on(init)]
    fn new(ctx: &Context, Setup { part, s, l }: Setup) -> Self {
        if part == Part::B {
            ctx.send(s, U);
            ctx.send(l, E1);
        } else {
            ctx.send(l, E1);
            ctx.send(s, U);
        }
        Self
    }
}
