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

#[monitor(kind = "answered")]
impl Answered {
    #[on]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
