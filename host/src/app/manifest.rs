//! `app.toml` as it is written: the one source of its keys, types, ranges and defaults, of which the
//! JSON Schema is derived, and with it the check that names every stray key (`shape`). What the
//! values mean together is not decided here but in `resolve`.
//!
//! The comments are the descriptions in the schema: they speak to authors of manifests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::ops::{Deref, Range};

use coyote_kernel::{Beyond, Delivery, FaultKind, Overflow, Restart, RestartFrom, TimerMode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Access, MonitorRun, bounds, defaults};

/// A value and where it stands in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct At<T>(Spanned<T>);

impl<T> At<T> {
    pub(super) fn span(&self) -> Range<usize> {
        self.0.span()
    }

    /// A value that the manifest does not spell out. It is right, so nobody asks where it stands.
    fn nowhere(value: T) -> Self {
        Self(Spanned::new(0..0, value))
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get_ref()
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Texts of one form each, for the schema; `values` reads them.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $pattern:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
        #[serde(transparent)]
        pub(super) struct $name(String);

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

texts! {
    /// Lower-case letters, digits, `-` and `_`.
    NameText: "^[a-z0-9_-]{1,64}$";
    /// The name of an actor kind, or a kind and a name with a `/` between them.
    LookupText: "^[a-z0-9_-]{1,64}(/[a-z0-9_-]{1,64})?$";
    /// A number and a unit without a blank: `B`, `KiB`, `MiB` or `GiB`.
    SizeText: "^[0-9]+(B|KiB|MiB|GiB)$";
    /// Numbers with units: `500ms`, `1s`, `2m 30s`.
    DurationText: "^[0-9]+ *[a-z]+( *[0-9]+ *[a-z]+)*$";
    /// A path or a command line.
    PlainText: "^[^\\u0000]+$";
}

/// An app: its kinds of actors, what each may do and use, which actors are there at the start, and
/// what watches them. What is not granted is denied, and a key that is not known is an error.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "Manifest of a coyote-host app")]
pub(super) struct Manifest {
    /// The name of the app.
    pub(super) name: At<NameText>,
    /// The ids of actors and the choices of production derive from it. Without one, each start draws
    /// its own and reports it.
    pub(super) seed: Option<u64>,
    /// In which orders messages may arrive: what this app is declared to survive.
    #[serde(default, with = "DeliveryName")]
    pub(super) delivery: Delivery,
    /// Which armed timers may fire in exploration.
    #[serde(default, with = "TimerModeName")]
    pub(super) timers: TimerMode,
    /// Bounds of the app as a whole.
    #[serde(default)]
    pub(super) limits: LimitsTable,
    /// The kinds of actors, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[a-z0-9_-]{1,64}$" }))]
    pub(super) actor: BTreeMap<At<String>, ActorTable>,
    /// The actors that are there at the start, created in this order.
    #[serde(default)]
    pub(super) start: Vec<At<StartTable>>,
    /// The monitors, by the name that actors notify.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^[a-z0-9_-]{1,64}$" }))]
    pub(super) monitor: BTreeMap<At<String>, MonitorTable>,
    /// What exploration looks at. Without an entry there is one test: `default`, the app as it is
    /// started, with every monitor and no faults.
    #[serde(default)]
    #[schemars(length(max = bounds::TESTS_MAX))]
    pub(super) test: Vec<TestTable>,
}

/// In which orders messages may arrive.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Delivery", rename_all = "kebab-case")]
enum DeliveryName {
    /// In the exact order of one host that interleaves single sends. To settle disputes: each send
    /// is a step of its own.
    Mailbox,
    /// A message arrives after all that were sent to the same receiver and happened before it. This
    /// is what one host gives.
    Causal,
    /// Messages from one actor to another keep their order, and nothing more. This is what a cluster
    /// gives.
    Pairwise,
    /// Any message may arrive next, as with datagrams.
    Unordered,
}

/// Which armed timers may fire in exploration.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "TimerMode", rename_all = "kebab-case")]
enum TimerModeName {
    /// Those with the earliest due time, at any moment: handlers may take arbitrarily long.
    Earliest,
    /// Any. Durations are then without meaning.
    Unordered,
}

/// Bounds of the app as a whole.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    /// Most actors alive at once.
    #[schemars(range(min = 1, max = bounds::ACTORS_MAX))]
    pub(super) actors: NonZeroU32,
    /// Most dead letters that are kept for inspection. Those beyond are counted all the same.
    #[schemars(range(min = 0, max = bounds::DEAD_LETTERS_MAX))]
    pub(super) dead_letters: u32,
}

impl Default for LimitsTable {
    fn default() -> Self {
        Self { actors: defaults::ACTORS_MAX, dead_letters: defaults::DEAD_LETTERS_MAX }
    }
}

/// A kind of actor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ActorTable {
    /// The wasm component, relative to the folder of the manifest.
    pub(super) component: At<PlainText>,
    /// The command line that builds the component. No shell reads it: quotes work, variables and
    /// pipes do not.
    pub(super) build: Option<At<PlainText>>,
    /// Where `build` runs, relative to the folder of the manifest, which it is by default.
    pub(super) build_directory: Option<At<PlainText>>,
    /// The bound of the inbox.
    #[serde(default)]
    pub(super) inbox: InboxTable,
    /// Largest payload that the actor may send.
    #[serde(default = "payload")]
    pub(super) payload: At<SizeText>,
    /// Most effects (sends, creates, timers, ..) that one turn may stage.
    #[serde(default = "effects")]
    #[schemars(range(min = 0, max = bounds::EFFECTS_MAX))]
    pub(super) effects: u32,
    /// Most payload bytes that all effects of one turn may have together.
    #[serde(default = "outbox")]
    pub(super) outbox: At<SizeText>,
    /// Most linear memory, all memories of an instance together: whole pages of 64KiB, at most 4GiB.
    #[serde(default = "memory")]
    pub(super) memory: At<SizeText>,
    /// Most wasm instructions of one turn, approximately.
    #[serde(default = "fuel")]
    pub(super) fuel: NonZeroU64,
    /// Longest time of one turn by the clock on the wall. Production only: exploration counts fuel.
    pub(super) deadline: Option<At<DurationText>>,
    /// Longest log line; the rest of a longer one is cut off.
    #[serde(default = "log_line")]
    pub(super) log_line: At<SizeText>,
    /// Most log lines of one turn. Those beyond are counted and dropped.
    #[serde(default = "log_lines")]
    #[schemars(range(min = 0, max = bounds::LOG_LINES_MAX))]
    pub(super) log_lines: u32,
    /// What becomes of an actor that failed. Exploration treats a failed turn as a bug unless this
    /// table is here, be it empty.
    pub(super) supervision: Option<SupervisionTable>,
    /// What the actor may do beyond sending to those that it knows.
    #[serde(default)]
    pub(super) grants: GrantsTable,
}

