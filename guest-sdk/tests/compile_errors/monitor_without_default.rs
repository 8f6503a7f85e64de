use coyote_guest::prelude::*;

#[event]
struct Asked;

#[derive(Debug)]
struct Answered;

#[monitor]
impl Answered {
    #[on]
    fn asked(&mut self, _: Asked) {}
}

fn main() {}
