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
    #[on(goto in Closed)]
    fn opening(&mut self, _: Open) -> Doors {
        Doors::Closed
    }
}

fn main() {}
