//! Notifies the monitor of two events.

use conformance::{E1, E2};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct M;

#[actor]
impl M {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        ctx.notify("s77_w", E1);
        ctx.notify("s77_w", E2);
        Self
    }
}
