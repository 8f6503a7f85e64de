use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    #[state(hot, cold)]
    Open,
}

fn main() {}
