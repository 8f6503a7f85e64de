//! A monitor: a scenario has to come to its end.

use conformance::Done;
use coyote_guest::prelude::*;

#[states]
enum Progress {
    #[state(hot, goto(Done => Made))]
    Owed,
    #[state(cold, ignore(any))]
    Made,
}

#[derive(Debug, Default)]
struct Monitor;

#[monitor(states = Progress)]
impl Monitor {}
