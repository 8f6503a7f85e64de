//! Asks for one key.

use bench_messages::chord::{
    ANSWERED, Answer, Asked, ClientSetup, FindSuccessor, Found, Id, QueryId,
};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct ChordClient;

#[actor]
impl ChordClient {
    #[on(init)]
    fn new(ctx: &Context, setup: ClientSetup) -> Self {
        let ClientSetup { manager, keys, uniform } = setup;
        let key = if uniform { draw(ctx, &keys) } else { toss(ctx, &keys) };
        ctx.notify(ANSWERED, Asked);
        ctx.send(manager, FindSuccessor { asker: ctx.id(), key });
        Self
    }

    #[on]
    fn found(&mut self, ctx: &Context, found: Found) {
        ctx.notify(ANSWERED, Answer);
        ctx.send(found.node, QueryId { asker: ctx.id() });
    }

    #[on]
    fn id(&mut self, id: Id) {
        info!("found at {}", id.id);
    }
}

fn draw(ctx: &Context, keys: &[u32]) -> u32 {
    let count = u32::try_from(keys.len()).expect("a few keys");
    keys[ctx.random_below(count) as usize]
}

/// The first key whose coin does not show tails, over and over until there is one.
fn toss(ctx: &Context, keys: &[u32]) -> u32 {
    loop {
        if let Some(&key) = keys.iter().find(|_| !ctx.random_bool()) {
            return key;
        }
    }
}
