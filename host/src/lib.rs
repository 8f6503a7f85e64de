//! Runs apps of WebAssembly actors: a library first, and the command `coyote-host` over it.

mod app;
mod inspect;
mod observe;
mod run;
mod sandbox;

pub use app::{
    Access, ActorKind, App, AppError, AppLimits, Build, Colour, Component, Delivery, Directory,
    Grants, Initial, KindIndex, Lookup, Monitor, MonitorRun, Problem, ProblemKind, SandboxLimits,
    Start, StartIndex, check_name, manifest_schema,
};
pub use coyote_kernel::{ActorId, Encoding, Init, Payload, Status};
pub use inspect::{ComponentInfo, StateInfo, inspect};
pub use observe::{Level, LogLine, Observer, Silent};
pub use run::{
    ActorCounts, ActorFailure, Answer, BuildError, DroppedEvent, Host, HostBuilder, OutsideEvent,
    RequestError, RunReport, RunVerdict, SendError,
};
pub use sandbox::LoadError;
