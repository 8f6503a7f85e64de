//! What an exploration found, and what it may claim.

use std::fmt;

use coyote_kernel::{ActorId, Bug, Kind, Names, Told, Waiting, Walked};
use serde::Serialize;

use super::exhaustive::{InterchangeableActors, SearchReport};
use super::narrate::{Labels, TraceLine};
use super::trace_file::TraceFile;
use super::turns::TurnCounts;
use crate::sandbox::Kinds;

/// How many steps of a long trace are printed of its begin.
const FIRST_LINES: usize = 10;

/// And how many of its end, where the bug is.
const LAST_LINES: usize = 40;

/// Most effects of one step that are told; JSON has all.
const EFFECTS_TOLD_MAX: usize = 20;

/// What may be claimed after an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every execution within the bounds was seen, and none was a bug.
    Exhausted,
    /// No bug in what was run.
    Sampled,
    /// A violation; its trace repeats it.
    Bug,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "exhausted",
            Self::Sampled => "sampled",
            Self::Bug => "bug",
        })
    }
}

/// What an exploration was like.
#[derive(Clone, Debug, Serialize)]
pub struct ExploreReport {
    /// What may be claimed of all tests together.
    pub verdict: Verdict,
    /// What was not checked, in plain words.
    pub unchecked: Vec<String>,
    /// The seed. With the number of an iteration it repeats that iteration on any machine.
    pub seed: u64,
    /// The strategy.
    pub strategy: String,
    /// How many workers there were; nothing but the time depends on it.
    pub workers: usize,
    /// Executions.
    pub iterations: u64,
    /// Steps and draws of all executions (T7).
    pub steps: u64,
    /// Schedules that no reordering of independent steps makes equal.
    pub distinct_schedules: u64,
    /// How long it took.
    pub seconds: f64,
    /// Each bug once, those of one test by the lowest iteration.
    pub bugs: Vec<FoundBug>,
    /// The same, test by test.
    pub tests: Vec<TestReport>,
}

/// What the exploration of one test was like.
#[derive(Clone, Debug, Serialize)]
pub struct TestReport {
    /// The test.
    pub test: String,
    /// What may be claimed of it.
    pub verdict: Verdict,
    /// What was not checked, in plain words.
    pub unchecked: Vec<String>,
    /// Executions.
    pub iterations: u64,
    /// Steps and draws of all executions, the fewest and the most of one.
    pub steps: StepCounts,
    /// Questions that had more than one answer.
    pub choices: u64,
    /// Executions that were cut at the bound.
    pub cut: u64,
    /// Schedules that no reordering of independent steps makes equal.
    pub distinct_schedules: u64,
    /// How many pairs of state and kind of event were taken, out of those declared (Q6).
    pub coverage: Coverage,
    /// How many turns were run and how many looked up. Depends on the number of workers.
    pub turns: TurnCounts,
    /// How much was walked on steps that are known, without the kernel. Depends on the number of workers.
    pub walked: Walked,
    /// What an exhaustive search saw, if there was one.
    pub search: Option<SearchReport>,
    /// How long it took, until the last execution.
    pub seconds: f64,
    /// How long it took after that to make the traces of its bugs shorter, to explain and to recheck them.
    pub minimise_seconds: f64,
}

/// Steps and draws of executions (T7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StepCounts {
    /// Of all of them.
    pub total: u64,
    /// The fewest of one.
    pub min: u32,
    /// The most of one.
    pub max: u32,
}

/// Activity coverage (Q6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Pairs of state and kind that were taken.
    pub taken: u64,
    /// Those declared that were not, as `actor: state, kind`, sorted.
    pub missing: Vec<String>,
}

/// A bug, and how to repeat it.
#[derive(Clone, Debug, Serialize)]
pub struct FoundBug {
    /// Its sort, such as `assertion` or `deadlock`.
    pub kind: String,
    /// What is wrong, with all names.
    pub message: String,
    /// The label of the actor or the name of the monitor.
    pub actor: Option<String>,
    /// The kind of the event that was handled.
    pub event: Option<String>,
    /// The state in which it was handled.
    pub state: Option<String>,
    /// What failed behind an await: of a handler the kind of its event, or a task and where it was spawned.
    pub suspended: Option<String>,
    /// Where in the guest, a frame a line, the innermost first.
    pub backtrace: String,
    /// The test in which it was found.
    pub test: String,
    /// In which iteration.
    pub iteration: u64,
    /// How many executions ended in a bug like it.
    pub times: u64,
    /// Steps of the execution that found it; draws belong to the step in which they happen.
    pub steps: u32,
    /// Steps of the minimised one.
    pub minimised_steps: u32,
    /// The delivery models under which it was repeated.
    pub reproduces_under: Vec<&'static str>,
    /// Why: pairs of steps whose reversal makes it vanish, in plain words.
    pub blame: Vec<String>,
    /// Where the trace was written to; none if it was not.
    pub trace: Option<String>,
    /// The minimised trace in one line, as `replay` takes it.
    pub token: String,
    /// The minimised trace, step by step.
    pub lines: Vec<TraceLine>,
    /// What is written to a file.
    #[serde(skip)]
    pub(super) file: Option<TraceFile>,
}

impl FoundBug {
    /// The bytes of a trace file, as `replay` takes it.
    #[must_use]
    pub fn trace_file(&self) -> Vec<u8> {
        self.file.as_ref().map(TraceFile::encode).unwrap_or_default()
    }
}

