//! The behaviours, one variant each.

use crate::{
    Go, Hostile, Noise, Setup, Stranger, Tick, When,
    tell::{Told, tell},
};
use coyote_guest::{Payload as _, prelude::*};
use std::{
    env,
    hash::{BuildHasher as _, RandomState},
    hint::black_box,
    io::{self, Write as _},
    process::abort,
    time::{Instant, SystemTime},
};

const SOON: Duration = Duration::from_millis(10);

/// What to do. `count` and `to` are those of [`Setup`].
#[payload]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Do {
    /// Nothing at all.
    Nothing,

    // Turns that never end well.
    /// Executes `unreachable`.
    Trap,
    /// Never returns.
    Loop,
    /// Calls itself until the stack is full.
    Recurse,
    /// Allocates and touches memory until there is none.
    ExhaustMemory,
    /// Panics with `"a panic of the guest's"`.
    Panic,
    /// Fails an assertion with `"an assertion of the guest's"`.
    Assert,
    /// Returns the error `"an error of the guest's"`, and lets it fail the turn.
    Error,
    /// Halts twice in one turn, which is an illegal call.
    HaltTwice,
    /// Asks for a random number below 0.
    RandomBelowZero,
    /// Starts a periodic timer with period zero.
    ZeroPeriod,
    /// Stops a timer that was never started.
    StopStranger,

    // Too much of a good thing.
    /// Sends `count` events without load.
    SendMany,
    /// Sends one event with a load of `count` bytes.
    SendLarge,
    /// Logs `count` lines.
    LogMany,
    /// Logs one line of `count` bytes.
    LogLarge,
    /// Writes `count` lines to the standard output; only if built for WASI is there one.
    PrintMany,
    /// Writes `count` bytes to the standard output, without a line break.
    PrintLarge,
    /// Creates `count` actors of its own kind that do nothing.
    CreateMany,
    /// Creates `count` actors of its own kind that introduce themselves.
    CreateFamily,
    /// Starts `count` timers.
    StartMany,
    /// Keeps `count` more bytes in memory with each `go`.
    Hoard,
    /// Takes its time, `count` rounds of work, for each `go` and each `noise`.
    Slow,

    // What it is not allowed to do.
    /// Sends to an id that it made up.
    SendForged,
    /// Creates an actor of kind `forbidden`.
    CreateForbidden,
    /// Looks up the actor `secret` of kind `forbidden`.
    LookUpForbidden,

    // Turns that fail after they have staged something; nothing of it may leave.
    /// Sends `count` events and creates an actor, then panics.
    SendThenPanic,
    /// As `send-then-panic`, but traps.
    SendThenTrap,
    /// As `send-then-panic`, but loops.
    SendThenLoop,
    /// As `send-then-panic`, but fails the assertion.
    SendThenAssert,
    /// As `send-then-panic`, but returns the error.
    SendThenError,

    // Turns that are fine.
    /// As `send-then-error`, but handles the error: everything leaves.
    HandledError,
    /// As `handled-error`, and halts.
    HaltingError,
    /// Sends an event that has no handler.
    SendStranger,
    /// Halts.
    Halt,
    /// Halts, with an error in the last action: the halt does not happen.
    FailLastAction,
    /// Sends the event `halt`.
    SendHalt,
    /// Sends one `must-handle` event.
    MustHandle,
    /// Sends `count` events that should wait at most one at a time.
    MaxInstances,
    /// Starts a timer of 10 ms.
    Timer,
    /// Starts a timer of 10 ms and stops it in the same turn.
    StoppedTimer,
    /// Starts a periodic timer of 10 ms, stopped after `count` ticks.
    Periodic,
    /// Watches an actor.
    Watch,
    /// Logs a random bool and a random number below `count`.
    Choose,
    /// Logs its label, id and the time.
    Introduce,
    /// Logs what a program built for WASI can learn of where it runs: clocks, environment, arguments, and
    /// hash keys, which are random.
    LookAround,
    /// Notifies a monitor `nobody`.
    Notify,
    /// Notifies the monitor `watcher`; if there is a `to`, sends it `go`, and then itself `count` events.
    Tell(Vec<Told>),
    /// As `tell`, then panics.
    TellThenPanic(Vec<Told>),
    /// Replies twice.
    ReplyTwice,
    /// Replies with an error.
    ReplyError,
    /// Replies, then panics: the reply does not leave.
    ReplyThenPanic,
    /// Creates itself anew with `count` one less, until it is 0: a chain of actors.
    Chain,
}

