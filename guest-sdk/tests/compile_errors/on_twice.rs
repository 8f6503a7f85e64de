use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on]
    #[on(any)]
    fn ping(&mut self, _: Ping) {}
}

fn main() {}
