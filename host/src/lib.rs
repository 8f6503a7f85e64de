//! Runs apps of WebAssembly actors: a library first, and the command `coyote-host` over it.
//!
//! An app is a manifest, `app.toml`, and the components that it names. A [`Host`] runs it on worker threads of
//! its own. Whoever embeds it creates actors, sends events, asks for answers, and is told what happens by an
//! [`Observer`]; the library prints nothing, installs no signal handlers and needs no async runtime.
//!
//! ```
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use coyote_host::{App, Host, LogLine, Observer, OutsideEvent, json};
//!
//! /// Shows what actors log.
//! struct Console;
//!
//! impl Observer for Console {
//!     fn line(&self, line: &LogLine<'_>) {
//!         println!("{}: {}", line.actor, line.message);
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../example-actors/hello-world"));
//! let app = App::load(&folder.join("app.toml"))?;
//! let host = Host::builder(app).observer(Console).build()?;
//!
//! // The manifest starts a server and three clients. One more client, told where the server is:
//! let server = host.id_of("server", "server")?;
//! let client = host.create("client", Some("late"), json(&serde_json::json!({ "server": server }))?)?;
//! // What the server cannot make sense of fails that turn of the server, and nothing else.
//! host.send(server, OutsideEvent::bare("nonsense"))?;
//!
//! assert!(host.until_quiescent(Duration::from_secs(10)));
//! let report = host.drain(Duration::from_secs(1));
//! assert_eq!((report.actors.created, report.failures), (5, 1));
//! # let _ = client;
//! # Ok(())
//! # }
//! ```

mod app;
mod clock;
mod explore;
mod inspect;
#[cfg(any(test, feature = "measure"))]
#[doc(hidden)]
pub mod measure;
mod observe;
mod run;
mod sandbox;
mod snapshot;

pub use app::{
    Access, ActorKind, App, AppError, AppLimits, Build, Colour, Component, Directory, Grants,
    Initial, KindIndex, Lookup, Monitor, MonitorIndex, MonitorRun, Problem, ProblemKind,
    SandboxLimits, Start, StartIndex, Test, TestFault, check_name, manifest_schema, parse_size,
};
pub use coyote_kernel::{
    ActorId, Delivery, Encoding, FaultKind, Init, Method as SearchMethod, Payload, Status,
    TimerMode, Walked,
};
pub use explore::{
    ActorTest, ActorTestError, ActorView, Alternative, Change, Coverage, Did, ExploreError,
    ExploreReport, Explorer, FoundBug, InterchangeableActors, MonitorView, Progress, Replay,
    ReplayError, ReplayReport, SearchReport, StepCounts, TestReport, Timeline, TraceError,
    TraceLine, TurnCounts, Verdict, View, ViewLine,
};
pub use inspect::{ComponentInfo, ReactionInfo, StateInfo, inspect};
pub use observe::{Level, LogLine, Observer, Silent};
pub use run::{
    ActorCounts, ActorFailure, Answer, BuildError, DroppedEvent, Host, HostBuilder, OutsideEvent,
    RequestError, RunReport, RunVerdict, SendError, json,
};
pub use sandbox::LoadError;
pub use snapshot::{Snapshot, SnapshotError, SnapshotFileError};
