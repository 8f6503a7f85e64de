//! Raises an event that it ignores, and keeps its kind.

use conformance::{Answer, E1, E2, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(ignore(U))]
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
    fn e1(&mut self, _: E1) -> Next<State> {
        Next::raise(U)
    }

    #[on(in Init)]
    fn e2(&mut self, ctx: &Context, _: E2) {
        ctx.send(self.harness, Answer { seen: self.seen.take() });
    }
}
