//! A robot that wants an order serves in the end.

use coyote_guest::prelude::*;
use drinks_robot_messages::{Busy, Idle};

#[derive(Debug, Default)]
struct Progress;

#[states]
enum Service {
    #[state(cold, goto(Busy => Open), ignore(Idle))]
    Done,
    #[state(hot, goto(Idle => Done), ignore(Busy))]
    Open,
}

#[monitor(states = Service)]
impl Progress {}
