//! Expects that nothing comes between two events.

use conformance::{E1, E2, Part};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct R {
    count: u32,
}

#[actor(states = State)]
impl R {
    #[on(entry in Init)]
    fn begin(&mut self, ctx: &Context) {
        for part in [Part::A, Part::B] {
            let _ = ctx.create_kind("s54_s", (ctx.id(), part));
        }
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) {
        self.count += 1;
    }

    #[on(in Init)]
    fn e2(&mut self, _: E2) {
        ensure!(self.count != 1, "one e1");
    }
}
