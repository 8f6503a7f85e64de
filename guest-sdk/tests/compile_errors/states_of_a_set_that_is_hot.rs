use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[set(hot)]
    Locked,
    Closed,
}

fn main() {}
