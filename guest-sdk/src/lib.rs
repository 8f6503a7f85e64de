//! Write actors for coyote-host: WebAssembly components that a host runs and explores.
//!
//! # One actor
//!
//! An actor is a value with handlers. It sleeps until the host hands it an event; one event, handled
//! to completion, is a *turn*. Everything a turn asks of the world is staged and leaves when the turn
//! has ended; if the turn fails, it never happened.
//!
//! ```
//! use coyote_guest::prelude::*;
//!
//! /// An event. Its kind, the name it travels under, is `ping`; its fields are the payload.
//! #[event]
//! struct Ping {
//!     caller: ActorId,
//! }
//!
//! #[event]
//! struct Pong;
//!
//! /// The state of the actor. Its `Debug` form is what traces and debuggers show.
//! #[derive(Debug, Default)]
//! struct Server {
//!     pings: u32,
//! }
//!
//! #[actor]
//! impl Server {
//!     #[on]
//!     fn ping(&mut self, ctx: &Context, ping: Ping) {
//!         self.pings += 1;
//!         info!("handling ping {} from {}", self.pings, ping.caller);
//!         ctx.send(ping.caller, Pong);
//!     }
//! }
//! ```
//!
//! That is a whole crate: `#[actor]` also makes the exports of the component. The manifest of the app
//! names it `server`, after the type. `Cargo.toml` needs
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! coyote-guest = "0.1"
//! ```
//!
//! and `cargo build --release --target wasm32-unknown-unknown` or `cargo component build --release`
//! makes the component. One crate holds one actor; events that actors share live in a crate of theirs.
//!
//! # The start
//!
//! An actor without `#[on(init)]` starts as its `Default`. With it, it is made from the initial
//! payload, which comes from the manifest or from the actor that creates it:
//!
//! ```
//! # use coyote_guest::prelude::*;
//! # #[event] struct Ping { caller: ActorId }
//! # #[event] struct Pong;
//! #[payload]
//! struct Setup {
//!     server: ActorId,
//! }
//!
//! #[derive(Debug)]
//! struct Client {
//!     server: ActorId,
//! }
//!
//! #[actor]
//! impl Client {
//!     #[on(init)]
//!     fn new(ctx: &Context, setup: Setup) -> Self {
//!         ctx.send(setup.server, Ping { caller: ctx.id() });
//!         Self { server: setup.server }
//!     }
//!
//!     #[on]
//!     fn pong(&mut self, ctx: &Context, _: Pong) {
//!         info!("pong received");
//!         ctx.halt();
//!     }
//! }
//! ```
//!
//! # What a handler may do
//!
//! [`Context`] holds everything: create and send, timers and virtual time, random choices, replies,
//! monitors, halt. Its absence is meant: there is no clock, file or socket, so whatever an actor does
//! can be repeated exactly, and explored.
//!
//! A handler returns nothing, or a `Result<(), E>` whose error can be displayed. An error, a panic, a
//! failed [`ensure!`] and an event nobody handles fail the turn: nothing of it leaves, and the
//! supervisor of the actor decides what comes next. See [`actor`](macro@actor) for handlers of errors, of the end
//! of the actor, and of whatever kind no other handler takes.
//!
//! # Payloads
//!
//! A unit event travels without a payload. Others are [postcard](https://docs.rs/postcard) between
//! actors; what comes from outside, such as the manifest or HTTP, may be JSON. [`ActorId`] and all that
//! serde knows may be part of a payload.
//!
//! # State machines
//!
//! An actor whose reactions depend on what happened before has states. They are the variants of an enum; what an event
//! does without a handler stands there, so that the enum reads like the diagram:
//!
//! ```
//! use coyote_guest::prelude::*;
//!
//! #[event]
//! struct MakeCoffee {
//!     shots: u32,
//! }
//!
//! # #[event] struct SensorsRead { water: u32, beans: u32 }
//! # #[event] struct Refilled;
//! # #[event] struct Hot;
//! # #[event] struct FilterFull;
//! # #[event] struct ShotDone;
//! # #[event] struct Cleaned;
//! # #[event] struct DoorOpened;
//! # #[event] struct DoorClosed;
//! # #[event] struct SelfTest;
//! # #[event] struct TestDone;
//! # #[event] struct Do(Stage2);
//! # #[payload] enum Stage2 { Read, Heat, Grind, Brew, Clean, Test }
//! #[states]
//! enum Stage {
//!     /// A set: what several states have in common.
//!     #[set(defer(MakeCoffee), goto(DoorOpened => Stopped))]
//!     Working,
//!
//!     /// The first is the start state.
//!     #[state(include(Working))]
//!     CheckingSensors,
//!     #[state(include(Working), goto(Hot => Ready))]
//!     Heating,
//!     #[state(goto(MakeCoffee => Grinding, DoorOpened => Stopped), push(SelfTest => Testing))]
//!     Ready,
//!     #[state(include(Working), goto(FilterFull => MakingShots))]
//!     Grinding,
//!     #[state(include(Working))]
//!     MakingShots,
//!     #[state(include(Working), goto(Cleaned => Ready))]
//!     CleaningUp,
//!     #[state(defer(MakeCoffee), goto(Refilled => CheckingSensors))]
//!     RefillRequired,
//!     #[state(defer(MakeCoffee), goto(DoorClosed => CheckingSensors))]
//!     Stopped,
//!     #[state(defer(any))]
//!     Testing,
//! }
//!
//! #[derive(Debug)]
//! struct CoffeeMachine {
//!     hardware: ActorId,
//!     shots_left: u32,
//! }
//!
//! #[actor(states = Stage)]
//! impl CoffeeMachine {
//!     #[on(init)]
//!     fn new(hardware: ActorId) -> Self {
//!         Self { hardware, shots_left: 0 }
//!     }
//!
//!     #[on(entry in CheckingSensors)]
//!     fn check(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Read));
//!     }
//!
//!     /// What a handler returns comes next.
//!     #[on(in CheckingSensors)]
//!     fn sensors_read(&mut self, sensors: SensorsRead) -> Stage {
//!         if sensors.water == 0 || sensors.beans == 0 { Stage::RefillRequired } else { Stage::Heating }
//!     }
//!
//!     #[on(entry in Heating)]
//!     fn heat(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Heat));
//!     }
//!
//!     /// On the way from `Ready` to `Grinding`.
//!     #[on(goto in Ready)]
//!     fn order(&mut self, order: MakeCoffee) {
//!         self.shots_left = order.shots;
//!     }
//!
//!     #[on(entry in Grinding)]
//!     fn grind(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Grind));
//!     }
//!
//!     /// A goto to the same state leaves and enters it.
//!     #[on(entry in MakingShots)]
//!     fn brew(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Brew));
//!     }
//!
//!     #[on(in MakingShots)]
//!     fn shot_done(&mut self, _: ShotDone) -> Stage {
//!         self.shots_left -= 1;
//!         if self.shots_left == 0 { Stage::CleaningUp } else { Stage::MakingShots }
//!     }
//!
//!     #[on(entry in CleaningUp)]
//!     fn clean(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Clean));
//!     }
//!
//!     #[on(entry in Testing)]
//!     fn test(&mut self, ctx: &Context) {
//!         ctx.send(self.hardware, Do(Stage2::Test));
//!     }
//!
//!     /// Back to whatever state is below.
//!     #[on(in Testing)]
//!     fn tested(&mut self, _: TestDone) -> Next<Stage> {
//!         Next::pop()
//!     }
//!
//!     /// Whatever the state, unless it says otherwise.
//!     #[on]
//!     fn halt(&mut self, _: Halt) -> Next<Stage> {
//!         info!("switched off");
//!         Next::halt()
//!     }
//! }
//! ```
//!
//! `coyote-host check --graph` draws it, in Mermaid or, with `--graph=dot`, for Graphviz:
//!
//! ```text
//! ---
//! title: actor coffee-machine
//! ---
//! stateDiagram-v2
//!     state "checking-sensors" as checking_sensors
//!     state "making-shots" as making_shots
//!     state "cleaning-up" as cleaning_up
//!     state "refill-required" as refill_required
//!     [*] --> checking_sensors
//!     checking_sensors : do sensors-read
//!     checking_sensors : defer make-coffee
//!     checking_sensors --> stopped : door-opened
//!     heating : defer make-coffee
//!     heating --> ready : hot
//!     heating --> stopped : door-opened
//!     ready --> grinding : make-coffee
//!     ready --> stopped : door-opened
//!     ready --> testing : push on self-test
//!     grinding : defer make-coffee
//!     grinding --> making_shots : filter-full
//!     grinding --> stopped : door-opened
//!     making_shots : do shot-done
//!     making_shots : defer make-coffee
//!     making_shots --> stopped : door-opened
//!     cleaning_up : defer make-coffee
//!     cleaning_up --> ready : cleaned
//!     cleaning_up --> stopped : door-opened
//!     refill_required : defer make-coffee
//!     refill_required --> checking_sensors : refilled
//!     stopped : defer make-coffee
//!     stopped --> checking_sensors : door-closed
//!     testing : do test-done
//!     testing : defer any
//! ```
//!
//! A diagram shows what the enum says; where a handler leads only the handler knows.
//!
//! What a handler or an entry may return:
//!
//! | | |
//! | --- | --- |
//! | nothing, [`Next::stay`] | nothing comes next |
//! | a state, [`Next::goto`] | the state is left, the other one, or the same again, is entered |
//! | [`Next::push`] | another state is put on top; this one is not left, and what it handles, defers and ignores still holds where the upper one says nothing |
//! | [`Next::pop`] | the state on top is left; the one below is not entered again |
//! | [`Next::raise`] | an event is handled now, before anything that waits |
//! | [`Next::halt`] | the actor ends |
//!
//! It may also return an `Option` of these, or a `Result` with an error that can be displayed. An exit, and an action on the way, return
//! nothing or such a `Result`: while a state is being left nothing else can come next. All this is one turn: if
//! anything in it fails, it never happened.
//!
//! An event for which the states on the stack have no reaction, nor the actor one for all states, pops the states one
//! by one until there is one; with none left it is unhandled, which fails the turn (`halt` ends the actor). See
//! [`states`](macro@states) for all that can be said of a state, [`actor`](macro@actor) for the handlers and the
//! callbacks.
//!
//! # Code that waits
//!
//! A handler may be `async`: it sends, and goes on where it stood when the answer is there. While it waits the actor
//! takes no other events; what the handler does not wait for stays in the inbox, in order.
//!
//! ```
//! use coyote_guest::{prelude::*, time::timeout};
//!
//! # #[event] struct Order { item: u32 }
//! # #[event] struct Reserve { item: u32, by: ActorId }
//! # #[event] struct Reserved;
//! # #[payload] struct Setup { stores: Vec<ActorId> }
//! #[derive(Debug)]
//! struct Shop {
//!     stores: Vec<ActorId>,
//!     sold: u32,
//! }
//!
//! #[actor]
//! impl Shop {
//!     #[on(init)]
//!     fn new(setup: Setup) -> Self {
//!         Self { stores: setup.stores, sold: 0 }
//!     }
//!
//!     #[on]
//!     async fn order(&mut self, ctx: &Context, order: Order) -> Result<(), String> {
//!         for &store in &self.stores {
//!             ctx.send(store, Reserve { item: order.item, by: ctx.id() });
//!         }
//!         for _ in &self.stores {
//!             let answer = timeout(Duration::from_secs(1), ctx.receive::<Reserved>()).await;
//!             answer.map_err(|_| "a store is closed")?;
//!         }
//!         self.sold += 1;
//!         Ok(())
//!     }
//! }
//! ```
//!
//! Each `await` that leads back to the host ends a turn: what was staged before it leaves, even if the handler fails
//! later. In an actor with states entries, exits and actions on the way may wait, too; what a handler returns comes next
//! once it has ended. There is more that waits: [`request`](Context::request) and its answer, [`sleep`](Context::sleep), operations
//! on shared [cells], and tasks that a handler [spawns](spawn). Tasks share the memory of their actor, and the locks and
//! channels of [`sync`]; the names are those of tokio, so code moves over with a `use` line. Which task goes on is a
//! choice that exploration controls. The error of a task goes to whoever joins it, or, if it is
//! [detached](task::JoinHandle::detach), to `#[on(error)]`. A task may halt the actor while a handler waits: the handler
//! is dropped where it waits, and `#[on(halt)]` comes last. A whole program of tasks, without any events, is one function with
//! [`#[coyote_guest::main]`](macro@main).
//!
//! # Monitors
//!
//! A monitor watches an app and says what must not happen (*safety*) and what must happen in the end
//! (*liveness*). It is a component of its own, it sees what actors notify it of, and it cannot act: it has no
//! [`Context`]. Actors and monitor share the events and the monitor's name, so both stand in the crate of the
//! messages:
//!
//! ```
//! # use coyote_guest::prelude::*;
//! /// The monitor's name in the manifest.
//! pub const ANSWERED: &str = "answered";
//!
//! #[event]
//! pub struct Asked {
//!     pub client: ActorId,
//! }
//!
//! #[event]
//! pub struct Answer {
//!     pub client: ActorId,
//! }
//!
//! # fn handler(ctx: &Context) {
//! // In a handler of an actor; the monitor knows before anybody can act on the turn:
//! ctx.notify(ANSWERED, Asked { client: ctx.id() });
//! # }
//! ```
//!
//! The crate of the monitor:
//!
//! ```
//! # mod messages {
//! #     use coyote_guest::prelude::*;
//! #     #[event] pub struct Asked { pub client: ActorId }
//! #     #[event] pub struct Answer { pub client: ActorId }
//! # }
//! use coyote_guest::prelude::*;
//! use messages::{Answer, Asked};
//! use std::collections::BTreeSet;
//!
//! /// Whoever asks is answered, once.
//! #[derive(Debug, Default)]
//! struct Answered {
//!     open: BTreeSet<ActorId>,
//! }
//!
//! #[states]
//! enum Questions {
//!     /// The first is the start state.
//!     #[state(cold)]
//!     None,
//!     /// Progress is owed: an app that comes to rest here has a bug.
//!     #[state(hot)]
//!     Open,
//! }
//!
//! #[monitor(states = Questions)]
//! impl Answered {
//!     #[on]
//!     fn asked(&mut self, asked: Asked) -> Questions {
//!         self.open.insert(asked.client);
//!         Questions::Open
//!     }
//!
//!     #[on(in Open)]
//!     fn answer(&mut self, answer: Answer) -> Option<Questions> {
//!         ensure!(self.open.remove(&answer.client), "{} did not ask", answer.client);
//!         self.open.is_empty().then_some(Questions::None)
//!     }
//! }
//! ```
//!
//! An event for which a state has no reaction (here: an `answer` while there are no questions), an error, a panic and
//! a failed [`ensure!`] are violations. What becomes of an event without a handler is said at its state
//! (`#[state(goto(Asked => Open), ignore(Answer))]`); see [`states`](macro@states) and [`monitor`](macro@monitor) for
//! all that can be said.
//!
//! In the manifest it is
//!
//! ```toml
//! [monitor.answered]
//! component = "target/wasm32-unknown-unknown/release/answered.wasm"
//! run = "report"      # in production too: `off`, `report` or `stop`
//! ```
//!
//! # Tests
//!
//! The crate `coyote-guest-test` runs this same code in a plain `cargo test`, without wasm: one actor alone, or an app
//! in every order in which things can happen, with replay, and with a debugger.

