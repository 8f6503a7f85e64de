//! What is said in coffee-machine: by driver, machine and sensors, and to the monitors.

use coyote_guest::{Event, prelude::*};

/// The first payload of the machine.
#[payload]
pub struct Parts {
    /// Who orders coffee.
    pub driver: ActorId,
    /// What the machine is made of.
    pub sensors: Sensors,
    /// The bug, if it is false: whether there are no beans if there are fewer than none.
    pub negative_is_empty: bool,
}

/// They are there before the machine, and after it.
#[payload]
#[derive(Copy)]
#[serde(rename_all = "kebab-case")]
pub struct Sensors {
    /// Water, heater and pump.
    pub water_tank: ActorId,
    /// Beans, grinder and filter.
    pub grinder: ActorId,
    /// The door.
    pub door: ActorId,
}

/// To the machine: an order.
#[event]
pub struct MakeCoffee {
    /// How many shots.
    pub shots: u32,
}

/// From the machine: the order is made.
#[event]
pub struct CoffeeCompleted;

/// To the machine: it is to switch all off and halt.
#[event]
pub struct Terminate;

/// From the machine: it has halted.
#[event]
pub struct Halted;

/// To every sensor: a new machine.
#[event]
pub struct Register {
    /// Who is told from now on.
    pub machine: ActorId,
}

/// Whom a sensor tells: the machine that has registered last.
#[derive(Debug, Default)]
pub struct Listener(Option<ActorId>);

impl Listener {
    /// It is this machine from now on.
    pub fn register(&mut self, register: &Register) {
        self.0 = Some(register.machine);
    }

    /// Tells it; nobody, if there is none.
    pub fn tell(&self, ctx: &Context, event: impl Event) {
        if let Some(machine) = self.0 {
            ctx.send(machine, event);
        }
    }
}

/// To the water tank.
#[event]
pub struct ReadWaterLevel;

/// From the water tank, when asked.
#[event]
pub struct WaterLevel {
    /// How many shots of water there are.
    pub level: u32,
}

/// To the water tank.
#[event]
pub struct ReadTemperature;

/// From the water tank, when asked, and when it is heated.
#[event]
pub struct Temperature {
    /// Of the water.
    pub celsius: u32,
}

/// From here on water makes coffee.
pub const HOT_CELSIUS: u32 = 100;

/// To the water tank.
#[event]
pub struct Heater {
    /// Whether to heat; else not to.
    pub on: bool,
}

/// From the water tank: the water is hot.
#[event]
pub struct WaterHot;

/// To the water tank.
#[event]
pub struct Pump {
    /// Whether to pump one shot; else not to.
    pub on: bool,
}

/// From the water tank: a shot was pumped.
#[event]
pub struct ShotComplete;

/// From the water tank: what was pumped was the last.
#[event]
pub struct WaterEmpty;

/// To the grinder.
#[event]
pub struct ReadBeanLevel;

/// From the grinder, when asked.
#[event]
pub struct BeanLevel {
    /// How many beans there are.
    pub level: i32,
}

/// To the grinder.
#[event]
pub struct ReadFilterLevel;

/// From the grinder, when asked, and when the filter is filled.
#[event]
pub struct FilterLevel {
    /// How much coffee is in the filter; it is full at [`FILTER_FULL`].
    pub level: i32,
}

/// What is in the filter if it is full.
pub const FILTER_FULL: i32 = 100;

/// To the grinder.
#[event]
pub struct Grind {
    /// Whether to grind; else not to.
    pub on: bool,
}

/// From the grinder: there are no beans left.
#[event]
pub struct HopperEmpty;

/// To the grinder: empty the filter.
#[event]
pub struct Dump;

/// To the door.
#[event]
pub struct ReadDoor;

/// From the door, when asked.
#[event]
pub struct DoorState {
    /// Whether it is open.
    pub open: bool,
}

/// The name of the monitor of the door.
pub const DOOR_SAFETY: &str = "door-safety";

/// To the monitor of the door: it is open.
#[event]
pub struct Opened;

/// The name of the monitor of the machine's progress.
pub const PROGRESS: &str = "progress";

/// To both monitors: something works.
#[event]
pub struct Busy;

/// To the monitor of progress: the machine waits for somebody.
#[event]
pub struct Idle;
