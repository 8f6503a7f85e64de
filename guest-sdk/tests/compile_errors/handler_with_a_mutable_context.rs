use coyote_guest::prelude::*;

#[event]
struct Ping;

#[derive(Debug, Default)]
struct Server;

#[actor]
impl Server {
    #[on]
    fn ping(&mut self, ctx: &mut Context, _: Ping) {}
}

fn main() {}
