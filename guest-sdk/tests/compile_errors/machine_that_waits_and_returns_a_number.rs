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
    #[on(entry in On)]
    async fn enter(&mut self, ctx: &Context) -> u32 {
        ctx.receive::<Ping>().await;
        0
    }

    #[on(exit in On)]
    async fn leave(&mut self, ctx: &Context) -> Light {
        ctx.receive::<Ping>().await;
        Light::On
    }
}

fn main() {}
