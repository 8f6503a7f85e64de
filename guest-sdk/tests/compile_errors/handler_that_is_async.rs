use coyote_guest::prelude::*;

#[event]
struct Ping;

#[states]
enum Light {
    On,
}

#[derive(Debug, Default)]
struct Server;

#[actor(states = Light)]
impl Server {
    #[on(in On)]
    async fn ping(&mut self, _: Ping) {}

    #[on(ignored)]
    async fn ignored(&mut self) {}
}

#[derive(Debug, Default)]
struct Client;

#[actor]
impl Client {
    #[on(halt)]
    async fn end(&mut self) {}
}

#[derive(Debug, Default)]
struct Watcher;

#[monitor]
impl Watcher {
    #[on]
    async fn ping(&mut self, _: Ping) {}
}

fn main() {}
