//! Ignores what must be handled.

use conformance::H;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(ignore(H))]
    Init,
}

#[derive(Debug, Default)]
struct M;

#[actor(states = State)]
impl M {}
