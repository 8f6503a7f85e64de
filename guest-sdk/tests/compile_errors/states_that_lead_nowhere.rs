use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    #[state(goto(Asked => Opn))]
    None,
    Open,
}

fn main() {}
