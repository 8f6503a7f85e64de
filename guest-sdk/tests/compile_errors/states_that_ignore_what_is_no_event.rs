use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

struct Pong;

#[states]
enum Questions {
    #[state(ignore(Pong))]
    None,
}

fn main() {}
