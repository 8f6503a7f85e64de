//! What the imports of an instance can reach: the data of its store.

use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::{
    ActorId, Cause, Failure, Firing, Group, GroupId, IdKey, Kind, Outbox, TimerId,
};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use wasmtime::ResourceLimiter;

use super::Kinds;
use super::lowered::{LoweredGuest, MARKS};
use super::questions::Questions;
use super::wasi::Wasi;
use crate::app::{ActorKind, App};
use crate::observe::{Level, LogLine, Observer};

/// What all instances of an app share.
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) kinds: Kinds,
    pub(crate) key: IdKey,
    pub(crate) observer: Arc<dyn Observer>,
}

/// What an instance is lent for one turn, and gives back after it. One for each shard.
#[derive(Default)]
pub(crate) struct TurnScope {
    /// The effects of the turn.
    pub(crate) outbox: Outbox,
    /// Virtual time.
    pub(crate) now: Duration,
    /// The kind of the event; none in the first turn.
    pub(crate) kind: Option<Kind>,
    /// The firing that the event tells of.
    pub(crate) firing: Option<Firing>,
    /// Requests that the actor has not answered.
    pub(crate) asked: Vec<Arc<Group>>,
    /// Groups that the turn opened.
    pub(crate) opened: Vec<Arc<Group>>,
    /// How many tasks may have their turns in one call; 0: never more than one.
    pub(crate) resumptions_max: u32,
    /// Who answers what the turn asks, in exploration.
    pub(crate) questions: Option<Box<Questions>>,
}

/// The data of one store.
pub(crate) struct Guest {
    pub(crate) shared: Arc<Shared>,
    pub(crate) actor: Arc<ActorKind>,
    pub(crate) id: ActorId,
    pub(crate) label: Box<str>,
    /// The kinds of events that the component lists.
    pub(super) kinds: Arc<[Kind]>,
    /// There during a turn, but for one about a condition.
    pub(crate) scope: Option<Box<TurnScope>>,
    pub(crate) limit: MemoryLimit,
    /// The guest's own functions and memory, if it is called by its lowered interface.
    pub(super) lowered: Option<LoweredGuest>,
    pub(crate) log: TurnLog,
    pub(super) choices: Option<Box<Choices>>,
    pub(crate) wasi: Option<Box<Wasi>>,
}

/// The random streams of one actor (N1, N2).
#[derive(Clone)]
pub(super) struct Choices {
    /// How many numbers were taken from both: the rest follows from the actor's id.
    pub(super) drawn: u64,
    /// How many of them were no choices.
    entropies: u64,
    choice: Xoshiro256PlusPlus,
    entropy: Xoshiro256PlusPlus,
}

impl Choices {
    fn new(key: &IdKey, id: ActorId) -> Self {
        let stream = |number| Xoshiro256PlusPlus::seed_from_u64(key.stream(id, number));
        Self { drawn: 0, entropies: 0, choice: stream(0), entropy: stream(1) }
    }
}

impl Guest {
    pub(crate) fn new(
        shared: Arc<Shared>,
        actor: Arc<ActorKind>,
        id: ActorId,
        label: Box<str>,
        kinds: Arc<[Kind]>,
        wasi: Option<Box<Wasi>>,
    ) -> Self {
        let bytes_max = actor.sandbox.memory_bytes_max;
        let limit = MemoryLimit { bytes_max, bytes: 0, spares_marks: false };
        let (log, choices) = (TurnLog::default(), None);
        let (scope, lowered) = (None, None);
        Self { shared, actor, id, label, kinds, scope, limit, lowered, log, choices, wasi }
    }

