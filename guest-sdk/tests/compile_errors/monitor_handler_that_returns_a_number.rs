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
    #[on]
    fn asked(&mut self, _: Asked) -> u32 {
        1
    }
}

fn main() {}
