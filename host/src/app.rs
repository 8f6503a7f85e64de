//! `app.toml` -> [`App`], valid by construction: whoever holds an [`App`] need not check anything in
//! it again. Every name is resolved, every limit is in its range, every path is joined to the folder
//! of the manifest.
//!
//! Reading goes in three steps, and each reports all that it finds before the next begins:
//! `toml` parses, keeping the place of each value; `shape` compares with the schema, which is derived
//! from the tables in `manifest`; `resolve` reads texts such as sizes and puts names together.
//!
//! Deliberately not here: whether a component exists and what it imports (the sandbox says), and
//! what any of it means (the kernel does).

mod bounds;
mod defaults;
mod environment;
mod error;
mod initial;
mod manifest;
mod resolve;
mod schema;
mod shape;
mod start;
mod test;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::num::{NonZeroU32, NonZeroU64};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::{
    ActorLimits, Beyond, Delivery, Overflow, Restart, RestartFrom, Supervision, TimerMode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::environment::{Creation, Environment};
pub use self::error::{AppError, Colour, Problem, ProblemKind};
pub(crate) use self::error::{size, suggest};
pub use self::initial::Initial;
pub use self::schema::manifest_schema;
pub use self::test::{Test, TestFault};

/// An app: its kinds of actors, what each may do and use, which actors are there at the start, what
/// watches them, and what exploration looks at.
#[derive(Clone, Debug)]
pub struct App {
    name: String,
    path: PathBuf,
    seed: Option<u64>,
    delivery: Delivery,
    timers: TimerMode,
    limits: AppLimits,
    actors: Vec<ActorKind>,
    starts: Arc<[Start]>,
    monitors: Vec<Monitor>,
    tests: Vec<Test>,
}

impl App {
    /// Loads the manifest at `path`, or `app.toml` in the folder at `path`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is larger than 1 MiB or not UTF-8, or if [`App::parse`] refuses it.
    pub fn load(path: &Path) -> Result<Self, AppError> {
        let path = if path.is_dir() { path.join("app.toml") } else { path.to_owned() };
        let text = read(&path)?;
        Self::parse(&text, &path)
    }

    /// Reads a manifest that stands, or might stand, at `path`: paths in it are relative to the
    /// folder of `path`. No file is touched.
    ///
    /// # Errors
    ///
    /// [`AppError::Invalid`] with all problems of one step: first what is no TOML, then what has
    /// not the shape of the schema, then values and names that are wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, AppError> {
        resolve::app(text, path)
    }

    /// The name of the app.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The manifest.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The seed, if the manifest has one; else each execution draws its own.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// In which orders messages may arrive.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Which armed timers may fire in exploration.
    #[must_use]
    pub fn timers(&self) -> TimerMode {
        self.timers
    }

    /// Bounds of the app as a whole.
    #[must_use]
    pub fn limits(&self) -> AppLimits {
        self.limits
    }

    /// The kinds of actors, sorted by name. [`KindIndex`] counts them from 0.
    #[must_use]
    pub fn actors(&self) -> &[ActorKind] {
        &self.actors
    }

    /// The kind at an index of this app.
    ///
    /// # Panics
    ///
    /// If the index is that of another app, and out of range here.
    #[must_use]
    pub fn actor(&self, kind: KindIndex) -> &ActorKind {
        &self.actors[kind.index()]
    }

    /// The kind with a name.
    #[must_use]
    pub fn kind_of(&self, name: &str) -> Option<KindIndex> {
        self.actors.binary_search_by(|kind| kind.name.as_str().cmp(name)).ok().map(KindIndex::new)
    }

    /// The actors to be created at the start, in this order. [`StartIndex`] counts entries from 0.
    #[must_use]
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// How many actors all entries of [`App::starts`] create together; not more than
    /// [`AppLimits::actors_max`].
    #[must_use]
    pub fn started(&self) -> u32 {
        self.starts.iter().map(|start| start.count.get()).sum()
    }

    /// The monitors, sorted by name. [`MonitorIndex`] counts them from 0.
    #[must_use]
    pub fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    /// The tests, in the order of the manifest; never empty. A manifest without any has one, named
    /// `default`: the app as it is started, with every monitor and no faults.
    #[must_use]
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// The test with a name.
    #[must_use]
    pub fn test(&self, name: &str) -> Option<&Test> {
        self.tests.iter().find(|test| test.name == name)
    }
}

/// Whether a text can be the name of an app, an actor, a monitor: 1 to 64 lower-case letters, digits,
/// `-` and `_`.
///
/// # Errors
///
/// [`ProblemKind::BadName`], with the reason.
pub fn check_name(name: &str) -> Result<(), ProblemKind> {
    values::name(name)
}

/// The bytes of a size, such as `64KiB`: a number and `B`, `KiB`, `MiB` or `GiB`. None if it is nothing of the kind, or
/// too large.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    values::size(text)
}

fn read(path: &Path) -> Result<String, AppError> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => AppError::NotFound { path: path.to_owned() },
        _ => AppError::Read { path: path.to_owned(), source },
    })?;
    let mut bytes = Vec::new();
    file.take(bounds::MANIFEST_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| AppError::Read { path: path.to_owned(), source })?;
    if bytes.len() as u64 > bounds::MANIFEST_BYTES_MAX {
        return Err(AppError::TooLarge { path: path.to_owned() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        AppError::NotUtf8 { path: path.to_owned(), line }
    })
}

/// Bounds of the app as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppLimits {
    /// Most actors alive at once.
    pub actors_max: NonZeroU32,
    /// Most dead letters that are kept; those beyond are counted.
    pub dead_letters_max: u32,
}

/// The place of a kind in [`App::actors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIndex(u32);

