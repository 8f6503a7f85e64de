//! Is led elsewhere by the default event.

use conformance::{DONE, Done};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(default => Active))]
    Init,
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Active)]
    fn enter(&mut self, ctx: &Context, event: &AnyEvent) {
        ensure!(event.kind() == "default");
        ctx.notify(DONE, Done);
    }
}
