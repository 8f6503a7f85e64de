use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    #[state(warm)]
    None,
}

fn main() {}