    /// The scope of the turn, and the rest of the guest beside it.
    ///
    /// # Errors
    ///
    /// There is no turn: the component describes itself, or renders.
    pub(crate) fn in_turn(&mut self) -> Result<&mut TurnScope, Fails> {
        self.scope.as_deref_mut().ok_or_else(no_turn)
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn choose(&mut self, bound: u32) -> Result<u32, Fails> {
        let id = self.id;
        if let Some(questions) = &mut self.in_turn()?.questions {
            return questions.number(id, bound).map_err(|diverged| illegal(diverged.to_string()));
        }
        let random = self.choices().choice.next_u32();
        // Lemire, "Fast random integer generation in an interval", 2019, without the rejection: the bias is
        // below 2^-32 times the bound.
        let scaled = (u64::from(random) * u64::from(bound)) >> 32;
        Ok(u32::try_from(scaled).expect("less than the bound"))
    }

    /// 32 random bits that are not a choice.
    pub(crate) fn entropy(&mut self) -> u32 {
        let choices = self.choices();
        choices.entropies += 1;
        choices.entropy.next_u32()
    }

    fn choices(&mut self) -> &mut Choices {
        let (key, id) = (self.shared.key, self.id);
        let choices = self.choices.get_or_insert_with(|| Box::new(Choices::new(&key, id)));
        choices.drawn += 1;
        choices
    }

    /// How many numbers were taken from both streams, and how many of them were no choices; none if none was.
    pub(super) fn drawn(&self) -> Option<(u64, u64)> {
        self.choices.as_ref().map(|choices| (choices.drawn, choices.entropies))
    }

    /// The random streams are where those of another instance of this actor were that [told](Self::drawn) this.
    pub(super) fn set_drawn(&mut self, drawn: Option<(u64, u64)>) {
        self.choices = drawn.map(|(drawn, entropies)| {
            let mut choices = Choices::new(&self.shared.key, self.id);
            choices.choice.jump_ce(drawn.saturating_sub(entropies), 0);
            choices.entropy.jump_ce(entropies, 0);
            (choices.drawn, choices.entropies) = (drawn, entropies);
            Box::new(choices)
        });
    }

    /// Writes a line to the log, within the limits of the actor.
    pub(crate) fn log(&mut self, level: Level, message: &str) {
        let limits = &self.actor.sandbox;
        self.log.lines += 1;
        if self.log.lines > limits.log_lines_max {
            return;
        }
        let message = message.trim_end_matches('\n');
        let end = message.floor_char_boundary(limits.log_line_bytes_max as usize);
        let line =
            LogLine { level, actor: &self.label, turn: self.log.turn, message: &message[..end] };
        self.shared.observer.line(&line);
    }

    /// How many lines the turns of this call wrote beyond their limits.
    pub(crate) fn log_lines_dropped(&self) -> u32 {
        let limits = &self.actor.sandbox;
        self.log.lines_dropped + self.log.lines.saturating_sub(limits.log_lines_max)
    }

    /// A turn within the call of another one begins.
    pub(super) fn begin_turn(&mut self) {
        self.flush_output();
        self.log.lines_dropped = self.log_lines_dropped();
        self.log.lines = 0;
        self.log.turn += 1;
    }
}

/// The log of the present turn.
#[derive(Default)]
pub(crate) struct TurnLog {
    /// Which turn of the instance it is, counted from 1.
    pub(crate) turn: u64,
    /// How many lines it wrote.
    pub(crate) lines: u32,
    /// How many lines the turns before it in its call wrote beyond their limits.
    pub(crate) lines_dropped: u32,
}

impl TurnScope {
    /// A group that the turn may name: the current one, or that of a request to be answered.
    pub(crate) fn group(&self, id: GroupId) -> Arc<Group> {
        let mut known = self.outbox.group().into_iter().chain(&self.asked).chain(&self.opened);
        known
            .find(|group| group.id == id)
            .cloned()
            .unwrap_or_else(|| Arc::new(Group { id, name: None, asker: None }))
    }

    /// Whether the actor ever started a timer with this number.
    pub(crate) fn knows_timer(&self, timer: TimerId) -> bool {
        timer < self.outbox.timers_started()
    }
}

/// Counts the linear memory of one instance.
pub(crate) struct MemoryLimit {
    bytes_max: u64,
    bytes: u64,
    /// Whether one memory for marks is to come, which the guest does not see and is not charged for.
    pub(super) spares_marks: bool,
}

/// More elements than any table of a sane component has.
const TABLE_ELEMENTS_MAX: usize = 100_000;

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A memory of the guest that looks like it takes its place: the sum is the same.
        if self.spares_marks && (current, desired, maximum) == (0, MARKS, Some(MARKS)) {
            self.spares_marks = false;
            return Ok(true);
        }
        let bytes = self.bytes + (desired - current) as u64;
        if bytes > self.bytes_max {
            let message =
                format!("limit `memory`: {bytes} bytes, at most {} are allowed", self.bytes_max);
            return Err(Fails(Failure::new(Cause::OutOfMemory, message)).into());
        }
        self.bytes = bytes;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX {
            let message =
                format!("a table of {desired} elements, at most {TABLE_ELEMENTS_MAX} are allowed");
            return Err(Fails(Failure::new(Cause::OutOfMemory, message)).into());
        }
        Ok(true)
    }
}

/// A failure on its way through wasmtime.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fails(pub(crate) Failure);

/// The guest broke the programming model.
pub(crate) fn illegal(message: impl Into<String>) -> Fails {
    Fails(Failure::new(Cause::IllegalCall, message))
}

/// The component describes itself, renders, or evaluates a condition.
pub(crate) fn no_turn() -> Fails {
    illegal("there is no turn: only `log` and `fail` may be called here")
}
