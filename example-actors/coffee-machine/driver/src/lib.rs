//! Tests machines, one after the other: orders coffee, and terminates a machine that takes too long.

use coffee_machine_messages::{CoffeeCompleted, Halted, MakeCoffee, Parts, Sensors, Terminate};
use coyote_guest::prelude::*;

/// Longest wait for an order, in seconds; how long it is is drawn.
const PATIENCE_MAX: u32 = 7;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    sensors: Sensors,
    /// How many machines.
    machines: u32,
    /// Most shots of an order; how many there are is drawn.
    shots_max: u32,
    /// See [`Parts`].
    negative_is_empty: bool,
}

/// Its own timer: the order takes too long.
#[event]
struct TimedOut;

#[states]
enum Stage {
    Testing,
    /// A machine is to halt; it may have made its coffee before it knows.
    #[state(ignore(CoffeeCompleted), goto(Halted => Testing))]
    Stopping,
}

#[derive(Debug)]
struct Driver {
    setup: Setup,
    /// How many machines there were.
    machines: u32,
    /// The present one, and how long it has.
    test: Option<(ActorId, TimerId)>,
}

#[actor(states = Stage)]
impl Driver {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, machines: 0, test: None }
    }

    #[on(entry in Testing)]
    fn test(&mut self, ctx: &Context) -> Option<Next<Stage>> {
        let Setup { sensors, machines, shots_max, negative_is_empty } = self.setup;
        if self.machines == machines {
            for sensor in [sensors.water_tank, sensors.grinder, sensors.door] {
                ctx.send(sensor, Halt);
            }
            return Some(Next::halt());
        }
        self.machines += 1;
        let parts = Parts { driver: ctx.id(), sensors, negative_is_empty };
        let machine = ctx.create_kind("machine", parts);
        ctx.send(machine, MakeCoffee { shots: 1 + ctx.random_below(shots_max) });
        let patience = Duration::from_secs((1 + ctx.random_below(PATIENCE_MAX)).into());
        self.test = Some((machine, ctx.start_timer(patience, TimedOut)));
        None
    }

    #[on(in Testing)]
    fn coffee_completed(&mut self, ctx: &Context, _: CoffeeCompleted) -> Stage {
        if let Some((_, timer)) = self.test {
            ctx.stop_timer(timer);
        }
        Stage::Testing
    }

    #[on(in Testing)]
    fn timed_out(&mut self, ctx: &Context, _: TimedOut) -> Stage {
        if let Some((machine, _)) = self.test {
            ctx.send(machine, Terminate);
        }
        Stage::Stopping
    }
}
