//! Shares a register or a map.

use conformance::{Part, Shared, conclude};
use coyote_guest::{
    cells::{Map, Register},
    prelude::*,
};

#[derive(Debug)]
struct A;

#[actor]
impl A {
    #[on(init)]
    async fn new(ctx: &Context, part: Part) -> Self {
        let share = |shared: Shared| _ = ctx.create_kind("s56_b", shared);
        let seen = match part {
            Part::A => {
                let number = Register::create(ctx);
                share(Shared::Number(number));
                number.set(&5).await;
                number.compare_set(&5, &6).await;
                format!("{:?}", number.get().await)
            }
            Part::B => {
                let pair = Register::create(ctx);
                share(Shared::Pair(pair));
                pair.set(&(1, 1)).await;
                pair.update(|&(one, other)| (one + 1, other + 1)).await;
                format!("{:?}", pair.get().await)
            }
            Part::C => {
                let map = Map::create(ctx);
                share(Shared::Map(map));
                map.insert_new("k", &"m".to_owned()).await;
                format!("{:?}", map.get("k").await)
            }
            _ => format!("{:?}", Map::<u32>::create(ctx).get("k").await),
        };
        conclude(seen);
        Self
    }
}
