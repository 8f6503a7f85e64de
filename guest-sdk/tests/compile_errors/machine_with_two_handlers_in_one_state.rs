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
    #[on(in Closed, Opened)]
    fn close(&mut self, _: Close) {}

    #[on(in Opened)]
    fn close_again(&mut self, _: Close) {}
}

fn main() {}
