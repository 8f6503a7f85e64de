//! A monitor: waits for three answers, and is warm meanwhile.

use conformance::U;
use coyote_guest::prelude::*;

#[states]
enum Progress {
    Waiting,
    #[state(cold)]
    Made,
}

#[derive(Debug, Default)]
struct Waits {
    answers: u32,
}

#[monitor(states = Progress)]
impl Waits {
    #[on(in Waiting)]
    fn answer(&mut self, _: U) -> Option<Progress> {
        self.answers += 1;
        (self.answers == 3).then_some(Progress::Made)
    }
}
