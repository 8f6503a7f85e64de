//! The guest of the tests of exploration: what it does on which event stands in its initial payload, so that a race is
//! a few lines of a manifest.
//!
//! `{ init = [..], one = [..], two = [..], tick = [..], met = [..], anything = [..] }`: lists of actions, see
//! `Action`; what is not there does nothing. `anything` comes after the list of `one`, `two` or `tick`.

use coyote_guest::prelude::*;
use std::{
    hash::{BuildHasher as _, RandomState},
    hint::black_box,
};

/// The initial payload.
#[payload]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(crate) struct Script {
    init: Vec<Action>,
    one: Vec<Action>,
    two: Vec<Action>,
    tick: Vec<Action>,
    met: Vec<Action>,
    anything: Vec<Action>,
}

#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// Sends an event.
    Send(Send),
    /// Tells an actor who its friend is.
    Introduce { to: ActorId, friend: ActorId },
    /// Starts a timer of so many milliseconds, whose event is `tick`, `one` or `two`.
    Timer { ms: u64, event: What },
    /// Asserts that what was taken so far begins like this, or the other way round.
    Expect(Vec<What>),
    /// Once two events were taken, sends the first of them.
    TellFirst(ActorId),
    /// Asserts that all events taken so far are of one kind.
    Agree,
    /// Asserts that at most so many events were taken.
    AtMost(usize),
    /// Draws numbers below a bound, and asserts that they are not all the same as this one.
    Draw { below: u32, times: u32, not: u32 },
    /// Draws, with a coin first.
    Toss { below: u32 },
    /// Fails the turn.
    Fail(How),
    /// Fails the turn if it is the one with this number, counted from 1.
    FailAt(u32),
    /// Asserts that virtual time is so many milliseconds.
    Now(u64),
    /// Asserts something of the standard library's hashes, which are random: built for WASI only.
    Hash { below: u64, not: u64 },
    /// Halts.
    Halt,
    /// Logs a line.
    Log(String),
    /// Creates another one of its kind, and sends it `one`.
    Create,
}

#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Send {
    /// If there is nobody: to its friend, and without one to itself.
    #[serde(default)]
    to: Option<ActorId>,
    event: What,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    must_handle: bool,
    #[serde(default)]
    max_instances: Option<u32>,
}

fn once() -> u32 {
    1
}

#[payload]
#[serde(rename_all = "kebab-case")]
#[derive(Copy, PartialEq)]
pub(crate) enum What {
    One,
    Two,
    Tick,
    /// Nobody has a handler for it.
    Stranger,
}

#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    Assert,
    Panic,
    Trap,
    Loop,
    Memory,
    Error,
    Forge,
}

#[event]
struct One;

#[event]
struct Two;

#[event]
struct Tick;

#[event]
struct Stranger;

/// Somebody to send to.
#[event]
struct Friend {
    id: ActorId,
}

#[derive(Debug)]
struct Scripted {
    script: Script,
    seen: Vec<What>,
    friend: Option<ActorId>,
}

#[actor]
impl Scripted {
    #[on(init)]
    fn new(ctx: &Context, script: Script) -> Result<Self, String> {
        let actor = Self { script, seen: Vec::new(), friend: None };
        actor.act(ctx, &actor.script.init)?;
        Ok(actor)
    }

    #[on]
    fn friend(&mut self, ctx: &Context, friend: Friend) -> Result<(), String> {
        self.friend = Some(friend.id);
        self.act(ctx, &self.script.met)
    }

    #[on]
    fn one(&mut self, ctx: &Context, _: One) -> Result<(), String> {
        self.seen.push(What::One);
        self.act(ctx, &self.script.one)?;
        self.act(ctx, &self.script.anything)
    }

    #[on]
    fn two(&mut self, ctx: &Context, _: Two) -> Result<(), String> {
        self.seen.push(What::Two);
        self.act(ctx, &self.script.two)?;
        self.act(ctx, &self.script.anything)
    }

    #[on]
    fn tick(&mut self, ctx: &Context, _: Tick) -> Result<(), String> {
        self.seen.push(What::Tick);
        self.act(ctx, &self.script.tick)?;
        self.act(ctx, &self.script.anything)
    }
}

