//! The state machine of the host's tests whose code waits: a telephone operator. It logs what it does.

use coyote_guest::{
    prelude::*,
    task::{spawn, yield_now},
    time::sleep,
};

/// Somebody calls.
#[event]
struct Dial;

/// The call is taken.
#[event]
struct Answer;

#[event]
struct Say;

#[event]
struct HangUp;

#[states]
enum Line {
    Idle,
    #[state(defer(Dial), goto(HangUp => Idle))]
    Talking,
}

#[derive(Debug, Default)]
struct Operator {
    said: u32,
}

#[actor(states = Line)]
impl Operator {
    #[on(init)]
    async fn begin(&mut self) {
        yield_now().await;
        info!("begins");
    }

    /// Rings until somebody answers.
    #[on(in Idle)]
    async fn dial(&mut self, ctx: &Context, _: Dial) -> Line {
        info!("rings");
        ctx.receive::<Answer>().await;
        info!("taken");
        Line::Talking
    }

    #[on(exit in Idle)]
    async fn leave(&mut self) {
        sleep(Duration::from_millis(5)).await;
        info!("leaves");
    }

    #[on(entry in Talking)]
    async fn talk(&mut self, ctx: &Context, event: &AnyEvent) {
        ctx.receive::<Say>().await;
        self.said += 1;
        info!("talks after `{}`", event.kind());
    }

    #[on(in Talking)]
    async fn say(&mut self, _: Say) -> Result<(), String> {
        yield_now().await;
        self.said += 1;
        if self.said > 2 { Err("that is enough".into()) } else { Ok(()) }
    }

    #[on(exit in Talking)]
    async fn hang_up(&mut self) {
        yield_now().await;
        info!("hangs up");
    }

    /// A call that nobody takes ends: a task halts while the handler waits.
    #[on]
    async fn answer(&mut self, ctx: &Context, _: Answer) {
        let ctx = *ctx;
        spawn(async move {
            yield_now().await;
            ctx.halt();
        });
        ctx.receive::<Dial>().await;
        info!("nobody dials");
    }

    #[on(error)]
    fn error(&mut self, error: &HandlerError) -> OnError {
        info!("{}: {error}", error.place());
        spawn(async { Err::<(), _>("the line is broken") }).detach();
        if error.to_string() == "that is enough" { OnError::Handled } else { OnError::Fail }
    }

    #[on(halt)]
    fn end(&mut self) {
        info!("ends after {}", self.said);
    }
}
