//! Recognises who wants a drink. That takes time.

use coyote_guest::prelude::*;
use drinks_robot_messages::{Point, Recognise, Recognised, World};

/// Its own timer: it has recognised somebody.
#[event]
struct Done;

#[derive(Debug)]
struct Recogniser {
    navigator: ActorId,
    world: World,
}

#[actor]
impl Recogniser {
    #[on(init)]
    fn new(setup: (ActorId, World)) -> Self {
        let (navigator, world) = setup;
        Self { navigator, world }
    }

    #[on]
    fn recognise(&mut self, ctx: &Context, _: Recognise) {
        if self.world.recognition_ms == 0 {
            self.answer(ctx);
        } else {
            let time = Duration::from_millis(self.world.recognition_ms.into());
            ctx.start_timer(time, Done);
        }
    }

    #[on]
    fn done(&mut self, ctx: &Context, _: Done) {
        self.answer(ctx);
    }
}

impl Recogniser {
    fn answer(&self, ctx: &Context) {
        ctx.send(self.navigator, Recognised { place: Point::draw(ctx, self.world.width) });
    }
}