/// The bound of an inbox.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct InboxTable {
    /// Most events that were sent to an actor and not yet taken, counted over all senders.
    #[schemars(range(min = 1, max = bounds::INBOX_EVENTS_MAX))]
    pub(super) capacity: NonZeroU32,
    /// What happens to the event that would be one too many.
    #[serde(with = "OverflowName")]
    pub(super) overflow: Overflow,
}

impl Default for InboxTable {
    fn default() -> Self {
        Self { capacity: defaults::INBOX_EVENTS_MAX, overflow: defaults::OVERFLOW }
    }
}

/// What happens to the event that would be one too many.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Overflow", rename_all = "kebab-case")]
enum OverflowName {
    /// It waits, with all that its sender staged behind it, and the sender takes nothing meanwhile.
    Block,
    /// It becomes a dead letter, and that is a violation.
    Fail,
    /// It becomes a dead letter.
    DropNewest,
    /// The oldest event in the inbox becomes a dead letter.
    DropOldest,
}

/// What becomes of an actor that failed, or halted.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct SupervisionTable {
    /// Whether the actor comes back.
    #[serde(with = "RestartName")]
    pub(super) restart: Restart,
    /// In which state it comes back.
    #[serde(with = "RestartFromName")]
    pub(super) from: RestartFrom,
    /// Most restarts within `within`; one more is answered by `beyond`.
    #[schemars(range(min = 0, max = bounds::RESTARTS_MAX))]
    pub(super) max_restarts: u32,
    /// The window in which restarts are counted.
    pub(super) within: At<DurationText>,
    /// How often the event of a failed turn is offered again before it becomes a dead letter.
    #[schemars(range(min = 0, max = bounds::RESTARTS_MAX))]
    pub(super) retry: u32,
    /// What happens when the actor does not come back.
    #[serde(with = "BeyondName")]
    pub(super) beyond: Beyond,
}

impl Default for SupervisionTable {
    fn default() -> Self {
        Self {
            restart: defaults::RESTART,
            from: defaults::RESTART_FROM,
            max_restarts: defaults::RESTARTS_MAX,
            within: At::nowhere(defaults::RESTARTS_WITHIN.into()),
            retry: defaults::RETRIES_MAX,
            beyond: defaults::BEYOND,
        }
    }
}

/// Whether an actor comes back.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Restart", rename_all = "kebab-case")]
enum RestartName {
    /// After a failure and after a halt.
    Permanent,
    /// After a failure.
    Transient,
    /// Never.
    Temporary,
}

