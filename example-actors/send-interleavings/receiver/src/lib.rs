//! Creates two senders, and claims something about the order in which their events come.

use coyote_guest::prelude::*;
use send_interleavings_messages::{E1, E2, Sends, Task};

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// The bug: whether the two that `e1` counts are two events.
    sends_twice: bool,
}

#[derive(Debug)]
struct Receiver {
    counted: u32,
}

#[actor]
impl Receiver {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let counts = if setup.sends_twice { vec![1, 1] } else { vec![2] };
        for (name, sends) in [("s1", Sends::E1(counts)), ("s2", Sends::E2)] {
            ctx.create_named("sender", name, Task { receiver: ctx.id(), sends });
        }
        Self { counted: 0 }
    }

    #[on]
    fn e1(&mut self, e1: E1) {
        self.counted += e1.count;
    }

    /// True if `e2` is first or last, but it may also come between.
    #[on]
    fn e2(&mut self, _: E2) {
        ensure!(self.counted != 1, "`e2` came between the first `e1` and the second");
    }
}
