use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

enum Questions {
    Open,
}

#[monitor(states = Questions)]
impl Answered {
    #[on(in Open)]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
