//! Shares a register or a map with its creator.

use conformance::Shared;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct B;

#[actor]
impl B {
    #[on(init)]
    async fn new(shared: Shared) -> Self {
        match shared {
            Shared::Number(number) => number.set(&2).await,
            Shared::Pair(pair) => pair.set(&(5, 5)).await,
            Shared::Map(map) => {
                map.compare_set("k", &"m".to_owned(), &"n".to_owned()).await;
            }
        }
        Self
    }
}