impl ExploreReport {
    /// Panics with the whole report if a bug was found: for tests.
    ///
    /// # Panics
    ///
    /// If there is a bug.
    #[track_caller]
    pub fn assert_no_bug(&self) {
        assert!(self.bugs.is_empty(), "{self}");
    }
}

/// What people call that which a bug names by numbers.
struct Known<'a> {
    monitors: &'a [String],
    kinds: &'a Kinds,
    labels: &'a Labels,
}

impl Names for Known<'_> {
    fn actor(&self, id: ActorId) -> String {
        self.labels.of(id)
    }

    fn kind(&self, kind: Kind) -> String {
        self.kinds.name(kind)
    }

    fn monitor(&self, monitor: u32) -> String {
        self.monitors[monitor as usize].clone()
    }
}

/// Tells a bug with the names of people.
pub(super) fn tell(bug: &Bug, monitors: &[String], kinds: &Kinds, labels: &Labels) -> Told {
    bug.tell(&Known { monitors, kinds, labels })
}

/// What somebody waits for.
pub(super) fn tell_waiting(waiting: &Waiting, kinds: &Kinds, labels: &Labels) -> String {
    waiting.tell(&Known { monitors: &[], kinds, labels })
}

impl fmt::Display for FoundBug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(actor) = &self.actor {
            write!(f, ": {actor}")?;
        }
        if let Some(event) = &self.event {
            write!(f, ", on `{event}`")?;
        }
        if let Some(state) = &self.state {
            write!(f, ", in state `{state}`")?;
        }
        if let Some(suspended) = &self.suspended {
            write!(f, ", behind an await of `{suspended}`")?;
        }
        writeln!(f, ": {}", self.message)?;
        for frame in self.backtrace.lines() {
            writeln!(f, "    at {frame}")?;
        }
        let Self { test, iteration, steps, minimised_steps, .. } = self;
        writeln!(
            f,
            "  test `{test}`, iteration {iteration}, {steps} steps, {minimised_steps} minimised"
        )?;
        if !self.reproduces_under.is_empty() {
            writeln!(f, "  repeated under: {}", self.reproduces_under.join(", "))?;
        }
        let hidden = self.lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
        let (first, rest) = self.lines.split_at(if hidden > 0 { FIRST_LINES } else { 0 });
        for line in first {
            writeln!(f, "  {line}")?;
        }
        if hidden > 0 {
            writeln!(f, "  .. {hidden} more steps; `trace show` prints all")?;
        }
        for line in &rest[hidden..] {
            writeln!(f, "  {line}")?;
        }
        for why in &self.blame {
            writeln!(f, "  why: {why}")?;
        }
        if let Some(trace) = &self.trace {
            writeln!(f, "  trace: {trace}")?;
        }
        writeln!(f, "  replay: {}", self.token)
    }
}

impl fmt::Display for TraceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, actor, event: _, what, payload, state, draws, effects } = self;
        write!(f, "{step:4}  {actor}")?;
        if let Some(state) = state {
            write!(f, " [{state}]")?;
        }
        write!(f, " {what}")?;
        if let Some(payload) = payload {
            write!(f, " {payload}")?;
        }
        if !draws.is_empty() {
            let draws: Vec<_> = draws.iter().map(u32::to_string).collect();
            write!(f, ", draws {}", draws.join(", "))?;
        }
        if !effects.is_empty() {
            let told = effects.len().min(EFFECTS_TOLD_MAX);
            write!(f, "; {}", effects[..told].join(", "))?;
            if effects.len() > told {
                write!(f, ", and {} more", effects.len() - told)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ExploreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bug in &self.bugs {
            write!(f, "{bug}")?;
        }
        for test in &self.tests {
            writeln!(f, "{test}")?;
            for unchecked in &test.unchecked {
                writeln!(f, "  not checked: {unchecked}")?;
            }
        }
        let Self { strategy, seed, workers, .. } = self;
        writeln!(f, "strategy {strategy}, seed {seed}, {workers} workers")
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { test, verdict, iterations, steps, distinct_schedules, seconds, .. } = self;
        if let Some(search) = &self.search {
            return write!(f, "{verdict}: test `{test}`, {search}, {seconds:.2} s");
        }
        let per_second = *iterations as f64 / seconds.max(1e-9);
        write!(
            f,
            "{verdict}: test `{test}`, {iterations} iterations ({distinct_schedules} schedules \
             differ), {} to {} steps, {seconds:.2} s, {per_second:.0} iterations/s",
            steps.min, steps.max,
        )
    }
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            states,
            traces,
            blocked,
            transitions,
            terminal,
            depth,
            complete,
            interchangeable,
            ..
        } = self;
        let all = if *complete { "all " } else { "" };
        if *states > 0 {
            write!(f, "{all}{states} states")?;
            for (place, InterchangeableActors { actor, count }) in
                interchangeable.iter().enumerate()
            {
                let and = if place == 0 { "up to the symmetry of" } else { "and" };
                write!(f, " {and} {count} `{actor}`")?;
            }
            write!(f, ", {terminal} of them final, ")?;
        } else {
            write!(f, "{all}{traces} traces, {terminal} final states, ")?;
        }
        if *blocked > 0 {
            write!(f, "{blocked} traces begun in vain, ")?;
        }
        write!(f, "{transitions} transitions, at most {depth} steps deep")
    }
}
