//! Knows who has copies, and serves one request at a time.

use coyote_guest::prelude::*;
use german_messages::{Ack, Ask, Grant, Invalidate};
use std::collections::BTreeSet;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// The bug, if it is false: whether everybody has given up its copy before the next one is granted.
    waits_for_all: bool,
}

#[states]
enum Service {
    Idle,
    /// Waits until copies are given up.
    #[state(defer(Ask))]
    Invalidating,
}

#[derive(Debug)]
struct Home {
    setup: Setup,
    holders: BTreeSet<ActorId>,
    /// Whether the holder may write.
    is_exclusive: bool,
    /// What is granted next.
    asked: Option<Ask>,
}

#[actor(states = Service)]
impl Home {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, holders: BTreeSet::new(), is_exclusive: false, asked: None }
    }

    #[on(in Idle)]
    fn ask(&mut self, ctx: &Context, ask: Ask) -> Option<Service> {
        let are_readers = !ask.exclusive && !self.is_exclusive;
        if are_readers || self.holders.is_empty() {
            self.grant(ctx, &ask);
            return None;
        }
        for &holder in &self.holders {
            ctx.send(holder, Invalidate);
        }
        self.asked = Some(ask);
        Some(Service::Invalidating)
    }

    #[on]
    fn ack(&mut self, ctx: &Context, ack: Ack) -> Option<Service> {
        self.holders.remove(&ack.cache);
        if self.setup.waits_for_all && !self.holders.is_empty() {
            return None;
        }
        let ask = self.asked.take()?;
        self.grant(ctx, &ask);
        Some(Service::Idle)
    }
}

impl Home {
    fn grant(&mut self, ctx: &Context, ask: &Ask) {
        self.holders.insert(ask.cache);
        self.is_exclusive = ask.exclusive;
        ctx.send(ask.cache, Grant { exclusive: ask.exclusive });
    }
}
