use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on(init)]
    fn new() -> Self {
        Self
    }

    #[on(init)]
    fn start(&mut self) {}
}

fn main() {}
