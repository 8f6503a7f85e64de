use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[state(push(Open => Oped))]
    Closed,
}

fn main() {}
