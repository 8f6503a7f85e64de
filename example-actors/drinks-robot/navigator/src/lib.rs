//! Finds out for the robot who wants a drink, and how to get there. What a successor is to know it stores.

use coyote_guest::{Event, prelude::*};
use drinks_robot_messages::{
    Delete, GetOrder, GetRoute, OrderConfirmed, OrderProduced, Read, Recognise, Recognised,
    Register, Route, Service, Terminate, Terminated, Value, WakeUp, Write, Written,
};

/// The stored order: who carries it out.
const ORDER: &str = "order";

#[states]
enum Stage {
    /// Below all others.
    Init,
    /// Until it is known whether there is an order.
    #[state(defer(GetOrder, Terminate))]
    Paused,
    Active,
}

#[derive(Debug)]
struct Navigator {
    service: Service,
    recogniser: ActorId,
    planner: ActorId,
    robot: Option<ActorId>,
}

#[actor(states = Stage)]
impl Navigator {
    #[on(init)]
    fn new(ctx: &Context, service: Service) -> Self {
        let recogniser = ctx.create_kind("recogniser", (ctx.id(), service.world));
        let planner = ctx.create_kind("planner", (ctx.id(), service.world));
        Self { service, recogniser, planner, robot: None }
    }

    #[on(entry in Init)]
    fn pause(&mut self) -> Next<Stage> {
        Next::push(Stage::Paused)
    }

    #[on(in Init)]
    fn terminate(&mut self, ctx: &Context, _: Terminate) -> Next<Stage> {
        ctx.send(self.recogniser, Halt);
        ctx.send(self.planner, Halt);
        ctx.send(self.service.driver, Terminated);
        Next::halt()
    }

    #[on(in Paused)]
    fn wake_up(&mut self, ctx: &Context, wake_up: WakeUp) {
        self.robot = Some(wake_up.robot);
        ctx.send(wake_up.robot, Register { navigator: ctx.id() });
        ctx.send(self.service.storage, Read { client: ctx.id(), key: ORDER.to_owned() });
    }

    #[on(in Paused)]
    fn value(&mut self, ctx: &Context, order: Value) -> Stage {
        if order.value.is_some() {
            ctx.send(self.recogniser, Recognise);
        }
        Stage::Active
    }

    #[on(in Active)]
    fn get_order(&mut self, ctx: &Context, _: GetOrder) {
        if let Some(robot) = self.robot {
            let write = Write { client: ctx.id(), key: ORDER.to_owned(), value: robot };
            ctx.send(self.service.storage, write);
        }
    }

    #[on(in Active)]
    fn written(&mut self, ctx: &Context, written: Written) {
        ensure!(!written.existed, "there is an order already");
        self.tell(ctx, OrderConfirmed);
        ctx.send(self.recogniser, Recognise);
    }

    #[on(in Active)]
    fn recognised(&mut self, ctx: &Context, recognised: Recognised) {
        self.tell(ctx, OrderProduced { place: recognised.place });
    }

    #[on(in Active)]
    fn get_route(&mut self, ctx: &Context, get_route: GetRoute) {
        ctx.send(self.planner, get_route);
    }

    /// With it the robot can do without a navigator.
    #[on(in Active)]
    fn route(&mut self, ctx: &Context, route: Route) {
        self.tell(ctx, route);
        ctx.send(self.service.storage, Delete { key: ORDER.to_owned() });
    }
}

impl Navigator {
    fn tell(&self, ctx: &Context, event: impl Event) {
        if let Some(robot) = self.robot {
            ctx.send(robot, event);
        }
    }
}
