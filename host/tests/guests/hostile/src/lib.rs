//! The guest of the host's tests: everything an actor can do, and everything it should not.
//!
//! One component with many behaviours, so that it is built and compiled once. The initial payload picks
//! one: `{ "do": "send-many", "count": 1000000 }` does it on each `go` event, with `"when": "init"` it
//! is done in the first turn. Besides `go`, every instance takes
//! - `get`: logs and replies how many `go` turns it remembers, this one not included,
//! - `echo` (`{ "text": ".." }`): replies with the text,
//! - `noise`: does nothing, with an optional load of bytes,
//! - `tick`: of its timers; logs `tick` and how many it stands for,
//! - `actor-down`: logs id and reason.

mod behaviour;
mod tell;

use behaviour::Do;
use coyote_guest::prelude::*;

/// The initial payload.
#[payload]
pub(crate) struct Setup {
    /// What to do.
    #[serde(rename = "do")]
    pub(crate) what: Do,
    /// When to do it.
    #[serde(default)]
    pub(crate) when: When,
    /// How many, or how large; see each behaviour.
    #[serde(default)]
    pub(crate) count: u32,
    /// To whom; to itself if there is none.
    #[serde(default)]
    pub(crate) to: Option<ActorId>,
}

/// When a behaviour is shown.
#[payload]
#[derive(Default, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    /// On each `go` event.
    #[default]
    Event,
    /// In the first turn, and on each `go` event.
    Init,
}

/// Does what the initial payload asked for.
#[event]
struct Go;

/// Asks for the number of `go` turns.
#[event]
struct Get;

/// Asks for a reply with its text.
#[event]
struct Echo {
    text: String,
}

/// Nothing but weight.
#[event]
pub(crate) struct Noise {
    load: Vec<u8>,
}

/// The event of timers.
#[event]
struct Tick;

/// Nobody has a handler for it.
#[event]
struct Stranger;

#[derive(Debug)]
struct Hostile {
    setup: Setup,
    /// How many `go` turns have committed.
    turns: u32,
    ticks: u32,
    timer: Option<TimerId>,
    /// What `hoard` has gathered.
    hoard: Vec<Vec<u8>>,
}

#[actor]
impl Hostile {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Result<Self, String> {
        let now = setup.when == When::Init;
        let mut hostile = Self { setup, turns: 0, ticks: 0, timer: None, hoard: Vec::new() };
        if now {
            hostile.act(ctx)?;
        }
        Ok(hostile)
    }

    #[on]
    fn go(&mut self, ctx: &Context, _: Go) -> Result<(), String> {
        self.turns += 1;
        self.act(ctx)
    }

    #[on]
    fn get(&mut self, ctx: &Context, _: Get) {
        info!("turns: {}", self.turns);
        ctx.reply(self.turns);
    }

    #[on]
    fn echo(&mut self, ctx: &Context, echo: Echo) {
        ctx.reply(echo.text);
    }

    #[on]
    fn noise(&mut self, _: Noise) {
        if let Do::Slow = self.setup.what {
            behaviour::burn(self.setup.count);
        }
    }

    #[on]
    fn tick(&mut self, ctx: &Context, _: Tick) {
        let ticks = ctx.firing().map_or(0, |firing| firing.ticks);
        info!("tick {ticks} at {:?}", ctx.now());
        self.ticks += ticks;
        if let Some(timer) = self.timer.take_if(|_| self.ticks >= self.setup.count) {
            ctx.stop_timer(timer);
        }
    }

    #[on]
    fn actor_down(&mut self, down: ActorDown) {
        info!("down: {} {:?}", down.id, down.reason);
    }

    #[on(error)]
    fn error(&mut self, _: &HandlerError) -> OnError {
        match self.setup.what {
            Do::HandledError => OnError::Handled,
            Do::HaltingError => OnError::Halt,
            _ => OnError::Fail,
        }
    }

    #[on(halt)]
    fn last(&mut self) -> Result<(), String> {
        info!("last action");
        if let Do::FailLastAction = self.setup.what {
            Err("the last action failed".into())
        } else {
            Ok(())
        }
    }
}
