//! One execution again.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coyote_kernel::strategy::{Fifo, Packed, Prefix, Replay as Follow, Strategy};
use coyote_kernel::{Bug, BugKind, Choice, Ending, Trace, without_step};
use serde::Serialize;

use super::narrate::{Labels, Narration, TraceLine, narrate};
use super::report::tell;
use super::stage::Stage;
use super::timeline::Timeline;
use super::trace_file::{Recorded, Token, TraceError, TraceFile};
use crate::app::{App, Test};
use crate::observe::{Observer, Silent};
use crate::run::BuildError;
use crate::snapshot::{Snapshot, digest_text};

/// Why a trace cannot be repeated.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A component is refused, or the machine cannot do what the manifest asks for.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The trace is of another app.
    #[error("the trace is of the app `{of}`, not of `{app}`")]
    OtherApp {
        /// The app that is there.
        app: String,
        /// That of the trace.
        of: String,
    },
    /// The trace is of a test that is not there.
    #[error("the trace is of the test `{test}`, which the app does not have")]
    NoTest {
        /// The test.
        test: String,
    },
    /// The trace was made when the manifest said something else.
    #[error(
        "the trace was made with another manifest: what it says about the test `{test}` differs"
    )]
    OtherManifest {
        /// The test.
        test: String,
    },
    /// The token does not say what differs.
    #[error(
        "the token is of another app, or its manifest, one of its components or the snapshot was another"
    )]
    Other,
    /// The trace begins elsewhere.
    #[error("the trace begins at {of}, not at {begin}")]
    OtherBegin {
        /// Where it would begin now.
        begin: String,
        /// Where the trace begins.
        of: String,
    },
    /// The trace was made with other components.
    #[error("the trace was made with another component of {}", .components.join(", "))]
    OtherComponents {
        /// The actors and monitors whose components have changed.
        components: Vec<String>,
    },
    /// The execution did not follow the trace: what an actor found in a folder may differ.
    #[error("the trace does not repeat itself: {reason}")]
    Diverged {
        /// At which step, and why.
        reason: String,
    },
    /// The trace does not have so many steps.
    #[error("the trace has no step {step}")]
    NoStep {
        /// Which one, counted from 1.
        step: NonZeroU32,
    },
    /// The app is the same, and still the execution did not follow the trace: the fault is ours.
    #[error(
        "the trace does not repeat itself with an equal app; this is a bug of coyote-host: {what}"
    )]
    NotRepeatable {
        /// At which step, and why.
        what: String,
    },
}

/// Repeats one execution.
pub struct Replay {
    app: App,
    name: String,
    source: Source,
    original: bool,
    goes_on: bool,
    without: Option<NonZeroU32>,
    observer: Arc<dyn Observer>,
    cache: Option<PathBuf>,
    snapshot: Option<Snapshot>,
}

/// What is repeated.
enum Source {
    File(Box<TraceFile>),
    Token(Token),
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("trace", &self.name).finish_non_exhaustive()
    }
}

/// What one execution was like.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// The test.
    pub test: String,
    /// The bug: its sort, and what it says with all names.
    pub bug: Option<(String, String)>,
    /// How it ended, if not in a bug: `quiescent`, or `cut`.
    pub ending: &'static str,
    /// At which step something else was done than what the trace has there, counted from 1; none if it was followed to
    /// its end, or was a token, whose steps have no names.
    pub left_at: Option<u32>,
    /// Where in the guest, a frame a line, the innermost first.
    pub backtrace: String,
    /// All steps.
    pub lines: Vec<TraceLine>,
}

impl Replay {
    /// Repeats the trace in a file, or in a token, with this app.
    ///
    /// # Errors
    ///
    /// The trace cannot be read, or is of another app.
    pub fn new(app: App, trace: &str) -> Result<Self, ReplayError> {
        let source = if Token::is_one(trace) {
            Source::Token(Token::decode(trace)?)
        } else {
            let file = TraceFile::load(Path::new(trace))?;
            if file.app != app.name() {
                return Err(ReplayError::OtherApp { app: app.name().to_owned(), of: file.app });
            }
            Source::File(Box::new(file))
        };
        let (name, observer) = (trace.to_owned(), Arc::new(Silent));
        Ok(Self {
            app,
            name,
            source,
            original: false,
            goes_on: false,
            without: None,
            observer,
            cache: None,
            snapshot: None,
        })
    }

    /// Repeats the trace as it was found, not the minimised one. A token has the minimised one only.
    #[must_use]
    pub fn original(mut self) -> Self {
        self.original = true;
        self
    }

