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
    #[on(in Closed)]
    fn close(&mut self, _: Close) -> Next<Doors> {
        Next::goto(Doors::Locked)
    }
}

fn main() {}
