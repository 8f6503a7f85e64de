use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    None,
    #[state(ignore(Asked))]
    Open,
}

#[monitor(states = Questions)]
impl Answered {
    #[on(in Open)]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
