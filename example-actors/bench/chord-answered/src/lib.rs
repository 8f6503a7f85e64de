//! Whoever asks is answered.

use bench_messages::chord::{Answer, Asked};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct ChordAnswered;

#[states]
enum Questions {
    #[state(cold, goto(Asked => Open))]
    None,
    #[state(hot, goto(Answer => None))]
    Open,
}

#[monitor(states = Questions)]
impl ChordAnswered {}
