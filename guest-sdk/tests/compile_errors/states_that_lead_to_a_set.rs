use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[set(ignore(Close))]
    Locked,
    #[state(include(Locked), goto(Open => Locked))]
    Closed,
}

fn main() {}
