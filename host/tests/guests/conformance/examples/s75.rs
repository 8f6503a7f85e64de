//! Raises an event that it defers.

use conformance::{E1, U};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(E1))]
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(in Init)]
    fn u(&mut self, _: U) -> Next<State> {
        Next::raise(E1)
    }
}
