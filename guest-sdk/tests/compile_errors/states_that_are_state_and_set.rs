use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[set(ignore(Close))]
    #[state(goto(Open => Closed))]
    Locked,
    Closed,
}

fn main() {}