    /// Where the trace leads elsewhere, or ends, goes on in the order of production.
    #[must_use]
    pub fn go_on(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// Leaves one step out, counted from 1, and does what remains as far as it can be done.
    #[must_use]
    pub fn without(mut self, step: NonZeroU32) -> Self {
        self.without = Some(step);
        self
    }

    /// Who is told what the actors log.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Keeps compiled components in this folder. Whoever may write there may run native code in the host.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// The trace begins where the app was when this snapshot was taken: the one at which it was explored.
    #[must_use]
    pub fn begin_at(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Repeats it.
    ///
    /// # Errors
    ///
    /// See [`ReplayError`].
    pub fn run(self) -> Result<ReplayReport, ReplayError> {
        Ok(self.repeat()?.report)
    }

    /// Repeats it, to be looked at after each step.
    ///
    /// # Errors
    ///
    /// See [`ReplayError`].
    pub fn open(self) -> Result<Timeline, ReplayError> {
        let Repeated { stage, test, seed, report, narration } = self.repeat()?;
        Ok(Timeline::new(stage, test, seed, report, narration))
    }

    fn repeat(self) -> Result<Repeated, ReplayError> {
        let Self { app, name: _, source, original, goes_on, without, observer, cache, snapshot } =
            self;
        let seed = match &source {
            Source::File(file) => file.seed,
            Source::Token(token) => token.seed,
        };
        if let Source::File(file) = &source {
            same_begin(file.snapshot, snapshot.as_ref())?;
        }
        let stage = Stage::new(app, seed, cache, observer, snapshot.as_ref())?;
        let Plan { test, strategy, trace, bug } = match source {
            Source::File(file) => Plan::of_file(*file, &stage, original, goes_on)?,
            Source::Token(token) => Plan::of_token(token, &stage, goes_on)?,
        };
        let mut execution = stage.forgetful(&test, test.delivery);
        let narration = match without {
            None => narrate(&mut execution, strategy, seed),
            Some(step) => {
                let rest = without_step(&mut execution, strategy, step.get() as usize - 1);
                let [renamed, as_named] = rest.ok_or(ReplayError::NoStep { step })?;
                let first = narrate(&mut execution, renamed, seed);
                if matches!(first.ending, Ending::Bug(_)) {
                    first
                } else {
                    let second = narrate(&mut execution, as_named, seed);
                    if matches!(second.ending, Ending::Bug(_)) { second } else { first }
                }
            }
        };
        let mut report = ReplayReport::of(&stage, &test, &narration);
        let not_followed = |reason: String| {
            if stage.is_closed() {
                ReplayError::NotRepeatable { what: reason }
            } else {
                ReplayError::Diverged { reason }
            }
        };
        if let Ending::Diverged(diverged) = &narration.ending {
            return Err(not_followed(diverged.to_string()));
        }
        let expected = bug.filter(|_| !goes_on && without.is_none());
        if let Some((expected, message)) = expected {
            // Nothing but the search that found it can see that an execution leads back to where it was.
            if expected == BugKind::Lasso.to_string() && leads_back(&stage, &test, &narration.trace)
            {
                report.bug = Some((expected.clone(), message));
            }
            let ended = report.bug.as_ref().map_or(report.ending, |(kind, _)| kind);
            if ended != expected {
                return Err(not_followed(format!("the trace ends in {expected}, not in {ended}")));
            }
        }
        if goes_on && without.is_none() {
            report.left_at = trace.and_then(|trace| left_at(&trace, &narration.trace));
        }
        Ok(Repeated { stage, test, seed, report, narration })
    }
}

/// An execution that was repeated.
struct Repeated {
    stage: Stage,
    test: Test,
    seed: u64,
    report: ReplayReport,
    narration: Narration,
}

impl ReplayReport {
    /// What there is to tell of an execution.
    pub(super) fn of(stage: &Stage, test: &Test, narration: &Narration) -> Self {
        let Narration { lines, labels, ending, trace } = narration;
        let mut report = Self {
            test: test.name.clone(),
            bug: None,
            ending: "bug",
            left_at: None,
            backtrace: String::new(),
            lines: lines.clone(),
        };
        let steps = u32::try_from(trace.len()).unwrap_or(u32::MAX);
        match ending {
            Ending::Bug(bug) => report.tell(bug, stage, test, labels),
            Ending::Cut if test.fail_at_bound && steps >= test.steps_max.get() => {
                report.tell(&Bug::StepBound { steps }, stage, test, labels);
            }
            Ending::Quiescent => report.ending = "quiescent",
            Ending::Cut | Ending::Diverged(_) => report.ending = "cut",
        }
        report
    }

    fn tell(&mut self, bug: &Bug, stage: &Stage, test: &Test, labels: &Labels) {
        let told = tell(bug, &stage.monitor_names(test), &stage.code.shared.kinds, labels);
        let whom = told.actor.map_or_else(String::new, |actor| format!("{actor}: "));
        self.bug = Some((bug.kind().to_string(), format!("{whom}{}", told.message)));
        self.backtrace = told.backtrace;
    }
}

/// What is to be executed.
struct Plan {
    test: Test,
    strategy: Box<dyn Strategy>,
    /// The trace, with the names of its steps; none if all it has are places.
    trace: Option<Trace>,
    /// The sort of the bug, and what it says; none if the trace does not say it.
    bug: Option<(String, String)>,
}

impl Plan {
    fn of_file(
        file: TraceFile,
        stage: &Stage,
        original: bool,
        goes_on: bool,
    ) -> Result<Self, ReplayError> {
        let TraceFile { test, delivery, timers, temperature_max, .. } = file;
        let Some(mut known) = stage.app.test(&test).cloned() else {
            return Err(ReplayError::NoTest { test });
        };
        stage.fit(&mut known);
        if !goes_on {
            let components = stage.changed(&file.components);
            if !components.is_empty() {
                return Err(ReplayError::OtherComponents { components });
            }
            if file.manifest != stage.manifest_digest(&known) {
                return Err(ReplayError::OtherManifest { test });
            }
        }
        let steps_max = NonZeroU32::new(file.steps_max).unwrap_or(known.steps_max);
        let test = Test { delivery, timers, steps_max, temperature_max, ..known };
        let Recorded { trace, fair_from } = if original { file.original } else { file.trace };
        let follow = Follow::new(trace.clone()).fair_from(fair_from);
        let strategy = after(follow, goes_on);
        Ok(Self { test, strategy, trace: Some(trace), bug: Some(file.bug) })
    }

    fn of_token(token: Token, stage: &Stage, goes_on: bool) -> Result<Self, ReplayError> {
        let Token { app, test, delivery, steps_max, temperature_max, fair_from, answers, .. } =
            token;
        let mut known = stage.app.tests().get(test as usize).cloned().ok_or(ReplayError::Other)?;
        stage.fit(&mut known);
        if !goes_on && app != stage.fingerprint(&known) {
            return Err(ReplayError::Other);
        }
        let steps_max = NonZeroU32::new(steps_max).unwrap_or(known.steps_max);
        let strategy = after(Packed::new(answers).fair_from(fair_from), goes_on);
        let test = Test { delivery, steps_max, temperature_max, ..known };
        Ok(Self { test, strategy, trace: None, bug: None })
    }
}

/// A trace means nothing anywhere else than where it begins.
fn same_begin(of: Option<u128>, given: Option<&Snapshot>) -> Result<(), ReplayError> {
    let given = given.map(Snapshot::number);
    if of == given {
        return Ok(());
    }
    let told = |begin: Option<u128>| {
        begin.map_or_else(
            || "the start of the app".to_owned(),
            |digest| format!("the snapshot {}", digest_text(digest)),
        )
    };
    Err(ReplayError::OtherBegin { begin: told(given), of: told(of) })
}

/// Follows a trace; then goes on in the order of production, or ends.
fn after(follow: impl Strategy + 'static, goes_on: bool) -> Box<dyn Strategy> {
    if goes_on { Box::new(Prefix::new(follow, Box::new(Fifo))) } else { Box::new(follow) }
}

/// Whether the app is at the end of a trace what it was at an earlier place.
fn leads_back(stage: &Stage, test: &Test, trace: &Trace) -> bool {
    if !stage.without_images().is_empty() {
        return false;
    }
    let mut execution = stage.execution(test, test.delivery);
    execution.restart();
    let mut keys = vec![execution.key()];
    for turn in trace.turns() {
        execution.repeat(turn);
        keys.push(execution.key());
    }
    keys.pop().is_some_and(|last| keys.contains(&last))
}

/// At which step an execution did something else than the trace, if it did before that ended.
fn left_at(trace: &Trace, executed: &Trace) -> Option<u32> {
    let same = |(one, other): &(&Choice, &Choice)| match (one, other) {
        (Choice::Step { step, .. }, Choice::Step { step: other, .. }) => step == other,
        (one, other) => one == other,
    };
    let followed = trace.choices.iter().zip(&executed.choices).take_while(same).count();
    let is_step = |choice: &&Choice| matches!(choice, Choice::Step { .. });
    let next = trace.choices.get(followed)?;
    let steps = trace.choices[..followed].iter().filter(is_step).count();
    u32::try_from(steps + usize::from(is_step(&next))).ok()
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        if let Some(step) = self.left_at {
            writeln!(f, "from step {step} on the trace was not followed")?;
        }
        match &self.bug {
            Some((kind, message)) => writeln!(f, "{kind}: {message}")?,
            None => writeln!(f, "no bug: {}", self.ending)?,
        }
        for frame in self.backtrace.lines() {
            writeln!(f, "    at {frame}")?;
        }
        Ok(())
    }
}