/// The state in which a restarted actor begins.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "RestartFrom", rename_all = "kebab-case")]
enum RestartFromName {
    /// A fresh instance, initialised with the first payload again.
    Initial,
    /// The state before the turn that failed.
    LastTurn,
}

/// What happens when an actor fails and does not come back.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(remote = "Beyond", rename_all = "kebab-case")]
enum BeyondName {
    /// It stays as failed: its id is taken, events to it become dead letters.
    Park,
    /// It halts: watchers are told, its id may be bound again.
    Halt,
    /// The app stops, with the failure as its verdict.
    Stop,
}

/// What an actor may do beyond sending to those that it knows.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct GrantsTable {
    /// The kinds of actors that it may create.
    pub(super) create: Vec<At<NameText>>,
    /// The actors whose ids it may look up: `kind` for every name of that kind, or `kind/name`.
    pub(super) lookup: Vec<At<LookupText>>,
    /// Whether it may read `wasi:clocks`, which tell virtual time. For actors built for WASI.
    pub(super) clocks: bool,
    /// Whether what it writes to the standard output goes to the log. For actors built for WASI.
    pub(super) stdout: bool,
    /// The folders that it sees. For actors built for WASI.
    pub(super) directories: Vec<DirectoryTable>,
    /// The environment variables that it sees. For actors built for WASI.
    #[schemars(extend("propertyNames" = { "pattern": "^[^=\\u0000]+$" }))]
    pub(super) environment: BTreeMap<At<String>, At<String>>,
}

/// A folder that an actor sees.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct DirectoryTable {
    /// The folder, inside that of the manifest and relative to it.
    pub(super) host: At<PlainText>,
    /// Where the actor sees it: an absolute path.
    pub(super) guest: At<PlainText>,
    /// What it may do there.
    #[serde(default)]
    pub(super) access: Access,
}

/// Actors that are there at the start.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct StartTable {
    /// The kind of the actor.
    pub(super) actor: At<NameText>,
    /// Its name, by which others look it up and `initial` refers to it; unique for the kind. With a
    /// `count` above 1 the names are `name-1`, `name-2`, ..
    pub(super) name: Option<At<NameText>>,
    /// How many there are.
    #[serde(default = "count")]
    #[schemars(range(min = 1, max = bounds::ACTORS_MAX))]
    pub(super) count: At<NonZeroU32>,
    /// The initial payload, handed to the actor as JSON. A string that begins with `@` stands for
    /// the id of a started actor: `@name`, or `@kind` for the only entry of a kind that has no name,
    /// or `@kind/name`; `[2]` behind it picks the second of several, `[*]` makes an array of all.
    /// `@@` stands for one `@`.
    #[expect(dead_code, reason = "read from the document itself, for the sake of its spans")]
    initial: Option<Payload>,
}

/// Any value.
#[derive(Debug, Deserialize)]
struct Payload(IgnoredAny);

impl JsonSchema for Payload {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Payload".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// A monitor: it is notified, it asserts, it cannot act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct MonitorTable {
    /// The wasm component, relative to the folder of the manifest.
    pub(super) component: At<PlainText>,
    /// The command line that builds the component. No shell reads it.
    pub(super) build: Option<At<PlainText>>,
    /// Where `build` runs, relative to the folder of the manifest, which it is by default.
    pub(super) build_directory: Option<At<PlainText>>,
    /// Whether it runs in production too; in exploration it always does.
    #[serde(default)]
    pub(super) run: MonitorRun,
    /// Most linear memory: whole pages of 64KiB, at most 4GiB.
    #[serde(default = "memory")]
    pub(super) memory: At<SizeText>,
    /// Most wasm instructions of one batch of notifications, approximately.
    #[serde(default = "fuel")]
    pub(super) fuel: NonZeroU64,
}

