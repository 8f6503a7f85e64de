//! Defers `halt`, too.

use conformance::{E1, H};
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(defer(H, Halt), goto(E1 => Next))]
    Init,
    Next,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {}
