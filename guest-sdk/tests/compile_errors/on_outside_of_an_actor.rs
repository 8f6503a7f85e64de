use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

impl Server {
    #[on]
    fn ping(&mut self, _: Ping) {}
}

fn main() {}
