//! Sends to itself, so many times or for ever.

use conformance::{DONE, Done, U};
use coyote_guest::prelude::*;

#[payload]
#[serde(default)]
#[derive(Default)]
struct Setup {
    times: Option<u32>,
}

#[derive(Debug)]
struct Busy {
    left: Option<u32>,
}

#[actor]
impl Busy {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        ctx.send(ctx.id(), U);
        Self { left: setup.times }
    }

    #[on]
    fn u(&mut self, ctx: &Context, _: U) {
        if let Some(left) = &mut self.left {
            if *left == 0 {
                return ctx.notify(DONE, Done);
            }
            *left -= 1;
        }
        ctx.send(ctx.id(), U);
    }
}
