//! A timer that asks nobody for the time: it may fire as soon as it is armed, or much later. Whether it can still be
//! cancelled is drawn.

use coyote_guest::prelude::*;
use failure_detector_messages::{Cancel, CancelFailed, CancelOk, Start, Timeout};

#[states]
enum Stage {
    #[state(goto(Start => Armed))]
    Idle,
    #[state(ignore(Start))]
    Armed,
}

#[derive(Debug)]
struct Timer {
    client: ActorId,
}

#[actor(states = Stage)]
impl Timer {
    #[on(init)]
    fn new(client: ActorId) -> Self {
        Self { client }
    }

    #[on(in Idle)]
    fn cancel_nothing(&mut self, ctx: &Context, _: Cancel) {
        ctx.send(self.client, CancelFailed);
    }

    #[on(default in Armed)]
    fn fire(&mut self, ctx: &Context) -> Stage {
        ctx.send(self.client, Timeout);
        Stage::Idle
    }

    #[on(in Armed)]
    fn cancel(&mut self, ctx: &Context, _: Cancel) -> Stage {
        if ctx.random_bool() {
            ctx.send(self.client, CancelOk);
        } else {
            ctx.send(self.client, CancelFailed);
            ctx.send(self.client, Timeout);
        }
        Stage::Idle
    }
}
