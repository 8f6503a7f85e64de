use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[set(defer(Open))]
    Locked,
    #[state(include(Locked))]
    Closed,
}

#[derive(Debug, Default)]
struct Door;

#[actor(states = Doors)]
impl Door {
    #[on(in Locked)]
    fn open(&mut self, _: Open) {}
}

fn main() {}
