use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    None,
    Open(u32),
}

fn main() {}
