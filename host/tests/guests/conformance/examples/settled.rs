//! A monitor: an event has to be handled, or to be dropped.

use conformance::Done;
use coyote_guest::prelude::*;

#[states]
enum Progress {
    #[state(hot, goto(Done => Made, EventDropped => Made))]
    Owed,
    #[state(cold, ignore(any))]
    Made,
}

#[derive(Debug, Default)]
struct Monitor;

#[monitor(states = Progress)]
impl Monitor {}
