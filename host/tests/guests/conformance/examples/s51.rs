//! Creates an actor at an id that is in use, or was.

use conformance::{E1, Part};
use coyote_guest::{prelude::*, task::yield_now};

#[derive(Debug)]
struct Driver;

#[actor]
impl Driver {
    #[on(init)]
    async fn new(ctx: &Context, part: Part) -> Self {
        let id = match part {
            Part::B => ctx.create_named("sink", "it", ()),
            _ => ctx.create_kind("sink", ()),
        };
        yield_now().await;
        match part {
            Part::A => ctx.create_at(id, "sink", ()),
            Part::B => {
                let _ = ctx.create_named("sink", "it", ());
            }
            Part::C => {
                ctx.send(id, Halt);
                yield_now().await;
                ctx.create_at(id, "sink", ());
            }
            _ => {
                ctx.send(id, Halt);
                while ctx.try_create_at(id, "sink", ()).await.is_err() {}
                ctx.send(id, E1);
            }
        }
        Self
    }
}
