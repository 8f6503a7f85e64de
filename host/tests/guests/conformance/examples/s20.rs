//! Pops its start state.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(in Init)]
    fn u(&mut self, _: U) -> Next<State> {
        Next::pop()
    }

    #[on(exit in Init)]
    fn leave(&mut self) {
        info!("left");
    }
}
