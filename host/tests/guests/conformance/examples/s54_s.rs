//! Sends one event twice, or another one once.

use conformance::{E1, E2, Part};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct S;

#[actor]
impl S {
    #[on(init)]
    fn new(ctx: &Context, (r, part): (ActorId, Part)) -> Self {
        if part == Part::A {
            ctx.send(r, E1);
            ctx.send(r, E1);
        } else {
            ctx.send(r, E2);
        }
        Self
    }
}
