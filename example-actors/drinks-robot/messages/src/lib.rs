//! What is said in drinks-robot: by driver, robot, navigator, its helpers and storage, and to the monitor.

use coyote_guest::prelude::*;

/// Where somebody or something is.
#[payload]
#[derive(Copy, PartialEq, Eq)]
pub struct Point {
    /// To the east.
    pub x: u32,
    /// To the north.
    pub y: u32,
}

impl Point {
    /// Any point of a square.
    #[must_use]
    pub fn draw(ctx: &Context, width: u32) -> Self {
        Self { x: ctx.random_below(width), y: ctx.random_below(width) }
    }
}

/// What surrounds the robot.
#[payload]
#[derive(Copy)]
#[serde(rename_all = "kebab-case")]
pub struct World {
    /// Of the square in which all happens.
    pub width: u32,
    /// Most points of a route.
    pub points_max: u32,
    /// How long it takes to recognise somebody; 0: no time.
    pub recognition_ms: u32,
}

/// The first payload of the navigator.
#[payload]
pub struct Service {
    /// Who is told of its end.
    pub driver: ActorId,
    /// What is to survive its end is there.
    pub storage: ActorId,
    /// What its helpers find.
    pub world: World,
}

/// The first payload of the robot.
#[payload]
pub struct Robotics {
    /// Who is told of orders and navigators.
    pub driver: ActorId,
    /// The bug, if it is false: whether an order is no longer pending as soon as there is a route.
    pub clears_at_route: bool,
}

/// From the driver to a navigator: it is needed.
#[event]
pub struct WakeUp {
    /// By whom.
    pub robot: ActorId,
}

/// From a navigator to the robot: it serves from now on.
#[event]
pub struct Register {
    /// Who.
    pub navigator: ActorId,
}

/// From the robot to the navigator: is there an order?
#[event]
pub struct GetOrder;

/// From the navigator to the robot: there is one, and it is not lost.
#[event]
pub struct OrderConfirmed;

/// From the navigator to the robot: the order.
#[event]
pub struct OrderProduced {
    /// Where it comes from.
    pub place: Point,
}

/// From the robot to the navigator: how does it get there?
#[event]
pub struct GetRoute {
    /// Where.
    pub place: Point,
}

/// From the planner to the navigator, and from the navigator to the robot.
#[event]
pub struct Route {
    /// One after the other; the last is the place.
    pub points: Vec<Point>,
}

/// From the robot to the driver: it has an order.
#[event]
pub struct RobotReady;

/// From the robot to the driver: it has another navigator.
#[event]
pub struct NavigatorReset;

/// From the driver to a navigator: it is to halt.
#[event]
pub struct Terminate;

/// From a navigator to the driver: it has halted.
#[event]
pub struct Terminated;

/// From the navigator to the recogniser: who wants a drink?
#[event]
pub struct Recognise;

/// From the recogniser to the navigator: somebody.
#[event]
pub struct Recognised {
    /// Where.
    pub place: Point,
}

/// To the storage.
#[event]
pub struct Read {
    /// Who waits for [`Value`].
    pub client: ActorId,
    /// What is read.
    pub key: String,
}

/// From the storage.
#[event]
pub struct Value {
    /// What is there, if something is.
    pub value: Option<ActorId>,
}

/// To the storage.
#[event]
pub struct Write {
    /// Who waits for [`Written`].
    pub client: ActorId,
    /// What is written.
    pub key: String,
    /// What is to be there.
    pub value: ActorId,
}

/// From the storage.
#[event]
pub struct Written {
    /// Whether something was there before.
    pub existed: bool,
}

/// To the storage.
#[event]
pub struct Delete {
    /// What is deleted.
    pub key: String,
}

/// The name of the monitor.
pub const PROGRESS: &str = "progress";

/// To the monitor: the robot waits for an order, or is on its way.
#[event]
pub struct Busy;

/// To the monitor: it has served, or begins anew.
#[event]
pub struct Idle;
