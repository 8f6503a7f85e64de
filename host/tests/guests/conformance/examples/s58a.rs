//! Makes progress if it pleases.

use conformance::U;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Worker;

#[actor]
impl Worker {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        if ctx.random_bool() {
            ctx.notify("waits", U);
        }
        Self
    }
}
