//! Whoever asks is answered in the end.

use chord_messages::{Asked, Found};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Question {
    #[state(cold, goto(Asked => Open))]
    None,
    #[state(hot, goto(Found => None))]
    Open,
}

#[monitor(states = Question)]
impl Answered {}
