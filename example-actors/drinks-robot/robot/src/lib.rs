//! Gets an order from its navigator, goes there and serves. Its navigator may be replaced at any time.

use coyote_guest::{Event, prelude::*};
use drinks_robot_messages::{
    Busy, GetOrder, GetRoute, Idle, NavigatorReset, OrderConfirmed, OrderProduced, PROGRESS, Point,
    Register, RobotReady, Robotics, Route,
};

/// How long it takes from one point to the next.
const STEP: Duration = Duration::from_millis(500);

/// Its own timer: it has come to the next point.
#[event]
struct Moved;

#[states]
enum Stage {
    /// Below all others.
    #[state(defer(OrderProduced))]
    Init,
    /// Waits for an order.
    #[state(goto(OrderProduced => Executing))]
    Active,
    /// Waits for a route.
    #[state(goto(Route => Reaching))]
    Executing,
    Reaching,
    Moving,
}

#[derive(Debug)]
struct Robot {
    robotics: Robotics,
    navigator: Option<ActorId>,
    /// Whether an order was confirmed, which a new navigator is to know of.
    pending: bool,
    /// Where the order comes from.
    place: Option<Point>,
    /// The rest of the route, the next point last.
    route: Vec<Point>,
    timer: Option<TimerId>,
}

#[actor(states = Stage)]
impl Robot {
    #[on(init)]
    fn new(robotics: Robotics) -> Self {
        Self {
            robotics,
            navigator: None,
            pending: false,
            place: None,
            route: Vec::new(),
            timer: None,
        }
    }

    #[on(in Init)]
    fn register(&mut self, ctx: &Context, register: Register) -> Next<Stage> {
        if self.navigator.replace(register.navigator).is_none() {
            return Next::push(Stage::Active);
        }
        ctx.send(self.robotics.driver, NavigatorReset);
        if !self.pending {
            return Next::stay();
        }
        if let Some(timer) = self.timer.take() {
            ctx.stop_timer(timer);
        }
        ctx.notify(PROGRESS, Idle);
        Next::goto(Stage::Active)
    }

    #[on(entry in Active)]
    fn get_order(&mut self, ctx: &Context) {
        ctx.notify(PROGRESS, Busy);
        if !self.pending {
            self.ask(ctx, GetOrder);
        }
    }

    #[on(in Active)]
    fn order_confirmed(&mut self, ctx: &Context, _: OrderConfirmed) {
        self.pending = true;
        ctx.send(self.robotics.driver, RobotReady);
    }

    #[on(goto in Active)]
    fn order_produced(&mut self, ctx: &Context, order: OrderProduced) {
        self.place = Some(order.place);
        self.ask(ctx, GetRoute { place: order.place });
    }

    #[on(goto in Executing)]
    fn route(&mut self, route: Route) {
        self.route = route.points;
        self.route.reverse();
    }

    #[on(entry in Reaching)]
    fn set_out(&mut self, ctx: &Context) -> Stage {
        if self.robotics.clears_at_route {
            self.pending = false;
        }
        self.timer = Some(ctx.start_periodic(STEP, STEP, Moved));
        Stage::Moving
    }

    #[on(in Moving)]
    fn moved(&mut self, ctx: &Context, _: Moved) -> Option<Next<Stage>> {
        self.pending = false;
        let here = self.route.pop();
        if !self.route.is_empty() {
            return None;
        }
        ensure!(here == self.place, "served at {here:?}, ordered at {:?}", self.place);
        ctx.notify(PROGRESS, Idle);
        Some(Next::halt())
    }
}

impl Robot {
    fn ask(&self, ctx: &Context, event: impl Event) {
        if let Some(navigator) = self.navigator {
            ctx.send(navigator, event);
        }
    }
}
