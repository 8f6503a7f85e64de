//! Creates a ring of processes, and lets each count on when all have counted.

use bounded_async_messages::{Neighbours, Req, Resp, Rules, Setup};
use coyote_guest::prelude::*;

#[payload]
struct Size {
    processes: usize,
    rules: Rules,
}

#[derive(Debug)]
struct Scheduler {
    processes: Vec<ActorId>,
    last: u32,
    /// How many rounds have begun.
    rounds: u32,
    /// How many processes have counted in this one.
    counted: usize,
}

#[actor]
impl Scheduler {
    #[on(init)]
    fn new(ctx: &Context, size: Size) -> Self {
        let Size { processes: count, rules } = size;
        let setup = Setup { scheduler: ctx.id(), rules };
        let create = |_| ctx.create_kind("process", setup.clone());
        let processes: Vec<_> = (0..count).map(create).collect();
        for (index, &process) in processes.iter().enumerate() {
            let left = processes[(index + count - 1) % count];
            let right = processes[(index + 1) % count];
            ctx.send(process, Neighbours { left, right });
        }
        let mut scheduler = Self { processes, last: rules.last, rounds: 0, counted: 0 };
        scheduler.begin_round(ctx);
        scheduler
    }

    #[on]
    fn req(&mut self, ctx: &Context, _: Req) {
        self.counted += 1;
        if self.counted < self.processes.len() {
            return;
        }
        if self.rounds == self.last {
            ctx.halt();
        } else {
            self.begin_round(ctx);
        }
    }
}

impl Scheduler {
    fn begin_round(&mut self, ctx: &Context) {
        self.rounds += 1;
        self.counted = 0;
        for &process in &self.processes {
            ctx.send(process, Resp);
        }
    }
}
