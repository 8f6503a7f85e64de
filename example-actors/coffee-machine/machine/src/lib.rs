//! Makes coffee, if there is water, there are beans, and the door is closed.

use coffee_machine_messages::{
    BeanLevel, Busy, CoffeeCompleted, DoorState, Dump, FILTER_FULL, FilterLevel, Grind,
    HOT_CELSIUS, Halted, Heater, HopperEmpty, Idle, MakeCoffee, PROGRESS, Parts, Pump,
    ReadBeanLevel, ReadDoor, ReadFilterLevel, ReadTemperature, ReadWaterLevel, Register,
    ShotComplete, Temperature, Terminate, WaterEmpty, WaterHot, WaterLevel,
};
use coyote_guest::prelude::*;

/// What is read before anything is switched on: water, beans, filter, door.
const READINGS: u32 = 4;

#[states]
enum Stage {
    #[set(defer(MakeCoffee))]
    NotReady,
    /// The tank may tell more often than once that the water is hot.
    #[set(ignore(Temperature, WaterHot))]
    Hot,
    /// The last beans may have filled the filter.
    #[set(ignore(FilterLevel, HopperEmpty))]
    Ground,
    /// Until somebody comes. Some sensors may not have answered.
    #[set(ignore(WaterLevel, BeanLevel, DoorState))]
    Stuck,

    #[state(include(NotReady))]
    Init,
    #[state(include(NotReady))]
    CheckingSensors,
    #[state(include(NotReady))]
    Heating,
    #[state(include(Hot, Ground), goto(MakeCoffee => Grinding))]
    Ready,
    #[state(include(NotReady, Hot), goto(HopperEmpty => RefillRequired))]
    Grinding,
    #[state(include(NotReady, Hot, Ground), goto(WaterEmpty => RefillRequired))]
    MakingShots,
    #[state(include(NotReady, Hot, Ground))]
    CleaningUp,
    #[state(include(NotReady, Hot, Ground, Stuck))]
    RefillRequired,
    #[state(include(NotReady, Hot, Ground, Stuck))]
    Error,
}

#[derive(Debug)]
struct Machine {
    parts: Parts,
    /// How many sensors have been read.
    readings: u32,
    shots_ordered: u32,
    shots_made: u32,
}

#[actor(states = Stage)]
impl Machine {
    #[on(init)]
    fn new(parts: Parts) -> Self {
        Self { parts, readings: 0, shots_ordered: 0, shots_made: 0 }
    }

    #[on(entry in Init)]
    fn register(&mut self, ctx: &Context) -> Stage {
        let sensors = self.parts.sensors;
        for sensor in [sensors.water_tank, sensors.grinder, sensors.door] {
            ctx.send(sensor, Register { machine: ctx.id() });
        }
        Stage::CheckingSensors
    }

    #[on(entry in CheckingSensors)]
    fn check_sensors(&mut self, ctx: &Context) {
        self.switch_all_off(ctx);
        let sensors = self.parts.sensors;
        ctx.send(sensors.water_tank, ReadWaterLevel);
        ctx.send(sensors.grinder, ReadBeanLevel);
        ctx.send(sensors.grinder, ReadFilterLevel);
        ctx.send(sensors.door, ReadDoor);
    }

    #[on(in CheckingSensors)]
    fn water_level(&mut self, water: WaterLevel) -> Option<Stage> {
        if water.level == 0 { Some(Stage::RefillRequired) } else { self.reading() }
    }

    #[on(in CheckingSensors)]
    fn bean_level(&mut self, beans: BeanLevel) -> Option<Stage> {
        let negative_is_empty = self.parts.negative_is_empty;
        let empty = if negative_is_empty { beans.level <= 0 } else { beans.level == 0 };
        if empty { Some(Stage::RefillRequired) } else { self.reading() }
    }

    #[on(in CheckingSensors)]
    fn old_grounds(&mut self, ctx: &Context, filter: FilterLevel) -> Option<Stage> {
        if filter.level > 0 {
            ctx.send(self.parts.sensors.grinder, Dump);
        }
        self.reading()
    }

    #[on(in CheckingSensors)]
    fn door_state(&mut self, door: DoorState) -> Option<Stage> {
        if door.open { Some(Stage::Error) } else { self.reading() }
    }

    #[on(entry in Heating)]
    fn start_heating(&mut self, ctx: &Context) {
        ctx.notify(PROGRESS, Busy);
        ctx.send(self.parts.sensors.water_tank, ReadTemperature);
    }

    #[on(in Heating)]
    fn temperature(&mut self, ctx: &Context, water: Temperature) -> Option<Next<Stage>> {
        if water.celsius >= HOT_CELSIUS {
            return Some(Next::raise(WaterHot));
        }
        ctx.send(self.parts.sensors.water_tank, Heater { on: true });
        None
    }

    #[on(in Heating)]
    fn water_hot(&mut self, ctx: &Context, _: WaterHot) -> Stage {
        ctx.send(self.parts.sensors.water_tank, Heater { on: false });
        Stage::Ready
    }

    #[on(entry in Ready, Stuck)]
    fn wait(&mut self, ctx: &Context) {
        ctx.notify(PROGRESS, Idle);
    }

    #[on(goto in Ready)]
    fn make_coffee(&mut self, order: MakeCoffee) {
        self.shots_ordered = order.shots;
        self.shots_made = 0;
    }

    #[on(entry in Grinding)]
    fn start_grinding(&mut self, ctx: &Context) {
        ctx.notify(PROGRESS, Busy);
        ctx.send(self.parts.sensors.grinder, Grind { on: true });
    }

    #[on(in Grinding)]
    fn filter_level(&mut self, ctx: &Context, filter: FilterLevel) -> Option<Stage> {
        (filter.level >= FILTER_FULL).then(|| {
            ctx.send(self.parts.sensors.grinder, Grind { on: false });
            Stage::MakingShots
        })
    }

    #[on(entry in MakingShots)]
    fn pump(&mut self, ctx: &Context) {
        ctx.send(self.parts.sensors.water_tank, Pump { on: true });
    }

    #[on(in MakingShots)]
    fn shot_complete(&mut self, _: ShotComplete) -> Stage {
        self.shots_made += 1;
        ensure!(self.shots_made <= self.shots_ordered, "a shot that was not ordered");
        if self.shots_made < self.shots_ordered { Stage::MakingShots } else { Stage::CleaningUp }
    }

    #[on(entry in CleaningUp)]
    fn clean_up(&mut self, ctx: &Context) -> Stage {
        ctx.send(self.parts.sensors.grinder, Dump);
        ctx.send(self.parts.driver, CoffeeCompleted);
        Stage::Ready
    }

    #[on]
    fn terminate(&mut self, ctx: &Context, _: Terminate) -> Next<Stage> {
        self.switch_all_off(ctx);
        Next::halt()
    }

    #[on(halt)]
    fn halted(&mut self, ctx: &Context) {
        ctx.notify(PROGRESS, Idle);
        ctx.send(self.parts.driver, Halted);
    }
}

impl Machine {
    fn switch_all_off(&self, ctx: &Context) {
        let sensors = self.parts.sensors;
        ctx.send(sensors.water_tank, Heater { on: false });
        ctx.send(sensors.water_tank, Pump { on: false });
        ctx.send(sensors.grinder, Grind { on: false });
    }

    /// A sensor has nothing against it.
    fn reading(&mut self) -> Option<Stage> {
        self.readings += 1;
        (self.readings == READINGS).then_some(Stage::Heating)
    }
}
