//! Sends events, as the environment does.

use conformance::{E1, E2, E3, E4, H, U};
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    to: ActorId,
    send: Vec<What>,
}

#[payload]
#[serde(rename_all = "kebab-case")]
enum What {
    E1,
    E2,
    E3,
    E4,
    U,
    H,
    Halt,
}

#[derive(Debug)]
struct Env;

#[actor]
impl Env {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        for what in setup.send {
            match what {
                What::E1 => ctx.send(setup.to, E1),
                What::E2 => ctx.send(setup.to, E2),
                What::E3 => ctx.send(setup.to, E3),
                What::E4 => ctx.send(setup.to, E4),
                What::U => ctx.send(setup.to, U),
                What::H => ctx.send_with(setup.to, H, SendOptions::new().must_handle()),
                What::Halt => ctx.send(setup.to, Halt),
            }
        }
        Self
    }
}
