//! Does all that a turn can do, and panics.

use conformance::{DONE, Done, E1, E2, Saw, Tick};
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug)]
struct A {
    b: ActorId,
    field: u32,
}

#[actor(states = State)]
impl A {
    #[on(init)]
    fn new(b: ActorId) -> Self {
        Self { b, field: 0 }
    }

    #[on(in Init)]
    fn e1(&mut self, ctx: &Context, _: E1) {
        self.field = 1;
        ctx.send(self.b, E1);
        let _ = ctx.create_kind("never", true);
        ctx.start_timer(Duration::from_millis(10), Tick { number: 0 });
        Saw::tell(ctx, "a failed turn", 1);
        if ctx.group().is_some() {
            ctx.reply("answer");
        }
        panic!("boom");
    }

    #[on(in Init)]
    fn look(&mut self, ctx: &Context, _: E2) {
        ensure!(self.field == 0);
        ctx.notify(DONE, Done);
    }

    #[on(in Init)]
    fn tick(&mut self, _: Tick) {
        ensure!(false, "the timer of a failed turn");
    }
}
