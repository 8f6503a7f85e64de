use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on]
    fn any<E: Event>(&mut self, _: E) {}
}

fn main() {}
