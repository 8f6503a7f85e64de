use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    #[state(goto(Asked => Open), ignore(Asked))]
    None,
    Open,
}

fn main() {}
