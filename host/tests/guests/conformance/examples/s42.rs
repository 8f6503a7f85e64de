//! Defers everything, and raises `halt`.

use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(any))]
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {
    #[on(entry in Init)]
    fn begin(&mut self) -> Next<State> {
        Next::raise(Halt)
    }

    #[on(halt)]
    fn last(&mut self) {
        ensure!(false, "on-halt");
    }
}
