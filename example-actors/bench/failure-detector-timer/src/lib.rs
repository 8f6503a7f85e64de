//! A timer that is an actor: it fires when nothing else comes, and a cancellation may be too late.

use bench_messages::failure_detector::{
    Cancel, CancelFailure, CancelSuccess, Start, Timeout, TimerSetup,
};
use coyote_guest::prelude::*;

#[states]
enum Activity {
    #[state(goto(Start => Armed))]
    Idle,
    #[state(ignore(Start))]
    Armed,
}

#[derive(Debug)]
struct FailureDetectorTimer {
    detector: ActorId,
}

#[actor(states = Activity)]
impl FailureDetectorTimer {
    #[on(init)]
    fn new(setup: TimerSetup) -> Self {
        Self { detector: setup.detector }
    }

    #[on(in Idle)]
    fn cancel_too_late(&mut self, ctx: &Context, _: Cancel) {
        ctx.send(self.detector, CancelFailure);
    }

    #[on(default in Armed)]
    fn fire(&mut self, ctx: &Context) -> Activity {
        ctx.send(self.detector, Timeout);
        Activity::Idle
    }

    #[on(in Armed)]
    fn cancel(&mut self, ctx: &Context, _: Cancel) -> Activity {
        if ctx.random_bool() {
            ctx.send(self.detector, CancelSuccess);
        } else {
            ctx.send(self.detector, CancelFailure);
            ctx.send(self.detector, Timeout);
        }
        Activity::Idle
    }
}
