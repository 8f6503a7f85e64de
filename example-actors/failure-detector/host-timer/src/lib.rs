//! The same to its client as `timer`, with a timer of the host.

use coyote_guest::prelude::*;
use failure_detector_messages::{Cancel, CancelFailed, CancelOk, Start, Timeout};

#[states]
enum Stage {
    #[state(goto(Start => Armed))]
    Idle,
    #[state(ignore(Start))]
    Armed,
}

/// The host's timer fires.
#[event]
struct Fired;

#[derive(Debug)]
struct Timer {
    client: ActorId,
    /// The one that was started last.
    timer: Option<TimerId>,
}

#[actor(states = Stage)]
impl Timer {
    #[on(init)]
    fn new(client: ActorId) -> Self {
        Self { client, timer: None }
    }

    #[on(in Idle)]
    fn cancel_nothing(&mut self, ctx: &Context, _: Cancel) {
        ctx.send(self.client, CancelFailed);
    }

    #[on(goto in Idle)]
    fn start(&mut self, ctx: &Context, start: Start) {
        let after = Duration::from_millis(start.after_ms.into());
        self.timer = Some(ctx.start_timer(after, Fired));
    }

    #[on(in Armed)]
    fn fired(&mut self, ctx: &Context, _: Fired) -> Stage {
        ctx.send(self.client, Timeout);
        Stage::Idle
    }

    #[on(in Armed)]
    fn cancel(&mut self, ctx: &Context, _: Cancel) -> Stage {
        if let Some(timer) = self.timer.take() {
            ctx.stop_timer(timer);
        }
        ctx.send(self.client, CancelOk);
        Stage::Idle
    }
}