extern crate self as coyote_guest;

mod actor;
#[doc(hidden)]
#[rustfmt::skip]
pub mod bindings;
pub mod cells;
mod context;
mod event;
mod exports;
mod failure;
#[cfg(feature = "heap")]
mod heap;
mod host;
mod id;
mod json;
mod log;
mod machine;
mod machine_exports;
mod memory;
mod monitor;
#[doc(hidden)]
#[rustfmt::skip]
pub mod monitor_bindings;
mod monitor_exports;
mod payload;
mod send;
mod states;
pub mod sync;
#[doc(hidden)]
pub mod table;
pub mod task;
pub mod time;
mod timer;

pub use actor::{Actor, HandlerError, OnError, Outcome, Start};
pub use context::Context;
pub use coyote_guest_macros::{Event, actor, event, main, monitor, on, payload, states};
pub use event::{ActorDown, AnyEvent, DownReason, Event, EventDropped, Halt};
pub use id::{ActorId, GroupId, ParseIdError};
pub use monitor::Monitor;
pub use payload::{Bytes, DecodeError, Encoded, Encoding, Payload};
pub use send::SendOptions;
pub use states::{IntoNext, Next, Parting, States, Watching};
pub use task::spawn;
pub use timer::{Firing, TimerId};

/// What an actor's source begins with: `use coyote_guest::prelude::*;`.
pub mod prelude {
    pub use crate::{
        ActorDown, ActorId, AnyEvent, Context, DownReason, Event, EventDropped, Firing, GroupId,
        Halt, HandlerError, Next, OnError, SendOptions, TimerId, actor, debug, ensure, error,
        event, info, monitor, on, payload, states, trace, warn,
    };
    pub use core::time::Duration;
}

/// For the code that the macros write. No promise holds for it.
#[doc(hidden)]
pub mod __private {
    pub use crate::actor::{
        Callback, Callbacks, KindIndex, NotStarted, Plain, Reaction, are_distinct,
    };
    pub use crate::bindings;
    pub use crate::event::{decode, render};
    pub use crate::exports::{Exports, Instance};
    pub use crate::failure::fail_assertion;
    #[cfg(not(target_family = "wasm"))]
    pub use crate::host::native as host;
    pub use crate::log::{Level, log};
    pub use crate::machine::{Machine, Stateful};
    pub use crate::machine_exports::{Exports as MachineExports, Instance as MachineInstance};
    pub use crate::memory::Cell;
    #[cfg(not(target_family = "wasm"))]
    pub use crate::memory::native::Memory;
    pub use crate::monitor::Watch;
    pub use crate::monitor_bindings;
    pub use crate::monitor_exports::{Exports as MonitorExports, Instance as MonitorInstance};
    pub use crate::payload::{decode_initial, no_initial};
    pub use crate::table;
    pub use crate::task::join::Maybe;
    pub use crate::task::kinds::{self, mention};
    pub use crate::task::select::{Branch, Branches, Either, Never, poll_select};
    pub use serde;
}
