//! Tells of what it takes, and halts if it is to.

use conformance::{Done, E1};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct C;

#[actor(states = State)]
impl C {
    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) {
        info!("e1");
        ctx.notify("settled", Done);
    }
}
