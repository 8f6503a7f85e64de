//! A monitor: ignores all but one event.

use conformance::E1;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(hot, ignore(any))]
    Waiting,
    #[state(cold, ignore(any))]
    Done,
}

#[derive(Debug, Default)]
struct Waits;

#[monitor(states = State)]
impl Waits {
    #[on(in Waiting)]
    fn e1(&mut self, _: E1) -> State {
        info!("e1");
        State::Done
    }
}
