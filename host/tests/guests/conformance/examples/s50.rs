//! Reserves an id, and uses it in a wrong way, or too late.

use conformance::{E1, Part};
use coyote_guest::{prelude::*, task::yield_now};

#[derive(Debug)]
struct Driver;

#[actor]
impl Driver {
    #[on(init)]
    async fn new(ctx: &Context, part: Part) -> Self {
        let id = ctx.reserve_id("sink");
        yield_now().await;
        match part {
            Part::A => ctx.create_at(id, "s50_b", id),
            Part::B => ctx.send(id, E1),
            _ => {
                let _ = ctx.create_kind("s50_b", id);
                yield_now().await;
                ctx.create_at(id, "sink", ());
            }
        }
        Self
    }
}
