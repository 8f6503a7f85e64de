use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

struct Pong;

#[actor]
impl Server {
    #[on]
    fn pong(&mut self, _: Pong) {}
}

fn main() {}
