//! Beans, and the filter that they are ground into.

use coffee_machine_messages::{
    BeanLevel, Busy, DOOR_SAFETY, Dump, FILTER_FULL, FilterLevel, Grind, HopperEmpty, Listener,
    ReadBeanLevel, ReadFilterLevel, Register,
};
use coyote_guest::prelude::*;

/// How often some beans are ground.
const PERIOD: Duration = Duration::from_millis(100);

#[payload]
struct Setup {
    /// How many beans there are; drawn if it is not said.
    beans: Option<u32>,
}

/// Its own timer: some beans are ground.
#[event]
struct Ground;

#[derive(Debug)]
struct Grinder {
    /// Below zero if more were ground than there were: nobody counts beans that well.
    beans: i32,
    filter: i32,
    listener: Listener,
    timer: Option<TimerId>,
}

#[actor]
impl Grinder {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let beans = setup.beans.unwrap_or_else(|| ctx.random_below(100));
        Self { beans: beans.cast_signed(), filter: 0, listener: Listener::default(), timer: None }
    }

    #[on]
    fn register(&mut self, register: Register) {
        self.listener.register(&register);
    }

    #[on]
    fn read_bean_level(&mut self, ctx: &Context, _: ReadBeanLevel) {
        self.listener.tell(ctx, BeanLevel { level: self.beans });
    }

    #[on]
    fn read_filter_level(&mut self, ctx: &Context, _: ReadFilterLevel) {
        self.listener.tell(ctx, FilterLevel { level: self.filter });
    }

    #[on]
    fn grind(&mut self, ctx: &Context, grind: Grind) {
        self.stop(ctx);
        if grind.on {
            ensure!(self.beans > 0, "the grinder is on without beans");
            ctx.notify(DOOR_SAFETY, Busy);
            self.timer = Some(ctx.start_periodic(PERIOD, PERIOD, Ground));
        }
    }

    /// Fills the filter nearly at once, or there would be many equal steps.
    #[on]
    fn ground(&mut self, ctx: &Context, _: Ground) {
        let missing = (FILTER_FULL - 2 - self.filter).max(0);
        self.beans -= missing + 1;
        if self.filter < FILTER_FULL {
            self.filter = self.filter.max(FILTER_FULL - 1) + 10;
            self.listener.tell(ctx, FilterLevel { level: self.filter });
        }
        if self.beans <= 0 {
            self.listener.tell(ctx, HopperEmpty);
            self.stop(ctx);
        }
    }

    #[on]
    fn dump(&mut self, _: Dump) {
        self.filter = 0;
    }
}

impl Grinder {
    fn stop(&mut self, ctx: &Context) {
        if let Some(timer) = self.timer.take() {
            ctx.stop_timer(timer);
        }
    }
}
