//! Holds a number.

use coyote_guest::prelude::*;
use sort_ring_messages::{Collect, Collected, Compare, Done, Keep, Offer, Setup};

#[derive(Debug)]
struct Cell {
    setup: Setup,
    value: u32,
}

#[actor]
impl Cell {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        let value = setup.value;
        Self { setup, value }
    }

    #[on]
    fn compare(&mut self, ctx: &Context, _: Compare) {
        if let Some(right) = self.setup.right {
            ctx.send(right, Offer { from: ctx.id(), value: self.value });
        }
    }

    #[on]
    fn offer(&mut self, ctx: &Context, offer: Offer) {
        let Offer { from, value } = offer;
        if !self.setup.left_reports {
            ctx.send(self.setup.master, Done);
        }
        ctx.send(from, Keep { smaller: value.min(self.value) });
        self.value = value.max(self.value);
    }

    #[on]
    fn keep(&mut self, ctx: &Context, keep: Keep) {
        self.value = keep.smaller;
        if self.setup.left_reports {
            ctx.send(self.setup.master, Done);
        }
    }

    #[on]
    fn collect(&mut self, ctx: &Context, _: Collect) {
        ctx.send(self.setup.master, Collected { cell: ctx.id(), value: self.value });
    }
}
