use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server {
    pings: u32,
}

#[actor]
impl Server {
    #[on]
    fn ping(&mut self, _: Ping) {
        coyote_guest::spawn(async { self.pings += 1 });
    }
}

fn main() {}
