//! A machine that is at work is done in the end.

use coffee_machine_messages::{Busy, Idle};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Progress;

#[states]
enum Work {
    #[state(cold, goto(Busy => Open), ignore(Idle))]
    Done,
    #[state(hot, goto(Idle => Done), ignore(Busy))]
    Open,
}

#[monitor(states = Work)]
impl Progress {}
