//! Sends to both in one turn.

use conformance::{E1, E2, Part};
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    part: Part,
    c: ActorId,
    d: ActorId,
}

#[derive(Debug)]
struct Sender;

#[actor]
impl Sender {
    #[on(init)]
    fn new(ctx: &Context, Setup { part, c, d }: Setup) -> Self {
        for to in [c, d] {
            if part == Part::A { ctx.send(to, E1) } else { ctx.send(to, E2) }
        }
        Self
    }
}
