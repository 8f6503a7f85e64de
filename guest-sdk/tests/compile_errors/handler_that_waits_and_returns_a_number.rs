use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on]
    async fn ping(&mut self, _: Ping) -> u32 {
        0
    }
}

fn main() {}
