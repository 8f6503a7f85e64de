//! Raises what pushes a state, which pops itself.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(U => Active))]
    Init,
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::raise(U)
    }

    #[on(entry in Active)]
    fn enter(&mut self) -> Next<State> {
        Next::pop()
    }

    #[on(exit in Active)]
    fn leave(&mut self) {
        ensure!(false, "exit of active");
    }
}