impl KindIndex {
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a manifest of 1 MiB has fewer kinds"))
    }

    /// The index of its definition in the kernel.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// As an index of a slice.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The place of a monitor in [`App::monitors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonitorIndex(u32);

impl MonitorIndex {
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a manifest of 1 MiB has fewer monitors"))
    }

    /// As an index of a slice.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The place of an entry in [`App::starts`], or in [`Test::starts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartIndex(u32);

impl StartIndex {
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a manifest of 1 MiB has fewer entries"))
    }

    /// As an index of a slice.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A kind of actor: what `[actor.NAME]` says.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorKind {
    /// By which manifests and creators call it.
    pub name: String,
    /// The wasm component, and how it is built.
    pub component: Component,
    /// What the kernel enforces.
    pub limits: ActorLimits,
    /// What the sandbox enforces.
    pub sandbox: SandboxLimits,
    /// What becomes of an actor that failed.
    pub supervision: Supervision,
    /// Whether the manifest asks for supervision. Where it does not, exploration takes a failed turn
    /// for a violation, and only production acts on [`Self::supervision`] (F9).
    pub supervised: bool,
    /// What it may do beyond sending.
    pub grants: Grants,
}

/// A wasm component on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The file. It need not exist yet.
    pub path: PathBuf,
    /// How to make it, if the manifest says so.
    pub build: Option<Build>,
}

/// A command that builds a component. No shell is involved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Build {
    /// The command as the manifest has it.
    pub line: String,
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
}

/// What the sandbox enforces for one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxLimits {
    /// Most bytes of linear memory, all memories together: whole pages, at most 4 GiB.
    pub memory_bytes_max: u64,
    /// Most wasm instructions of one turn, approximately.
    pub fuel_max: NonZeroU64,
    /// Longest time of one turn, in production; never zero.
    pub deadline: Option<Duration>,
    /// Longest log line, in bytes.
    pub log_line_bytes_max: u32,
    /// Most log lines of one turn.
    pub log_lines_max: u32,
}

/// What an actor may do beyond sending to those that it knows. By default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// The kinds that it may create.
    pub create: BTreeSet<KindIndex>,
    /// The ids that it may look up.
    pub lookup: BTreeSet<Lookup>,
    /// Whether it may read `wasi:clocks`.
    pub clocks: bool,
    /// Whether its standard output goes to the log.
    pub stdout: bool,
    /// The folders that it sees; no two at one place.
    pub directories: Vec<Directory>,
    /// The environment variables that it sees.
    pub environment: BTreeMap<String, String>,
}

impl Grants {
    /// Whether it may create actors of a kind.
    #[must_use]
    pub fn may_create(&self, kind: KindIndex) -> bool {
        self.create.contains(&kind)
    }

    /// Whether it may look up the id of an actor by kind and name.
    #[must_use]
    pub fn may_look_up(&self, kind: KindIndex, name: &str) -> bool {
        self.lookup
            .iter()
            .any(|grant| grant.kind == kind && grant.name.as_deref().is_none_or(|own| own == name))
    }
}

/// Ids that may be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// The kind.
    pub kind: KindIndex,
    /// One name, or every name of the kind.
    pub name: Option<String>,
}

/// A folder that an actor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// The folder, below that of the manifest, as far as its text tells: symbolic links in it are
    /// the choice of whoever placed them there.
    pub host: PathBuf,
    /// Where the actor sees it: an absolute path without a `/` at its end.
    pub guest: String,
    /// What it may do there.
    pub access: Access,
}

/// What an actor may do in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read files and list folders.
    #[default]
    Read,
    /// Also create, write and remove them.
    ReadWrite,
}

/// Actors to be created at the start: what one `[[start]]`, or `[[test.start]]`, or `[[test.driver]]`, says.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The kind.
    pub actor: KindIndex,
    /// The name, or what the names begin with.
    pub name: Option<String>,
    /// How many.
    pub count: NonZeroU32,
    /// The initial payload of each; none is the empty payload.
    pub initial: Option<Initial>,
}

impl Start {
    /// The name of an instance, counted from 0: the name of the entry, or `name-1`, `name-2`, .. if
    /// it starts several.
    #[must_use]
    pub fn name_of(&self, instance: u32) -> Option<String> {
        let name = self.name.as_ref()?;
        let several = self.count.get() > 1;
        Some(if several { format!("{name}-{}", instance + 1) } else { name.clone() })
    }
}

/// A monitor: what `[monitor.NAME]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// By which actors notify it.
    pub name: String,
    /// The wasm component, and how it is built.
    pub component: Component,
    /// Whether it runs in production too.
    pub run: MonitorRun,
    /// What the sandbox enforces.
    pub sandbox: SandboxLimits,
}

impl Monitor {
    /// The monitor in the shape of an actor that may do nothing: what the sandbox asks for.
    pub(crate) fn as_actor(&self) -> ActorKind {
        ActorKind {
            name: self.name.clone(),
            component: self.component.clone(),
            limits: ActorLimits {
                inbox_events_max: NonZeroU32::MIN,
                overflow: Overflow::Fail,
                payload_bytes_max: 0,
                effects_max: 0,
                outbox_bytes_max: 0,
            },
            sandbox: self.sandbox,
            supervision: Supervision {
                restart: Restart::Temporary,
                from: RestartFrom::Initial,
                restarts_max: 0,
                within: Duration::ZERO,
                retries_max: 0,
                beyond: Beyond::Park,
            },
            supervised: false,
            grants: Grants::default(),
        }
    }
}

/// Whether a monitor runs in production (O6). In exploration it always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MonitorRun {
    /// It does not.
    Off,
    /// It does, and what it finds is reported.
    #[default]
    Report,
    /// It does, and what it finds stops the app.
    Stop,
}
