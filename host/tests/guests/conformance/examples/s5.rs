//! Enters a state once more, which sends itself the same event again.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(U => Init), push(E1 => Init))]
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) {
        ctx.send_with(ctx.id(), U, SendOptions::new().max_instances(1));
    }

    #[on(exit in Init)]
    fn end(&mut self, ctx: &Context) {
        ctx.send(ctx.id(), E1);
    }
}