impl Hostile {
    pub(crate) fn act(&mut self, ctx: &Context) -> Result<(), String> {
        let Setup { count, to: given, .. } = self.setup;
        let to = given.unwrap_or_else(|| ctx.id());
        match &self.setup.what {
            Do::Nothing => {}
            Do::Trap => abort(),
            Do::Loop => burn_for_ever(),
            Do::Recurse => info!("{}", recurse(1)),
            Do::ExhaustMemory => exhaust_memory(),
            Do::Panic => panic!("a panic of the guest's"),
            Do::Assert => ctx.assert(false, "an assertion of the guest's"),
            Do::Error => return Err("an error of the guest's".into()),
            Do::HaltTwice => {
                ctx.halt();
                ctx.halt();
            }
            Do::RandomBelowZero => info!("{}", ctx.random_below(0)),
            Do::ZeroPeriod => self.timer = Some(ctx.start_periodic(SOON, Duration::ZERO, Tick)),
            Do::StopStranger => ctx.stop_timer(stranger()),
            Do::SendMany => send_many(ctx, to, count),
            Do::SendLarge => ctx.send(to, Noise { load: vec![0; count as usize] }),
            Do::LogMany => (0..count).for_each(|line| info!("line {line}")),
            Do::LogLarge => info!("{}", "x".repeat(count as usize)),
            Do::PrintLarge => print_large(count),
            Do::PrintMany => print_many(count),
            Do::CreateMany => (0..count).for_each(|_| create(ctx, Do::Nothing, 0)),
            Do::CreateFamily => (0..count).for_each(|_| create_now(ctx, Do::Introduce)),
            Do::StartMany => start_many(ctx, count),
            Do::Hoard => self.hoard.push(vec![1; count as usize]),
            Do::Slow => burn(count),
            Do::SendForged => {
                ctx.send("0123456789abcdef".parse().expect("the digits of an id"), Stranger)
            }
            Do::CreateForbidden => ctx.watch(ctx.create_kind("forbidden", ())),
            Do::LookUpForbidden => info!("{}", ctx.id_of("forbidden", "secret")),
            Do::SendThenPanic => {
                stage(ctx, to, count);
                panic!("a panic of the guest's");
            }
            Do::SendThenTrap => {
                stage(ctx, to, count);
                abort();
            }
            Do::SendThenLoop => {
                stage(ctx, to, count);
                burn_for_ever();
            }
            Do::SendThenAssert => {
                stage(ctx, to, count);
                ctx.assert(false, "an assertion of the guest's");
            }
            Do::SendThenError | Do::HandledError | Do::HaltingError => {
                stage(ctx, to, count);
                return Err("an error of the guest's".into());
            }
            Do::SendStranger => ctx.send(to, Stranger),
            Do::Halt | Do::FailLastAction => ctx.halt(),
            Do::SendHalt => ctx.send(to, Halt),
            Do::MustHandle => ctx.send_with(to, Stranger, SendOptions::new().must_handle()),
            Do::MaxInstances => {
                let options = SendOptions::new().max_instances(1);
                (0..count).for_each(|_| ctx.send_with(to, Stranger, options));
            }
            Do::Timer => start_many(ctx, 1),
            Do::StoppedTimer => ctx.stop_timer(ctx.start_timer(SOON, Tick)),
            Do::Periodic => self.timer = Some(ctx.start_periodic(SOON, SOON, Tick)),
            Do::Watch => ctx.watch(to),
            Do::Choose => info!("{} {}", ctx.random_bool(), ctx.random_below(count)),
            Do::Introduce => info!("{} {} {:?}", ctx.label(), ctx.id(), ctx.now()),
            Do::LookAround => look_around(),
            Do::Notify => ctx.notify("nobody", Stranger),
            Do::Tell(told) => {
                tell(ctx, told);
                if let Some(to) = given {
                    ctx.send(to, Go);
                    send_many(ctx, ctx.id(), count);
                }
            }
            Do::TellThenPanic(told) => {
                tell(ctx, told);
                panic!("a panic of the guest's");
            }
            Do::ReplyTwice => ["first", "second"].iter().for_each(|reply| ctx.reply(reply)),
            Do::ReplyError => ctx.reply_error("a refusal of the guest's"),
            Do::ReplyThenPanic => {
                ctx.reply("never");
                panic!("a panic of the guest's");
            }
            Do::Chain if count > 0 => create(ctx, Do::Chain, count - 1),
            Do::Chain => info!("end of the chain"),
        }
        Ok(())
    }
}

