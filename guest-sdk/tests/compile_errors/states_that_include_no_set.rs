use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[state(include(Opened))]
    Closed,
    Opened,
}

fn main() {}
