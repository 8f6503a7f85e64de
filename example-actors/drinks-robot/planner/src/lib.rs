//! Knows how to get everywhere, in a few points or many.

use coyote_guest::prelude::*;
use drinks_robot_messages::{GetRoute, Point, Route, World};

#[derive(Debug)]
struct Planner {
    navigator: ActorId,
    world: World,
}

#[actor]
impl Planner {
    #[on(init)]
    fn new(setup: (ActorId, World)) -> Self {
        let (navigator, world) = setup;
        Self { navigator, world }
    }

    #[on]
    fn get_route(&mut self, ctx: &Context, get_route: GetRoute) {
        let between = ctx.random_below(self.world.points_max);
        let mut points: Vec<_> = (0..between).map(|_| Point::draw(ctx, self.world.width)).collect();
        points.push(get_route.place);
        ctx.send(self.navigator, Route { points });
    }
}
