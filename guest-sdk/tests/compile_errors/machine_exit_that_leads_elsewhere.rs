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

#[actor(states = Doors)]
impl Door {
    #[on(exit in Opened)]
    fn leave(&mut self) -> Next<Doors> {
        Next::raise(Open)
    }
}

fn main() {}
