//! The types of the package `coyote:actor`, once for both ways into a guest: as wasmtime lifts and lowers them, and as
//! the numbers that they are in the lowered interface.
#![expect(dead_code, reason = "some come from guests only, and some are not served yet")]

use std::time::Duration;

use coyote_kernel as kernel;
use wasmtime::component::{ComponentType, Lift, Lower, WasmList, WasmStr};

use crate::observe;

/// The kind index for a kind that a component does not list.
pub(crate) const UNLISTED: u32 = 0xffff_ffff;

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct ActorId {
    pub(crate) high: u32,
    pub(crate) low: u32,
}

impl ActorId {
    pub(crate) fn words(self) -> [u32; 2] {
        [self.high, self.low]
    }
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

#[expect(clippy::cast_possible_truncation, reason = "takes the number apart")]
fn split(bits: u64) -> (u32, u32) {
    ((bits >> 32) as u32, bits as u32)
}

impl From<kernel::ActorId> for ActorId {
    fn from(id: kernel::ActorId) -> Self {
        let (high, low) = split(id.bits());
        Self { high, low }
    }
}

impl From<ActorId> for kernel::ActorId {
    fn from(id: ActorId) -> Self {
        Self::from_bits(join(id.high, id.low))
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct GroupId {
    pub(crate) high: u32,
    pub(crate) low: u32,
}

impl GroupId {
    pub(crate) fn words(self) -> [u32; 2] {
        [self.high, self.low]
    }
}

impl From<kernel::GroupId> for GroupId {
    fn from(id: kernel::GroupId) -> Self {
        let (high, low) = split(id.0);
        Self { high, low }
    }
}

impl From<GroupId> for kernel::GroupId {
    fn from(id: GroupId) -> Self {
        Self(join(id.high, id.low))
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Encoding {
    #[component(name = "bytes")]
    Bytes,
    #[component(name = "text")]
    Text,
    #[component(name = "json")]
    Json,
    #[component(name = "postcard")]
    Postcard,
}

impl Encoding {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let all = [Self::Bytes, Self::Text, Self::Json, Self::Postcard];
        all.get(number as usize).copied()
    }
}

impl From<Encoding> for kernel::Encoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Bytes => Self::Bytes,
            Encoding::Text => Self::Text,
            Encoding::Json => Self::Json,
            Encoding::Postcard => Self::Postcard,
        }
    }
}

impl From<kernel::Encoding> for Encoding {
    fn from(encoding: kernel::Encoding) -> Self {
        match encoding {
            kernel::Encoding::Bytes => Self::Bytes,
            kernel::Encoding::Text => Self::Text,
            kernel::Encoding::Json => Self::Json,
            kernel::Encoding::Postcard => Self::Postcard,
        }
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct Time {
    pub(crate) seconds: u32,
    pub(crate) nanoseconds: u32,
}

impl Time {
    pub(crate) fn words(self) -> [u32; 2] {
        [self.seconds, self.nanoseconds]
    }

    /// None if there are a thousand million nanoseconds or more.
    pub(crate) fn duration(self) -> Option<Duration> {
        (self.nanoseconds < 1_000_000_000)
            .then(|| Duration::new(self.seconds.into(), self.nanoseconds))
    }
}

impl From<Duration> for Time {
    fn from(duration: Duration) -> Self {
        Self {
            seconds: u32::try_from(duration.as_secs()).unwrap_or(u32::MAX),
            nanoseconds: duration.subsec_nanos(),
        }
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Level {
    #[component(name = "error")]
    Error,
    #[component(name = "warn")]
    Warn,
    #[component(name = "info")]
    Info,
    #[component(name = "debug")]
    Debug,
    #[component(name = "trace")]
    Trace,
}

impl Level {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let all = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];
        all.get(number as usize).copied()
    }
}

impl From<Level> for observe::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Cause {
    #[component(name = "assertion")]
    Assertion,
    #[component(name = "panic")]
    Panic,
    #[component(name = "error")]
    Error,
    #[component(name = "unhandled-event")]
    UnhandledEvent,
    #[component(name = "illegal-call")]
    IllegalCall,
    #[component(name = "decode")]
    Decode,
}

impl Cause {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let all = [
            Self::Assertion,
            Self::Panic,
            Self::Error,
            Self::UnhandledEvent,
            Self::IllegalCall,
            Self::Decode,
        ];
        all.get(number as usize).copied()
    }
}

impl From<Cause> for kernel::Cause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Assertion => Self::Assertion,
            Cause::Panic => Self::Panic,
            Cause::Error => Self::Error,
            Cause::UnhandledEvent => Self::UnhandledEvent,
            Cause::IllegalCall => Self::IllegalCall,
            Cause::Decode => Self::Decode,
        }
    }
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum GroupChoice {
    #[component(name = "current")]
    Current,
    #[component(name = "none")]
    None,
    #[component(name = "this")]
    This(GroupId),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct SendOptions {
    #[component(name = "must-handle")]
    pub(crate) must_handle: bool,
    #[component(name = "max-instances")]
    pub(crate) instances_max: Option<u32>,
    pub(crate) group: GroupChoice,
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Firing {
    timer: u32,
    ticks: u32,
}

impl From<kernel::Firing> for Firing {
    fn from(firing: kernel::Firing) -> Self {
        Self { timer: firing.timer, ticks: firing.ticks }
    }
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Wanted {
    pub(crate) kind: u32,
    pub(crate) condition: Option<u32>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Wait {
    #[component(name = "ready")]
    Ready,
    #[component(name = "receive")]
    Receive(WasmList<Wanted>),
    #[component(name = "answer")]
    Answer(u32),
    #[component(name = "firing")]
    Firing(u32),
    #[component(name = "blocked")]
    Blocked(WasmStr),
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum CellKind {
    #[component(name = "counter")]
    Counter,
    #[component(name = "register")]
    Register,
    #[component(name = "map")]
    Map,
}

impl CellKind {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        [Self::Counter, Self::Register, Self::Map].get(number as usize).copied()
    }
}

impl From<CellKind> for kernel::CellKind {
    fn from(kind: CellKind) -> Self {
        match kind {
            CellKind::Counter => Self::Counter,
            CellKind::Register => Self::Register,
            CellKind::Map => Self::Map,
        }
    }
}

/// Whether another task may have its turn within a call. Lowered it is the number of the case.
#[derive(Clone, Copy, PartialEq, Eq, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Proceeding {
    #[component(name = "now")]
    Now,
    #[component(name = "later")]
    Later,
    #[component(name = "never")]
    Never,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Value {
    pub(crate) encoding: Encoding,
    pub(crate) payload: WasmList<u8>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Operation {
    #[component(name = "add")]
    Add(i32),
    #[component(name = "get")]
    Get,
    #[component(name = "exchange")]
    Exchange(i32),
    #[component(name = "compare-exchange")]
    CompareExchange((i32, i32)),
    #[component(name = "set")]
    Set(Value),
    #[component(name = "compare-set")]
    CompareSet((Value, Value)),
    #[component(name = "get-key")]
    GetKey(WasmStr),
    #[component(name = "insert-new")]
    InsertNew((WasmStr, Value)),
    #[component(name = "compare-set-key")]
    CompareSetKey((WasmStr, Value, Value)),
    #[component(name = "remove")]
    Remove(WasmStr),
    #[component(name = "len")]
    Len,
}

#[derive(ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[derive(Clone, Copy)]
pub(crate) enum Role {
    #[component(name = "actor")]
    Actor,
    #[component(name = "monitor")]
    Monitor,
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Reaction {
    #[component(name = "do")]
    Do,
    #[component(name = "goto")]
    Goto(u32),
    #[component(name = "push")]
    Push(u32),
    #[component(name = "defer")]
    Defer,
    #[component(name = "ignore")]
    Ignore,
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Temperature {
    #[component(name = "warm")]
    Warm,
    #[component(name = "hot")]
    Hot,
    #[component(name = "cold")]
    Cold,
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Rule {
    kind: u32,
    reaction: Reaction,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct State {
    name: String,
    temperature: Temperature,
    rules: Vec<Rule>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Description {
    role: Role,
    name: String,
    kinds: Vec<String>,
    states: Vec<State>,
    rules: Vec<Rule>,
    #[component(name = "tells-ignored")]
    tells_ignored: bool,
    #[component(name = "tells-deferred")]
    tells_deferred: bool,
}

impl From<Rule> for kernel::Rule {
    fn from(rule: Rule) -> Self {
        let reaction = match rule.reaction {
            Reaction::Do => kernel::Reaction::Do,
            Reaction::Goto(state) => kernel::Reaction::Goto(state),
            Reaction::Push(state) => kernel::Reaction::Push(state),
            Reaction::Defer => kernel::Reaction::Defer,
            Reaction::Ignore => kernel::Reaction::Ignore,
        };
        Self { kind: rule.kind, reaction }
    }
}

impl From<State> for kernel::StateDescription {
    fn from(state: State) -> Self {
        let temperature = match state.temperature {
            Temperature::Warm => kernel::Temperature::Warm,
            Temperature::Hot => kernel::Temperature::Hot,
            Temperature::Cold => kernel::Temperature::Cold,
        };
        let rules = state.rules.into_iter().map(Into::into).collect();
        Self { name: state.name, temperature, rules }
    }
}

impl From<Description> for kernel::Description {
    fn from(description: Description) -> Self {
        Self {
            role: match description.role {
                Role::Actor => kernel::Role::Actor,
                Role::Monitor => kernel::Role::Monitor,
            },
            name: description.name,
            kinds: description.kinds,
            states: description.states.into_iter().map(Into::into).collect(),
            rules: description.rules.into_iter().map(Into::into).collect(),
            tells_ignored: description.tells_ignored,
            tells_deferred: description.tells_deferred,
        }
    }
}