impl Scripted {
    fn act(&self, ctx: &Context, actions: &[Action]) -> Result<(), String> {
        actions.iter().try_for_each(|action| self.act_once(ctx, action))
    }

    fn act_once(&self, ctx: &Context, action: &Action) -> Result<(), String> {
        let seen = &self.seen;
        match action {
            Action::Send(what) => self.send(ctx, what),
            Action::Introduce { to, friend } => ctx.send(*to, Friend { id: *friend }),
            Action::Timer { ms, event } => {
                let after = Duration::from_millis(*ms);
                match event {
                    What::One => ctx.start_timer(after, One),
                    What::Two => ctx.start_timer(after, Two),
                    What::Tick => ctx.start_timer(after, Tick),
                    What::Stranger => ctx.start_timer(after, Stranger),
                };
            }
            Action::Expect(order) => {
                let same = seen.iter().zip(order).all(|(seen, expected)| seen == expected);
                ctx.assert(same, format_args!("{seen:?} is not the order"));
            }
            Action::TellFirst(to) => {
                if let [first, _] = seen[..] {
                    send_one(ctx, *to, first, SendOptions::new());
                }
            }
            Action::Agree => {
                let agree = seen.iter().all(|what| *what == seen[0]);
                ctx.assert(agree, format_args!("{seen:?} do not agree"));
            }
            Action::AtMost(most) => {
                let count = seen.len();
                ctx.assert(count <= *most, format_args!("{count} came"));
            }
            Action::Draw { below, times, not } => {
                let same =
                    (0..*times).fold(true, |same, _| ctx.random_below(*below) == *not && same);
                ctx.assert(!same, format_args!("drew {not} {times} times"));
            }
            Action::Toss { below } => {
                let rare = ctx.random_bool() && ctx.random_below(*below) == below - 1;
                ctx.assert(!rare, "heads, and the largest number");
            }
            Action::Fail(how) => fail(ctx, how)?,
            Action::FailAt(turn) => {
                ctx.assert(seen.len() != *turn as usize, format_args!("turn {turn} fails"));
            }
            Action::Now(ms) => {
                let now = ctx.now();
                ctx.assert(now == Duration::from_millis(*ms), format_args!("it is {now:?}"));
            }
            Action::Hash { below, not } => {
                let hash = RandomState::new().hash_one("") % below;
                ctx.assert(hash != *not, format_args!("the hash is {hash}"));
            }
            Action::Halt => ctx.halt(),
            Action::Log(line) => info!("{line}"),
            Action::Create => {
                let id = ctx.create::<Self>(Script::default());
                ctx.send(id, One);
            }
        }
        Ok(())
    }

    fn send(&self, ctx: &Context, what: &Send) {
        let to = what.to.or(self.friend).unwrap_or_else(|| ctx.id());
        let mut options = SendOptions::new();
        if what.must_handle {
            options = options.must_handle();
        }
        if let Some(max) = what.max_instances {
            options = options.max_instances(max);
        }
        (0..what.times).for_each(|_| send_one(ctx, to, what.event, options));
    }
}

fn send_one(ctx: &Context, to: ActorId, what: What, options: SendOptions) {
    match what {
        What::One => ctx.send_with(to, One, options),
        What::Two => ctx.send_with(to, Two, options),
        What::Tick => ctx.send_with(to, Tick, options),
        What::Stranger => ctx.send_with(to, Stranger, options),
    }
}

fn fail(ctx: &Context, how: &How) -> Result<(), String> {
    match how {
        How::Assert => ctx.assert(false, "an assertion of the guest's"),
        How::Panic => panic!("a panic of the guest's"),
        How::Trap => std::process::abort(),
        How::Loop => loop {
            black_box(());
        },
        How::Memory => {
            let mut all = Vec::new();
            loop {
                all.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        How::Error => return Err("an error of the guest's".into()),
        How::Forge => ctx.send("0123456789abcdef".parse().expect("the digits of an id"), One),
    }
    Ok(())
}