/// What one exploration looks at: who is started, who watches, what may go wrong, and how far it goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct TestTable {
    /// The name of the test, by which `explore --test` picks it.
    pub(super) name: At<NameText>,
    /// The actors that are there at the start, instead of those that the app starts.
    pub(super) start: Option<Vec<At<StartTable>>>,
    /// Actors that are started besides, after all others: they drive the test. `initial` may refer
    /// to the others.
    #[serde(default)]
    pub(super) driver: Vec<At<StartTable>>,
    /// The monitors that watch; all, if it is not said.
    pub(super) monitors: Option<Vec<At<NameText>>>,
    /// In which orders messages may arrive, if not as the app says.
    #[schemars(with = "Option<DeliveryName>")]
    pub(super) delivery: Option<Delivery>,
    /// Which armed timers may fire, if not as the app says.
    #[schemars(with = "Option<TimerModeName>")]
    pub(super) timers: Option<TimerMode>,
    /// How many executions are explored, unless the command says otherwise.
    #[serde(default = "iterations")]
    pub(super) iterations: NonZeroU64,
    /// Most steps of one execution, random choices included. It is cut there.
    #[serde(default = "steps")]
    #[schemars(range(min = 1, max = bounds::STEPS_MAX))]
    pub(super) steps: NonZeroU32,
    /// For how many steps in a row a monitor may be in a hot state before that is taken for a
    /// liveness bug, under strategies that are fair. By default half of `steps`; 0 for no bound.
    #[schemars(range(min = 0, max = bounds::STEPS_MAX))]
    pub(super) temperature: Option<At<u32>>,
    /// Whether an execution that is cut at `steps` is a bug.
    #[serde(default)]
    pub(super) fail_at_bound: bool,
    /// What may go wrong in the world around the actors.
    #[serde(default)]
    #[schemars(length(max = bounds::FAULTS_MAX))]
    pub(super) fault: Vec<FaultTable>,
}

/// Names, and where they stand.
pub(super) type Names = At<Vec<At<NameText>>>;

/// Something that may go wrong. Exploration decides whether, when and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FaultTable {
    /// What happens.
    pub(super) kind: At<FaultName>,
    /// How often it may happen in one execution.
    #[serde(default = "budget")]
    #[schemars(range(min = 1, max = bounds::FAULT_BUDGET_MAX))]
    pub(super) budget: NonZeroU32,
    /// The kinds of actors that it may hit: who crashes, for whom a message was, whose timer it is.
    /// All, if it is not said. Not for `partition`.
    pub(super) actors: Option<Names>,
    /// The kinds of events that it may hit. All, if it is not said. Not for `crash`, `kill` and
    /// `partition`.
    pub(super) events: Option<At<Vec<At<String>>>>,
    /// Only for `crash`: in which state the actor comes back. By default it is lost.
    pub(super) state: Option<At<CrashState>>,
    /// Only for `partition`, and needed there: the kinds of actors on either side.
    pub(super) between: Option<At<Vec<Names>>>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FaultName {
    /// An actor ends between two turns and comes back at once, in the `state` that is said; its inbox
    /// stays.
    Crash,
    /// An actor ends between two turns for good.
    Kill,
    /// A message reaches nobody.
    Loss,
    /// A message arrives, and a copy of it later.
    Duplication,
    /// A message takes long, and with it those that its sender sends to the same actor later: what
    /// others sent may overtake them, even though it would have to arrive after them.
    Delay,
    /// A message arrives before others that would have had to arrive before it.
    Reordering,
    /// No message gets from one side of `between` to the other, until the partition heals. It heals
    /// before the execution ends.
    Partition,
    /// A timer fires although others are due earlier.
    Skew,
}

impl FaultName {
    /// What the kernel calls it; `keeps_state` is about crashes.
    pub(super) fn kind(self, keeps_state: bool) -> FaultKind {
        match self {
            Self::Crash if keeps_state => FaultKind::Reboot,
            Self::Crash => FaultKind::Crash,
            Self::Kill => FaultKind::Kill,
            Self::Loss => FaultKind::Loss,
            Self::Duplication => FaultKind::Duplication,
            Self::Delay => FaultKind::Delay,
            Self::Reordering => FaultKind::Reordering,
            Self::Partition => FaultKind::Partition,
            Self::Skew => FaultKind::Skew,
        }
    }
}

/// In which state an actor comes back from a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CrashState {
    /// As a new instance, with its first payload; its timers end.
    Lost,
    /// As after its last turn; its timers go on.
    Kept,
}

fn payload() -> At<SizeText> {
    At::nowhere(defaults::PAYLOAD_MAX.into())
}

fn effects() -> u32 {
    defaults::EFFECTS_MAX
}

fn outbox() -> At<SizeText> {
    At::nowhere(defaults::OUTBOX_MAX.into())
}

fn memory() -> At<SizeText> {
    At::nowhere(defaults::MEMORY_MAX.into())
}

fn fuel() -> NonZeroU64 {
    defaults::FUEL_MAX
}

pub(super) fn log_line() -> At<SizeText> {
    At::nowhere(defaults::LOG_LINE_MAX.into())
}

fn log_lines() -> u32 {
    defaults::LOG_LINES_MAX
}

fn count() -> At<NonZeroU32> {
    At::nowhere(defaults::START_COUNT)
}

fn iterations() -> NonZeroU64 {
    defaults::ITERATIONS
}

fn steps() -> NonZeroU32 {
    defaults::STEPS_MAX
}

fn budget() -> NonZeroU32 {
    defaults::FAULT_BUDGET
}
