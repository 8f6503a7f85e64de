//! Whoever asks gets an answer, and not two.

use coyote_guest::prelude::*;
use hello_world_messages::{Asked, Got};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
struct Answered {
    asked: BTreeSet<ActorId>,
    got: BTreeSet<ActorId>,
}

#[states]
enum Pings {
    #[state(cold)]
    AllAnswered,
    /// The app must not come to rest here.
    #[state(hot)]
    Open,
}

#[monitor(states = Pings)]
impl Answered {
    #[on]
    fn asked(&mut self, asked: Asked) -> Pings {
        self.asked.insert(asked.client);
        Pings::Open
    }

    #[on]
    fn got(&mut self, got: Got) -> Option<Pings> {
        ensure!(self.got.insert(got.client), "a client got a second pong for one ping");
        (self.got.len() == self.asked.len()).then_some(Pings::AllAnswered)
    }
}
