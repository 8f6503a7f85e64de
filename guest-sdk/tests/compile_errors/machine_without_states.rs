use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[state(goto(Open => Opened))]
    Closed,
    Opened,
}

#[derive(Debug, Default)]
struct Door;

#[actor(kind = "door")]
impl Door {
    #[on(entry in Opened)]
    fn enter(&mut self) {}
}

fn main() {}
