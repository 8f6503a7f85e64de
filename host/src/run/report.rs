//! What a run was like.

use std::collections::{BTreeMap, VecDeque};

use coyote_kernel::{ActorId, DeadReason};
use serde::Serialize;

/// Most failures of which a report has the details.
const FAILURES_MAX: usize = 100;

/// Most waits of which a report tells.
const WAITING_MAX: usize = 100;

/// A turn that failed.
#[derive(Clone, Debug, Serialize)]
pub struct ActorFailure {
    /// The label of the actor.
    pub actor: String,
    /// Its id, as in JSON payloads.
    pub id: String,
    /// The kind of the event; none in the first turn.
    pub event: Option<String>,
    /// The state in which the event was taken; none for a plain actor.
    pub state: Option<String>,
    /// What failed behind an await: of a handler the kind of its event, or a task and where it was spawned.
    pub suspended: Option<String>,
    /// Which turn of the instance, counted from 1; 0 if there was no instance.
    pub turn: u64,
    /// The sort of reason, such as `assertion` or `hang`.
    pub cause: String,
    /// For the author of the actor.
    pub message: String,
    /// Where in the guest, a frame a line, the innermost first.
    pub backtrace: String,
    /// What became of the actor: `restarted`, `resumed`, `parked`, `halted`, `stopped` (the app).
    pub outcome: &'static str,
}

/// An event that reached nobody.
#[derive(Clone, Debug, Serialize)]
pub struct DroppedEvent {
    /// Why, such as `halted` or `inbox-full`.
    pub reason: String,
    /// The id of the sender; zeros stand for the environment.
    pub from: String,
    /// The id of the receiver.
    pub to: String,
    /// The kind.
    pub event: String,
    /// The payload: text as it is, other bytes escaped.
    pub payload: String,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// It goes on.
    #[default]
    Running,
    /// Nothing was left to do.
    Quiescent,
    /// It was asked to end, and what was under way was finished.
    Drained,
    /// It was asked to end, and did not finish in time.
    DrainTimeout,
    /// A failure stopped it, because a supervision said so, or what a monitor found.
    Stopped,
}

/// How many actors there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ActorCounts {
    /// Ever created.
    pub created: u64,
    /// There now, those that have failed included.
    pub live: u64,
    /// There now, failed and not restarted.
    pub failed: u64,
    /// Gone.
    pub halted: u64,
}

/// What a run was like so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunReport {
    /// Why it ended.
    pub verdict: RunVerdict,
    /// Events that were taken; first turns do not count.
    pub events: u64,
    /// Actors.
    pub actors: ActorCounts,
    /// Turns that failed.
    pub failures: u64,
    /// The first of them, oldest first within a shard.
    pub failed_turns: Vec<ActorFailure>,
    /// Restarts and resumptions.
    pub restarts: u64,
    /// Events that reached nobody.
    pub dead_letters: u64,
    /// The same by reason.
    pub dead_letters_by_reason: BTreeMap<String, u64>,
    /// The newest of them, oldest first within a shard.
    pub dropped_events: VecDeque<DroppedEvent>,
    /// Rules broken at a commit, and what monitors found.
    pub violations: Vec<String>,
    /// Who waits for what at the end, and the tasks among them with the places where they were spawned; those in the
    /// background left out.
    pub waiting: Vec<String>,
    /// Notifications of monitors that do not run, or have found something and watch no more.
    pub unmonitored: u64,
    /// Log lines beyond the limit of a turn.
    pub log_lines_dropped: u64,
    /// Time since the start, in seconds.
    pub seconds: f64,
    /// The seed from which all ids and choices derive.
    pub seed: u64,
}

impl RunReport {
    pub(super) fn add_failure(&mut self, failure: ActorFailure) {
        self.failures += 1;
        if self.failed_turns.len() < FAILURES_MAX {
            self.failed_turns.push(failure);
        }
    }

    pub(super) fn add_dropped(&mut self, event: DroppedEvent, kept_max: usize) {
        self.dead_letters += 1;
        *self.dead_letters_by_reason.entry(event.reason.clone()).or_default() += 1;
        if self.dropped_events.len() >= kept_max {
            self.dropped_events.pop_front();
        }
        if kept_max > 0 {
            self.dropped_events.push_back(event);
        }
    }

    pub(super) fn add_violation(&mut self, violation: String) {
        if self.violations.len() < FAILURES_MAX {
            self.violations.push(violation);
        }
    }

    pub(super) fn add_waiting(&mut self, waiting: Vec<String>) {
        let room = WAITING_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(waiting.into_iter().take(room));
    }

    /// Adds what another shard reports.
    pub(super) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.actors.created += other.actors.created;
        self.actors.live += other.actors.live;
        self.actors.failed += other.actors.failed;
        self.actors.halted += other.actors.halted;
        self.failures += other.failures;
        let room = FAILURES_MAX.saturating_sub(self.failed_turns.len());
        self.failed_turns.extend(other.failed_turns.into_iter().take(room));
        self.restarts += other.restarts;
        self.dead_letters += other.dead_letters;
        for (reason, count) in other.dead_letters_by_reason {
            *self.dead_letters_by_reason.entry(reason).or_default() += count;
        }
        self.dropped_events.extend(other.dropped_events);
        self.violations.extend(other.violations);
        self.unmonitored += other.unmonitored;
        self.log_lines_dropped += other.log_lines_dropped;
    }
}

impl DroppedEvent {
    /// An answer that nobody waits for any more (G2).
    pub(super) fn late_reply(from: ActorId) -> Self {
        Self {
            reason: DeadReason::AlreadyReplied.to_string(),
            from: from.to_string(),
            to: ActorId::ENVIRONMENT.to_string(),
            event: "reply".to_owned(),
            payload: String::new(),
        }
    }

    pub(super) fn new(letter: &coyote_kernel::DeadLetter, event: String) -> Self {
        let text = |id: ActorId| id.to_string();
        let reason: DeadReason = letter.reason;
        let payload = letter.event.payload.as_slice();
        let payload = match std::str::from_utf8(payload) {
            Ok(payload) => payload.to_owned(),
            Err(_) => payload.escape_ascii().to_string(),
        };
        Self {
            reason: reason.to_string(),
            from: text(letter.from),
            to: text(letter.to),
            event,
            payload,
        }
    }
}
