//! Sets all up, and replaces the navigator once, while the robot has an order.

use coyote_guest::prelude::*;
use drinks_robot_messages::{
    NavigatorReset, RobotReady, Robotics, Service, Terminate, Terminated, WakeUp, World,
};

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    world: World,
    /// See [`Robotics`].
    clears_at_route: bool,
}

/// Its own timer: the navigator is to be replaced.
#[event]
struct Failover;

#[derive(Debug)]
struct Driver {
    world: World,
    storage: ActorId,
    robot: ActorId,
    navigator: ActorId,
    /// Whether the navigator has been, or is going to be, replaced.
    failover: bool,
}

#[actor]
impl Driver {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let Setup { world, clears_at_route } = setup;
        let storage = ctx.create_kind("storage", ());
        let robot = ctx.create_kind("robot", Robotics { driver: ctx.id(), clears_at_route });
        let navigator = wake_up_navigator(ctx, storage, world, robot);
        Self { world, storage, robot, navigator, failover: false }
    }

    /// The robot is ready again if the first navigator had not told it of an order that it had stored.
    #[on]
    fn robot_ready(&mut self, ctx: &Context, _: RobotReady) {
        if !std::mem::replace(&mut self.failover, true) {
            let after_ms = 500 + 100 * ctx.random_below(6);
            ctx.start_timer(Duration::from_millis(after_ms.into()), Failover);
        }
    }

    #[on]
    fn failover(&mut self, ctx: &Context, _: Failover) {
        ctx.send(self.navigator, Terminate);
    }

    #[on]
    fn terminated(&mut self, ctx: &Context, _: Terminated) {
        self.navigator = wake_up_navigator(ctx, self.storage, self.world, self.robot);
    }

    #[on]
    fn navigator_reset(&mut self, _: NavigatorReset) {
        info!("the robot has another navigator");
    }
}

fn wake_up_navigator(ctx: &Context, storage: ActorId, world: World, robot: ActorId) -> ActorId {
    let navigator = ctx.create_kind("navigator", Service { driver: ctx.id(), storage, world });
    ctx.send(navigator, WakeUp { robot });
    navigator
}
