//! Counts in step with its neighbours.

use bounded_async_messages::{Count, Neighbours, Req, Resp, Setup};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Process {
    setup: Setup,
    neighbours: Option<Neighbours>,
    count: u32,
}

#[actor]
impl Process {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, neighbours: None, count: 0 }
    }

    #[on]
    fn neighbours(&mut self, neighbours: Neighbours) {
        self.neighbours = Some(neighbours);
    }

    #[on]
    fn resp(&mut self, ctx: &Context, _: Resp) {
        self.count += 1;
        let Setup { scheduler, rules } = self.setup;
        if rules.counts_first {
            self.tell_neighbours(ctx);
            ctx.send(scheduler, Req);
        } else {
            ctx.send(scheduler, Req);
            self.tell_neighbours(ctx);
        }
        if self.count == rules.last {
            ctx.halt();
        }
    }

    /// A neighbour is as far, or has heard of the new round before.
    #[on]
    fn count(&mut self, count: Count) {
        let Count { n } = count;
        let own = self.count;
        ensure!(own == n || own + 1 == n, "at {own}, and told of {n}");
    }
}

impl Process {
    fn tell_neighbours(&self, ctx: &Context) {
        let Some(Neighbours { left, right }) = self.neighbours else { return };
        for neighbour in [left, right] {
            ctx.send(neighbour, Count { n: self.count });
        }
    }
}
