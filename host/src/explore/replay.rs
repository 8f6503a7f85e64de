//! One execution again.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coyote_kernel::Ending;
use coyote_kernel::strategy::{Fifo, Packed, Prefix, Replay as Follow, Strategy};
use serde::Serialize;

use super::narrate::{TraceLine, narrate};
use super::report::tell;
use super::stage::Stage;
use super::trace_file::{Recorded, Token, TraceError, TraceFile};
use crate::app::{App, Test};
use crate::observe::{Observer, Silent};
use crate::run::BuildError;

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
    /// The trace was made with other components.
    #[error("the trace was made with another component of {}", .components.join(", "))]
    OtherComponents {
        /// The actors and monitors whose components have changed.
        components: Vec<String>,
    },
    /// The execution did not follow the trace.
    #[error("{reason}")]
    Diverged {
        /// At which step, and why.
        reason: String,
    },
    /// The components are the same, and still the execution did not follow the trace: the fault is ours.
    #[error(
        "the trace does not repeat itself with equal components; this is a bug of coyote-host: {what}"
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
    observer: Arc<dyn Observer>,
    cache: Option<PathBuf>,
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
    /// From which step on the trace was no longer followed, if it was not to its end.
    pub left_at: Option<String>,
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
        Ok(Self { app, name, source, original: false, goes_on: false, observer, cache: None })
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

    /// Repeats it.
    ///
    /// # Errors
    ///
    /// See [`ReplayError`].
    pub fn run(self) -> Result<ReplayReport, ReplayError> {
        let Self { app, source, original, goes_on, observer, cache, .. } = self;
        let seed = match &source {
            Source::File(file) => file.seed,
            Source::Token(token) => token.seed,
        };
        let stage = Stage::new(app, seed, cache, observer)?;
        let (test, strategy) = match source {
            Source::File(file) => {
                let TraceFile { test, components, delivery, timers, .. } = *file;
                let (steps_max, trace, found) = (file.steps_max, file.trace, file.original);
                let Some(known) = stage.app.test(&test).cloned() else {
                    return Err(ReplayError::NoTest { test });
                };
                let components = stage.changed(&components);
                if !goes_on && !components.is_empty() {
                    return Err(ReplayError::OtherComponents { components });
                }
                let trace = if original { found } else { trace };
                let steps_max = NonZeroU32::new(steps_max).unwrap_or(known.steps_max);
                let test = Test { delivery, timers, steps_max, ..known };
                (test, follow(trace, goes_on))
            }
            Source::Token(token) => {
                let test = stage.app.tests().get(token.test as usize).cloned();
                let test =
                    test.ok_or_else(|| ReplayError::NoTest { test: format!("#{}", token.test) })?;
                if !goes_on && token.app != stage.fingerprint(&test) {
                    let components = vec!["some actor or monitor".to_owned()];
                    return Err(ReplayError::OtherComponents { components });
                }
                let test = Test { delivery: token.delivery, ..test };
                (
                    test,
                    Box::new(Packed::new(token.answers).fair_from(token.fair_from))
                        as Box<dyn Strategy>,
                )
            }
        };
        let mut execution = stage.forgetful(&test, test.delivery);
        let narration = narrate(&mut execution, strategy, seed);
        let mut report = ReplayReport {
            test: test.name.clone(),
            bug: None,
            ending: "bug",
            left_at: None,
            backtrace: String::new(),
            lines: narration.lines,
        };
        match narration.ending {
            Ending::Bug(bug) => {
                let names = stage.monitor_names(&test);
                let told = tell(&bug, &names, &stage.code.shared.kinds, &narration.labels);
                let whom = told.actor.map_or_else(String::new, |actor| format!("{actor}: "));
                report.bug = Some((bug.kind().to_string(), format!("{whom}{}", told.message)));
                report.backtrace = told.backtrace;
            }
            Ending::Quiescent => report.ending = "quiescent",
            Ending::Cut => report.ending = "cut",
            Ending::Diverged(diverged) => {
                return Err(ReplayError::Diverged { reason: diverged.to_string() });
            }
        }
        Ok(report)
    }
}

fn follow(recorded: Recorded, goes_on: bool) -> Box<dyn Strategy> {
    let Recorded { trace, fair_from } = recorded;
    if goes_on {
        Box::new(Prefix::new(trace, Box::new(Fifo)))
    } else {
        Box::new(Follow::new(trace).fair_from(fair_from))
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
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
