use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on(start)]
    fn start(&mut self) {}
}

fn main() {}
