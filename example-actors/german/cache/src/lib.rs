//! Asks for a copy if it has none that will do.

use coyote_guest::prelude::*;
use german_messages::{Ack, Ask, GaveUp, Grant, HOLDERS, Holds, Invalidate, Want};

#[payload]
struct Setup {
    home: ActorId,
}

#[states]
enum Progress {
    Ready,
    /// The home has been asked.
    #[state(defer(Want))]
    Waiting,
}

#[derive(Debug)]
struct Cache {
    home: ActorId,
    copy: Held,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    None,
    Shared,
    Exclusive,
}

impl Held {
    fn new(exclusive: bool) -> Self {
        if exclusive { Self::Exclusive } else { Self::Shared }
    }
}

#[actor(states = Progress)]
impl Cache {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { home: setup.home, copy: Held::None }
    }

    #[on(in Ready)]
    fn want(&mut self, ctx: &Context, want: Want) -> Option<Progress> {
        let Want { exclusive } = want;
        if self.copy >= Held::new(exclusive) {
            return None;
        }
        ctx.send(self.home, Ask { cache: ctx.id(), exclusive });
        Some(Progress::Waiting)
    }

    #[on(in Waiting)]
    fn grant(&mut self, ctx: &Context, grant: Grant) -> Progress {
        let Grant { exclusive } = grant;
        self.copy = Held::new(exclusive);
        ctx.notify(HOLDERS, Holds { cache: ctx.id(), exclusive });
        Progress::Ready
    }

    #[on]
    fn invalidate(&mut self, ctx: &Context, _: Invalidate) {
        self.copy = Held::None;
        ctx.notify(HOLDERS, GaveUp { cache: ctx.id() });
        ctx.send(self.home, Ack { cache: ctx.id() });
    }
}
