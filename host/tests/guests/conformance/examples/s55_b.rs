//! Shares a counter with its creator.

use conformance::{Done, Part};
use coyote_guest::{cells::Counter, prelude::*};

#[derive(Debug)]
struct B;

#[actor]
impl B {
    #[on(init)]
    async fn new(ctx: &Context, (counter, part, a): (Counter, Part, ActorId)) -> Self {
        match part {
            Part::A => _ = counter.add(-1).await,
            Part::B => _ = counter.add(5).await,
            _ => {
                counter.add(2).await;
                counter.add(-2).await;
                ctx.send(a, Done);
            }
        }
        Self
    }
}
