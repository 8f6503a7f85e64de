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
    #[on(in None, Open)]
    fn asked(&mut self, _: Asked) {}

    #[on(in Open)]
    fn asked_again(&mut self, _: Asked) {}
}

fn main() {}
