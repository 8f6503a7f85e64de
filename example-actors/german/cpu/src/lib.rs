//! Makes caches want to read or to write, at random.

use coyote_guest::prelude::*;
use german_messages::Want;

#[payload]
struct Setup {
    caches: Vec<ActorId>,
    /// How often each cache wants something.
    wishes: u32,
}

#[derive(Debug, Default)]
struct Cpu;

#[actor]
impl Cpu {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        for _ in 0..setup.wishes {
            for &cache in &setup.caches {
                ctx.send(cache, Want { exclusive: ctx.random_bool() });
            }
        }
    }
}