/// Effects of each sort that a failing turn must not let out.
fn stage(ctx: &Context, to: ActorId, count: u32) {
    send_many(ctx, to, count);
    create(ctx, Do::Nothing, 0);
    ctx.start_timer(SOON, Tick);
    ctx.notify("nobody", Stranger);
}

fn send_many(ctx: &Context, to: ActorId, count: u32) {
    (0..count).for_each(|_| ctx.send(to, Noise { load: Vec::new() }));
}

fn start_many(ctx: &Context, count: u32) {
    for _ in 0..count {
        ctx.start_timer(SOON, Tick);
    }
}

fn create(ctx: &Context, what: Do, count: u32) {
    ctx.create::<Hostile>(Setup { what, when: When::Init, count, to: None });
}

#[expect(clippy::print_stdout, reason = "the host decides where it goes")]
fn print_many(count: u32) {
    (0..count).for_each(|line| println!("line {line}"));
}

#[expect(clippy::print_stdout, reason = "the host decides where it goes")]
fn print_large(count: u32) {
    let piece = "x".repeat(1024);
    (0..count / 1024).for_each(|_| print!("{piece}"));
    print!("{}", &piece[..count as usize % 1024]);
    // Without a line break the standard library keeps the last bytes.
    io::stdout().flush().expect("the host takes everything");
}

#[expect(clippy::disallowed_methods, reason = "an actor may try")]
fn look_around() {
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let start = Instant::now();
    let hash = RandomState::new().hash_one("");
    info!("the wall clock is virtual: {}", wall.is_ok_and(|wall| wall.as_secs() < 3600));
    info!("time stands still: {}", start.elapsed().is_zero());
    info!("environment: {:?}", env::vars().collect::<Vec<_>>());
    info!("arguments: {:?}", env::args().collect::<Vec<_>>());
    info!("hash of nothing: {hash:016x}");
}

fn create_now(ctx: &Context, what: Do) {
    ctx.create::<Hostile>(Setup { what, when: When::Init, count: 0, to: None });
}

/// Rounds of work that no compiler can skip.
pub(crate) fn burn(rounds: u32) {
    let mut sum = 0_u32;
    for round in 0..rounds {
        sum = black_box(sum.wrapping_add(round));
    }
}

fn burn_for_ever() -> ! {
    loop {
        burn(u32::MAX);
    }
}

fn recurse(depth: u32) -> u32 {
    let frame = black_box([depth; 64]);
    if black_box(true) { recurse(depth + 1) + frame[0] } else { frame[63] }
}

fn exhaust_memory() {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// A timer that this actor never started. A timer travels as its number.
fn stranger() -> TimerId {
    TimerId::decode(&4_000_000_000_u32.encode()).expect("the number of a timer")
}
