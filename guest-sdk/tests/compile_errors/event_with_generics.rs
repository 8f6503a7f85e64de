use coyote_guest::prelude::*;

#[event]
struct Ping<T> {
    content: T,
}

fn main() {}
