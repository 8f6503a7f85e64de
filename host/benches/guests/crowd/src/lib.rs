//! Members of a crowd. The first one, which has nobody to pass anything on to, makes the others when it is told
//! to `grow`. A `touch` to it then visits every other member once and comes back.

use coyote_guest::prelude::*;

/// How many members are created in one turn.
const BATCH: u32 = 1_000;

#[payload]
struct Setup {
    /// Who is touched next; none for the first member.
    next: Option<ActorId>,
}

/// Makes members. Only for the first.
#[event]
struct Grow {
    members: u32,
}

/// Goes on to the next member.
#[event]
struct Touch;

#[derive(Debug)]
struct Member {
    next: Option<ActorId>,
}

#[actor]
impl Member {
    #[on(init)]
    fn new(_: &Context, setup: Setup) -> Self {
        Self { next: setup.next }
    }

    #[on]
    fn grow(&mut self, ctx: &Context, grow: Grow) {
        let mut newest = self.next.unwrap_or(ctx.id());
        for _ in 0..grow.members.min(BATCH) {
            newest = ctx.create::<Self>(Setup { next: Some(newest) });
        }
        self.next = Some(newest);
        if let Some(members @ 1..) = grow.members.checked_sub(BATCH) {
            ctx.send(ctx.id(), Grow { members });
        }
    }

    #[on]
    fn touch(&mut self, ctx: &Context, _: Touch) {
        // The first member takes part in one round only.
        if let Some(next) = self.next.take() {
            ctx.send(next, Touch);
        }
    }
}
