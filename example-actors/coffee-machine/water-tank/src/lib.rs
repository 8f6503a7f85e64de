//! Water, its heater and its pump.

use coffee_machine_messages::{
    Busy, DOOR_SAFETY, HOT_CELSIUS, Heater, Listener, Pump, ReadTemperature, ReadWaterLevel,
    Register, ShotComplete, Temperature, WaterEmpty, WaterHot, WaterLevel,
};
use coyote_guest::prelude::*;

/// How often the temperature rises.
const HEATER_PERIOD: Duration = Duration::from_millis(100);

/// How long it takes to pump a shot.
const SHOT: Duration = Duration::from_secs(1);

#[payload]
struct Setup {
    /// How many shots of water there are; drawn if it is not said.
    level: Option<u32>,
    /// Drawn if it is not said.
    celsius: Option<u32>,
}

/// Its own timer: the water is warmer.
#[event]
struct Heated;

/// Its own timer: a shot was pumped.
#[event]
struct Pumped;

#[derive(Debug)]
struct WaterTank {
    level: u32,
    celsius: u32,
    listener: Listener,
    heater: Option<TimerId>,
    pump: Option<TimerId>,
}

#[actor]
impl WaterTank {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        Self {
            level: setup.level.unwrap_or_else(|| ctx.random_below(100)),
            celsius: setup.celsius.unwrap_or_else(|| 20 + ctx.random_below(30)),
            listener: Listener::default(),
            heater: None,
            pump: None,
        }
    }

    #[on]
    fn register(&mut self, register: Register) {
        self.listener.register(&register);
    }

    #[on]
    fn read_water_level(&mut self, ctx: &Context, _: ReadWaterLevel) {
        self.listener.tell(ctx, WaterLevel { level: self.level });
    }

    #[on]
    fn read_temperature(&mut self, ctx: &Context, _: ReadTemperature) {
        self.listener.tell(ctx, Temperature { celsius: self.celsius });
    }

    #[on]
    fn heater(&mut self, ctx: &Context, heater: Heater) {
        self.stop_heater(ctx);
        if heater.on {
            ensure!(self.level > 0, "the heater is on without water");
            ctx.notify(DOOR_SAFETY, Busy);
            self.heater = Some(ctx.start_periodic(HEATER_PERIOD, HEATER_PERIOD, Heated));
        }
    }

    /// To heat 80 degrees is as long as to heat one, or there would be many equal steps.
    #[on]
    fn heated(&mut self, ctx: &Context, _: Heated) {
        if self.celsius < HOT_CELSIUS {
            self.celsius = self.celsius.max(HOT_CELSIUS - 1) + 10;
            self.listener.tell(ctx, Temperature { celsius: self.celsius });
        }
        if self.celsius >= HOT_CELSIUS {
            self.listener.tell(ctx, WaterHot);
            self.stop_heater(ctx);
        }
    }

    #[on]
    fn pump(&mut self, ctx: &Context, pump: Pump) {
        if let Some(timer) = self.pump.take() {
            ctx.stop_timer(timer);
        }
        if pump.on {
            ensure!(self.level > 0, "the pump is on without water");
            ctx.notify(DOOR_SAFETY, Busy);
            self.pump = Some(ctx.start_timer(SHOT, Pumped));
        }
    }

    #[on]
    fn pumped(&mut self, ctx: &Context, _: Pumped) {
        self.pump = None;
        self.level -= 1;
        if self.level > 0 {
            self.listener.tell(ctx, ShotComplete);
        } else {
            self.listener.tell(ctx, WaterEmpty);
        }
    }
}

impl WaterTank {
    fn stop_heater(&mut self, ctx: &Context) {
        if let Some(timer) = self.heater.take() {
            ctx.stop_timer(timer);
        }
    }
}
