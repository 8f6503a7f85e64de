//! Test actors of [coyote-guest](coyote_guest) where `cargo test` runs: in one process, without wasm, under a debugger.
//!
//! The code of the actors is the one that becomes components, and what they do to each other is decided by the kernel
//! of coyote-host, so what is found here is found there.
//!
//! # An app
//!
//! An [`App`] starts actors, lets monitors watch, and explores the orders in which everything can happen:
//!
//! ```
//! use coyote_guest::prelude::*;
//! use coyote_guest_test::App;
//!
//! #[event]
//! struct Add { amount: u32 }
//!
//! #[event]
//! struct Double;
//!
//! #[derive(Debug)]
//! struct Counter { value: u32 }
//!
//! #[actor]
//! impl Counter {
//!     #[on(init)]
//!     fn new() -> Self {
//!         Self { value: 1 }
//!     }
//!
//!     #[on]
//!     fn add(&mut self, add: Add) {
//!         self.value += add.amount;
//!     }
//!
//!     #[on]
//!     fn double(&mut self, _: Double) {
//!         self.value *= 2;
//!         ensure!(self.value == 4, "doubled to {}", self.value);
//!     }
//! }
//!
//! #[derive(Debug, Default)]
//! struct Doubler;
//!
//! #[actor]
//! impl Doubler {
//!     #[on(init)]
//!     fn begin(&mut self, ctx: &Context, counter: ActorId) {
//!         ctx.send(counter, Double);
//!     }
//! }
//!
//! let mut app = App::new();
//! let counter = app.start::<Counter>(());
//! app.start::<Doubler>(counter);
//! app.send(counter, &Add { amount: 1 });
//! let bug = app.explore(0, 100).bug.expect("nobody says who comes first");
//! assert_eq!((bug.kind.as_str(), bug.actor.as_deref()), ("assertion", Some("counter-1")));
//!
//! // Whatever was found can be seen again, step by step in a debugger.
//! assert!(app.replay(&bug.trace).is_some());
//! ```
//!
//! # One actor
//!
//! [`OneActor`] drives an actor with nobody else there, and shows what each event makes it do:
//!
//! ```
//! use coyote_guest::prelude::*;
//! use coyote_guest_test::OneActor;
//!
//! #[event]
//! struct Ping { client: ActorId }
//!
//! #[event]
//! struct Pong;
//!
//! #[derive(Debug, Default)]
//! struct Server { pings: u32 }
//!
//! #[actor]
//! impl Server {
//!     #[on]
//!     fn ping(&mut self, ctx: &Context, ping: Ping) {
//!         self.pings += 1;
//!         ctx.send(ping.client, Pong);
//!     }
//! }
//!
//! let mut server = OneActor::<Server>::new();
//! let client = server.peer();
//! server.start(());
//! let did = server.send(client, &Ping { client });
//! assert!(matches!(did[0].sent::<Pong>(), Some((to, Pong)) if to == client));
//! assert_eq!(server.state(), "Server { pings: 1 }");
//! ```
//!
//! # Where tests stand
//!
//! A test of one actor stands in its crate, in a `#[cfg(test)] mod tests`. One of several needs their types: the
//! source of another actor is taken in as a module,
//!
//! ```text
//! #[cfg(test)]
//! #[path = "../../server/src/lib.rs"]
//! mod server;
//! ```
//!
//! for which that actor's type is `pub`. This crate is a dependency of tests only:
//!
//! ```toml
//! [dev-dependencies]
//! coyote-guest-test = "0.1"
//! ```
//!
//! # What is different
//!
//! Real components are sandboxed; here an endless loop is one, and what actors share by `static` they do share. Failures
//! are bugs: there are no supervisors, and no faults. For these, and for actors in other languages, there is the explorer
//! of coyote-host, on the same components that run in production.

mod app;
mod component;
mod desk;
mod did;
mod natives;
mod one_actor;
mod shared;

pub use app::{App, FoundBug, Report};
pub use coyote_kernel::Delivery;
pub use coyote_kernel::strategy::Misnamed;
pub use did::Did;
pub use one_actor::OneActor;
