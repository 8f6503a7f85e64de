//! Inherits a handler of the default event.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(push(U => Active))]
    Init,
    #[state(ignore(U))]
    Active,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init, Active)]
    fn begin(&mut self) -> Next<State> {
        Next::raise(U)
    }

    #[on(default in Init)]
    fn idle(&mut self) {
        ensure!(false, "default");
    }
}
