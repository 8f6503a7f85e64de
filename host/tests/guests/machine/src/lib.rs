//! The state machine of the host's tests: a telephone line. It logs what it does; what it is sent in its first turn
//! makes another one call it.

use coyote_guest::prelude::*;

/// The initial payload.
#[payload]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Setup {
    /// To whom to send, in the first turn.
    to: Option<ActorId>,
    send: Vec<What>,
}

#[payload]
#[serde(rename_all = "kebab-case")]
#[derive(Copy)]
enum What {
    Dial,
    Say,
    Hold,
    Resume,
    HangUp,
    Poll,
    Break,
    Halt,
}

/// Somebody calls.
#[event]
struct Dial;

/// The call is taken.
#[event]
struct Answer;

#[event]
struct Say;

#[event]
struct Hold;

/// The end of a hold.
#[event]
struct Resume;

#[event]
struct HangUp;

/// Looks three times whether something is to be done.
#[event]
struct Poll;

/// Does what no machine may do.
#[event]
struct Break;

#[states]
enum Line {
    /// Nothing is said to nobody, and nothing is lost.
    #[set(defer(Say), ignore(Hold))]
    Silent,
    #[state(include(Silent), goto(Dial => Ringing, Poll => Polling), ignore(HangUp))]
    Idle,
    #[state(include(Silent), name = "call.ringing", goto(Answer => Talking))]
    Ringing,
    #[state(name = "call.talking", push(Hold => OnHold), goto(HangUp => Idle))]
    Talking,
    #[state(name = "call.on-hold", ignore(Say))]
    OnHold,
    #[state(include(Silent))]
    Polling,
}

#[derive(Debug)]
struct Machine {
    said: u32,
    polls: u32,
}

#[actor(states = Line)]
impl Machine {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let to = setup.to.unwrap_or_else(|| ctx.id());
        for what in setup.send {
            match what {
                What::Dial => ctx.send(to, Dial),
                What::Say => ctx.send(to, Say),
                What::Hold => ctx.send(to, Hold),
                What::Resume => ctx.send(to, Resume),
                What::HangUp => ctx.send(to, HangUp),
                What::Poll => ctx.send(to, Poll),
                What::Break => ctx.send(to, Break),
                What::Halt => ctx.send(to, Halt),
            }
        }
        Self { said: 0, polls: 0 }
    }

    #[on(entry in Idle, Talking, OnHold)]
    fn entered(&mut self, event: &AnyEvent) {
        info!("entered by `{}`", event.kind());
    }

    /// Nobody waits here: the line answers itself.
    #[on(entry in Ringing)]
    fn ring(&mut self) -> Next<Line> {
        info!("rings");
        Next::raise(Answer)
    }

    #[on(goto in Ringing)]
    fn take(&mut self, _: Answer) {
        info!("taken");
    }

    #[on(exit in Talking, OnHold)]
    fn left(&mut self) {
        info!("left");
    }

    #[on(in Talking)]
    fn say(&mut self, _: Say) {
        self.said += 1;
        info!("said {}", self.said);
    }

    #[on(in OnHold)]
    fn resume(&mut self, _: Resume) -> Next<Line> {
        Next::pop()
    }

    #[on(default in Polling)]
    fn look(&mut self) -> Option<Line> {
        self.polls += 1;
        info!("looked {} times", self.polls);
        (self.polls == 3).then_some(Line::Idle)
    }

    #[on]
    fn break_rules(&mut self, _: Break) -> Next<Line> {
        Next::pop()
    }

    #[on(ignored)]
    fn ignored(&mut self, event: &AnyEvent) {
        info!("`{}` ignored", event.kind());
    }

    #[on(deferred)]
    fn deferred(&mut self, event: &AnyEvent) {
        info!("`{}` deferred", event.kind());
    }

    #[on(unhandled)]
    fn unhandled(&mut self, event: &AnyEvent, state: Line) {
        info!("`{}` unhandled in {state:?}", event.kind());
    }

    #[on(halt)]
    fn last(&mut self, event: &AnyEvent) {
        info!("ends with `{}`", event.kind());
    }
}
