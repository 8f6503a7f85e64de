//! Returns errors everywhere.

use conformance::{DONE, Done, E1, E2, E3, Part, U};
use coyote_guest::{prelude::*, task::yield_now};

#[states]
enum State {
    #[state(goto(U => Next))]
    Init,
    Next,
}

#[derive(Debug, Default)]
struct M {
    part: Part,
}

impl M {
    /// The error of a part.
    fn of(&self, part: Part) -> Result<(), &'static str> {
        if self.part == part { Err("oops") } else { Ok(()) }
    }
}

#[actor(states = State)]
impl M {
    #[on(init)]
    fn start(&mut self, part: Part) -> Result<(), &'static str> {
        self.part = part;
        self.of(Part::A)
    }

    #[on(entry in Init)]
    fn begin(&mut self) -> Result<(), &'static str> {
        self.of(Part::B)
    }

    #[on(in Init)]
    fn e1(&mut self, _: E1) -> Result<(), &'static str> {
        Err("oops")
    }

    #[on(in Init)]
    async fn e2(&mut self, _: E2) -> Result<(), &'static str> {
        yield_now().await;
        Err("oops")
    }

    #[on(exit in Init)]
    fn end(&mut self) -> Result<(), &'static str> {
        self.of(Part::E)
    }

    #[on(entry in Next)]
    fn arrive(&mut self, ctx: &Context) {
        ctx.notify(DONE, Done);
    }

    #[on]
    fn e3(&mut self, _: E3) {
        ensure!(false, "e3");
    }

    #[on(error)]
    fn handle(&mut self, ctx: &Context, error: &HandlerError) -> OnError {
        info!("{}: {error}", error.place());
        match self.part {
            Part::F => return OnError::Fail,
            Part::G => ctx.send(ctx.id(), E3),
            Part::E => {}
            _ => ctx.notify(DONE, Done),
        }
        OnError::Handled
    }
}
