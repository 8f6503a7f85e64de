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

#[monitor]
impl Answered {
    #[on(in Open)]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
