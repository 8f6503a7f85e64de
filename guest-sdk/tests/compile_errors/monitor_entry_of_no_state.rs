use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[states]
enum Questions {
    #[state(cold)]
    None,
    #[state(hot)]
    Open,
}

#[monitor(states = Questions)]
impl Answered {
    #[on(entry)]
    fn opened(&mut self) {}
}

fn main() {}
