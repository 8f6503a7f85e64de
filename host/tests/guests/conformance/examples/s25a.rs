//! Ignores an event, and keeps its kind.

use conformance::{Answer, E1, E2};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(ignore(E1))]
    Init,
}

#[derive(Debug)]
struct M {
    harness: ActorId,
    seen: Option<String>,
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn new(harness: ActorId) -> Self {
        Self { harness, seen: None }
    }

    #[on(ignored)]
    fn pass(&mut self, event: &AnyEvent) {
        self.seen = Some(event.kind().to_owned());
    }

    #[on(in Init)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        ctx.send(self.harness, Answer { seen: self.seen.take() });
    }
}
