use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug, Default)]
struct Answered;

#[actor]
impl Answered {
    #[on(in Open)]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
