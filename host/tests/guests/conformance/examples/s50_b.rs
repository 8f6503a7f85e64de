//! Sends an event to the id that it is told.

use conformance::E1;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct B;

#[actor]
impl B {
    #[on(init)]
    fn new(ctx: &Context, to: ActorId) -> Self {
        ctx.send(to, E1);
        Self
    }
}
