use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[event(kind = "ping")]
struct Pong;

#[actor]
impl Server {
    #[on]
    fn ping(&mut self, _: Ping) {}

    #[on]
    fn pong(&mut self, _: Pong) {}
}

fn main() {}
