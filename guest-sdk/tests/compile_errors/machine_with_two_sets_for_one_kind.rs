use coyote_guest::prelude::*;

#[event]
struct Open;

#[event]
struct Close;

#[states]
enum Doors {
    #[set(ignore(Open))]
    Locked,
    #[set]
    Broken,
    #[state(include(Locked, Broken))]
    Closed,
}

#[derive(Debug, Default)]
struct Door;

#[actor(states = Doors)]
impl Door {
    #[on(in Broken)]
    fn open(&mut self, _: Open) {}
}

fn main() {}
