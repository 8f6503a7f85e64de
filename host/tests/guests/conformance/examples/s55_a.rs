//! Shares a counter.

use conformance::{DONE, Done, Part, conclude};
use coyote_guest::{cells::Counter, prelude::*};

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    async fn new(ctx: &Context, part: Part) -> Self {
        let counter = Counter::create(ctx);
        let _ = ctx.create_kind("s55_b", (counter, part, ctx.id()));
        match part {
            Part::A => {
                counter.add(1).await;
                let value = counter.get().await;
                ensure!(value == 1, "{value}");
            }
            Part::B => {
                let old = counter.compare_exchange(0, 10).await;
                let value = counter.get().await;
                conclude(format!("{old}, {value}"));
            }
            _ => {
                let taken = counter.exchange(5).await;
                counter.add(taken - 5).await;
                let Done = ctx.receive().await;
                ensure!(counter.get().await == 0);
                ctx.notify(DONE, Done);
            }
        }
        Self
    }
}
