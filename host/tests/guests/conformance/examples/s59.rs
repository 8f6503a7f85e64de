//! Does what can be done with timers.

use conformance::{DONE, Done, Part, Tick};
use coyote_guest::prelude::*;

const TEN: Duration = Duration::from_millis(10);

#[derive(Debug)]
struct M {
    part: Part,
    timer: TimerId,
    ticks: u32,
}

#[actor]
impl M {
    #[on(init)]
    fn new(ctx: &Context, part: Part) -> Self {
        let tick = Tick { number: 7 };
        let timer = match part {
            Part::A | Part::G => ctx.start_periodic(TEN, TEN, tick),
            Part::C => ctx.start_periodic(TEN, Duration::ZERO, tick),
            _ => ctx.start_timer(TEN, tick),
        };
        match part {
            Part::A => ctx.stop_timer(timer),
            Part::H => {
                ctx.notify(DONE, Done);
                ctx.halt();
            }
            _ => {}
        }
        Self { part, timer, ticks: 0 }
    }

    #[on]
    fn tick(&mut self, ctx: &Context, tick: Tick) {
        ensure!(self.part != Part::H, "a tick after the halt");
        ensure!(tick.number == 7);
        self.ticks += 1;
        if self.part != Part::G {
            ctx.notify(DONE, Done);
        } else if self.ticks == 10 {
            ctx.stop_timer(self.timer);
            ctx.notify(DONE, Done);
        }
    }
}
