//! Starts three timers, two of them due at once.

use conformance::{E1, E2, E3, conclude};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Alarm {
    seen: Vec<String>,
}

#[actor]
impl Alarm {
    #[on(init)]
    fn new(ctx: &Context) -> Self {
        ctx.start_timer(Duration::from_millis(10), E1);
        ctx.start_timer(Duration::from_millis(10), E2);
        ctx.start_timer(Duration::from_millis(20), E3);
        Self { seen: Vec::new() }
    }

    #[on(any)]
    fn any(&mut self, ctx: &Context, event: AnyEvent) {
        self.seen.push(format!("{} at {}", event.kind(), ctx.now().as_millis()));
        if self.seen.len() == 3 {
            conclude(self.seen.join(", "));
        }
    }
}
