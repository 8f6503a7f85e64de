//! Exploration: finds the executions of an app that go wrong.
//!
//! An [`Explorer`] runs the components that [`Host`](crate::Host) runs, one execution after the other, and asks a
//! strategy whenever more than one thing could happen next. What goes wrong comes back as a [`FoundBug`] with a trace
//! that repeats it. `stage` sets an app up, `turns` runs its turns or looks them up, `batch` spreads iterations over
//! workers, `findings` makes a short trace of a long one, `narrate` and `report` tell people.
//!
//! Deliberately not here: what can happen at all and who chooses (the kernel), printing.

mod actor_test;
mod batch;
mod begun;
mod exhaustive;
mod findings;
mod memory;
mod narrate;
mod replay;
mod report;
mod schedule;
mod stage;
mod timeline;
mod trace_file;
mod turns;
mod view;

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use coyote_kernel::strategy::{Misnamed, Named};
use coyote_kernel::{Delivery, Method};

use self::batch::{Plan, Tally};
use self::memory::MemoryBound;
use self::stage::Stage;
use self::turns::Part;
use crate::app::{App, Test, suggest};
use crate::clock::Clock;
use crate::observe::Silent;
use crate::run::BuildError;
use crate::snapshot::Snapshot;

pub use self::actor_test::{ActorTest, ActorTestError, Did};
pub use self::batch::Progress;
pub use self::exhaustive::{InterchangeableActors, SearchReport};
pub use self::narrate::TraceLine;
pub use self::replay::{Replay, ReplayError, ReplayReport};
pub use self::report::{Coverage, ExploreReport, FoundBug, StepCounts, TestReport, Verdict};
pub use self::timeline::{Alternative, Timeline};
pub use self::trace_file::TraceError;
pub use self::turns::TurnCounts;
pub use self::view::{ActorView, Change, MonitorView, View, ViewLine};

/// One look-up of a turn in so many is run all the same and compared.
const COMPARE_EVERY: u64 = 1000;

/// How much of one worker's memory known turns may take, in bytes; an eighth more is for steps.
const KNOWN_BYTES_MAX: usize = 512 << 20;

/// How long a found trace is made shorter.
const MINIMISE_TIME: Duration = Duration::from_secs(5);

/// Why an app cannot be explored.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// A component is refused, the machine cannot do what the manifest asks for, or the snapshot is not one of this app.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// There is no such test.
    #[error("no test is called `{name}`; {help}")]
    UnknownTest {
        /// What was asked for.
        name: String,
        /// What was probably meant, or what there is.
        help: String,
    },
    /// There is no such strategy.
    #[error("no strategy is called `{name}`; {help}")]
    UnknownStrategy {
        /// What was asked for.
        name: String,
        /// What was probably meant, or what there is.
        help: String,
    },
    /// The strategy has no such option.
    #[error(transparent)]
    Strategy(Misnamed),
    /// Nothing would happen in this test.
    #[error("the test `{test}` starts no actor: add `[[start]]` to the manifest")]
    NobodyStarted {
        /// The test.
        test: String,
    },
    /// A search puts instances back, and some have more state than their memory.
    #[error("an exhaustive search is not possible with {}: they are not one module of the actor world", .components.join(", "))]
    NoImages {
        /// The actors and monitors whose components have no images.
        components: Vec<String>,
    },
    /// A turn that was run twice did not do the same: the fault is ours, not the app's.
    #[error("an execution did not repeat itself; this is a bug of coyote-host: {what}")]
    NotRepeatable {
        /// What differed.
        what: String,
    },
}

/// Explores the tests of an app.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use coyote_host::{App, Explorer};
///
/// let app = App::load("app.toml".as_ref())?;
/// Explorer::new(app).seed(7).run()?.assert_no_bug();
/// # Ok(()) }
/// ```
pub struct Explorer {
    app: App,
    snapshot: Option<Snapshot>,
    options: Options,
}

/// What a user can ask for beyond the manifest.
#[derive(Clone, Debug)]
struct Options {
    tests: Vec<String>,
    seed: Option<u64>,
    iterations: Option<NonZeroU64>,
    iteration: Option<u64>,
    steps_max: Option<NonZeroU32>,
    time_max: Option<Duration>,
    workers: Option<NonZeroUsize>,
    strategy: Named,
    delivery: Option<Delivery>,
    keep_going: bool,
    /// Most states of an exhaustive search; none for many executions.
    states_max: Option<usize>,
    /// How much memory an exhaustive search may take, in bytes.
    memory_max: Option<u64>,
    /// How an exhaustive search goes on.
    method: Method,
    /// Whether an exhaustive search looks for interchangeable actors.
    symmetry: bool,
    compare_every: u64,
    known_bytes_max: usize,
    minimise_time: Duration,
    cache: Option<PathBuf>,
}

impl Options {
    fn who_chooses(&self) -> String {
        match self.states_max {
            None => self.strategy.to_string(),
            Some(_) if self.method == Method::Auto => "exhaustive".to_owned(),
            Some(_) => format!("exhaustive, {}", self.method.name()),
        }
    }
}

impl fmt::Debug for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explorer").field("app", &self.app.name()).finish_non_exhaustive()
    }
}

impl Explorer {
    /// Explores this app.
    #[must_use]
    pub fn new(app: App) -> Self {
        let options = Options {
            tests: Vec::new(),
            seed: None,
            iterations: None,
            iteration: None,
            steps_max: None,
            time_max: None,
            workers: None,
            strategy: Named::default(),
            delivery: None,
            keep_going: false,
            states_max: None,
            memory_max: None,
            method: Method::default(),
            symmetry: true,
            compare_every: COMPARE_EVERY,
            known_bytes_max: KNOWN_BYTES_MAX,
            minimise_time: MINIMISE_TIME,
            cache: None,
        };
        Self { app, snapshot: None, options }
    }

    /// Executions begin where the app was when this snapshot was taken, not at the start of a test. Its monitors go on,
    /// those that did not watch then do not watch now. All ids derive from the seed of the snapshot.
    #[must_use]
    pub fn begin_at(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Only this test, and others that are named so; by default all.
    #[must_use]
    pub fn test(mut self, name: impl Into<String>) -> Self {
        self.options.tests.push(name.into());
        self
    }

    /// The seed from which all choices derive. It comes before that of the manifest; without either it is 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// How many executions of each test; by default what the manifest says.
    #[must_use]
    pub fn iterations(mut self, iterations: NonZeroU64) -> Self {
        self.options.iterations = Some(iterations);
        self
    }

    /// Only the iteration with this number, counted from 0.
    #[must_use]
    pub fn iteration(mut self, iteration: u64) -> Self {
        self.options.iteration = Some(iteration);
        self
    }

    /// Most counted steps of one execution (T7); by default what the manifest says.
    #[must_use]
    pub fn steps_max(mut self, steps: NonZeroU32) -> Self {
        self.options.steps_max = Some(steps);
        self
    }

    /// Ends the exploration of each test after this time. How far it gets then depends on the machine.
    #[must_use]
    pub fn time_max(mut self, time: Duration) -> Self {
        self.options.time_max = Some(time);
        self
    }

    /// How many worker threads there are; by default as many as the machine has cores. The result does not depend
    /// on it.
    #[must_use]
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.options.workers = Some(workers);
        self
    }

    /// Who chooses, such as `portfolio`, which is the default, or `pct:10`.
    ///
    /// # Errors
    ///
    /// There is no such strategy, or no such option of it.
    pub fn strategy(mut self, strategy: &str) -> Result<Self, ExploreError> {
        self.options.strategy = strategy.parse().map_err(|misnamed| match misnamed {
            Misnamed::Unknown { name } => {
                let known: Vec<_> =
                    Named::ALL.iter().map(|named| named.name().to_owned()).collect();
                let help = suggest(&name, &known, "known");
                ExploreError::UnknownStrategy { name, help }
            }
            other => ExploreError::Strategy(other),
        })?;
        Ok(self)
    }

    /// In which orders messages may arrive; by default what the manifest says.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.options.delivery = Some(delivery);
        self
    }

    /// Goes on after a bug, and reports each once.
    #[must_use]
    pub fn keep_going(mut self) -> Self {
        self.options.keep_going = true;
        self
    }

    /// Goes through everything that can happen instead of running many executions, up to what cannot make a difference,
    /// with at most so many states in memory: if that comes to its end without a bug, there is none within the bounds.
    #[must_use]
    pub fn exhaustive(mut self, states_max: NonZeroUsize) -> Self {
        self.options.states_max = Some(states_max.get());
        self
    }

    /// About how much memory an exhaustive search may take, in bytes, beyond what the process has: it ends before it takes
    /// more. Searches by traces hardly take any.
    #[must_use]
    pub fn memory_max(mut self, bytes: NonZeroU64) -> Self {
        self.options.memory_max = Some(bytes.get());
        self
    }

    /// How an exhaustive search goes on; by default in the way that comes to its end first.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.options.method = method;
        self
    }

    /// An exhaustive search tells all states apart, also those that differ only in which of several interchangeable actors is
    /// which.
    #[must_use]
    pub fn without_symmetry(mut self) -> Self {
        self.options.symmetry = false;
        self
    }

    /// Of the turns that are looked up, one in so many is run all the same and compared; 0: none.
    #[must_use]
    pub fn compare_every(mut self, turns: u64) -> Self {
        self.options.compare_every = turns;
        self
    }

    /// How much of one worker's memory known turns may take, in bytes, more or less: beyond that all of them are
    /// forgotten, and run again. Known steps may take an eighth of it in addition: beyond that no more are learned.
    #[must_use]
    pub fn known_bytes_max(mut self, bytes: usize) -> Self {
        self.options.known_bytes_max = bytes;
        self
    }

    /// How long each found trace may be made shorter.
    #[must_use]
    pub fn minimise_time(mut self, time: Duration) -> Self {
        self.options.minimise_time = time;
        self
    }

    /// Keeps compiled components in this folder. Whoever may write there may run native code in the host.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.cache = Some(folder.into());
        self
    }

    /// Explores. It blocks the thread.
    ///
    /// # Errors
    ///
    /// See [`ExploreError`].
    pub fn run(self) -> Result<ExploreReport, ExploreError> {
        self.run_telling(&AtomicBool::new(false), |_, _| {})
    }

    /// Explores, and tells now and then how far it has come with which test. Once `cancelled` is set it ends soon, and
    /// reports what it has.
    ///
    /// # Errors
    ///
    /// See [`ExploreError`].
    pub fn run_telling(
        self,
        cancelled: &AtomicBool,
        mut tell: impl FnMut(&str, &Progress),
    ) -> Result<ExploreReport, ExploreError> {
        let Self { app, snapshot, options } = self;
        let clock = Clock::start();
        let seed = options.seed.or(app.seed()).unwrap_or(0);
        let tests = chosen(&app, &options)?;
        if let Some((_, test)) = tests.iter().find(|(_, test)| test.starts.is_empty())
            && snapshot.is_none()
        {
            return Err(ExploreError::NobodyStarted { test: test.name.clone() });
        }
        let mut stage =
            Stage::new(app, seed, options.cache.clone(), Arc::new(Silent), snapshot.as_ref())?;
        stage.compare_every = options.compare_every;
        let memory = options.memory_max.filter(|_| options.states_max.is_some());
        let memory = memory.map(MemoryBound::of);
        let known_bytes_max = memory.map_or(usize::MAX, MemoryBound::known_bytes_max);
        stage.known_bytes_max = options.known_bytes_max.min(known_bytes_max);
        let available = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = options.workers.unwrap_or_else(available);
        let mut report = ExploreReport {
            verdict: Verdict::Exhausted,
            unchecked: Vec::new(),
            seed,
            strategy: options.who_chooses(),
            workers: if options.states_max.is_some() { 1 } else { workers.get() },
            iterations: 0,
            steps: 0,
            distinct_schedules: 0,
            seconds: 0.0,
            bugs: Vec::new(),
            tests: Vec::new(),
        };
        for (place, mut test) in tests {
            let absent = stage.fit(&mut test);
            let place = u32::try_from(place).expect("a manifest has a bound");
            let exploring =
                Exploring { stage: &stage, test: &test, place, seed, workers, absent, memory };
            let (of_test, bugs) =
                exploring.run(&options, cancelled, |progress| tell(&test.name, progress))?;
            report.add(of_test, bugs);
        }
        report.seconds = clock.now().as_secs_f64();
        Ok(report)
    }
}

/// The tests to be explored, with their places in the manifest.
fn chosen(app: &App, options: &Options) -> Result<Vec<(usize, Test)>, ExploreError> {
    for name in &options.tests {
        if app.test(name).is_none() {
            let known: Vec<_> = app.tests().iter().map(|test| test.name.clone()).collect();
            let help = suggest(name, &known, "in this manifest");
            return Err(ExploreError::UnknownTest { name: name.clone(), help });
        }
    }
    let wanted = |test: &Test| options.tests.is_empty() || options.tests.contains(&test.name);
    let tests = app.tests().iter().enumerate().filter(|(_, test)| wanted(test));
    let tests = tests.map(|(place, test)| {
        let mut test = test.clone();
        test.delivery = options.delivery.unwrap_or(test.delivery);
        test.iterations = options.iterations.unwrap_or(test.iterations);
        if let Some(steps) = options.steps_max {
            let share = u64::from(test.temperature_max) * u64::from(steps.get());
            let share = share / u64::from(test.steps_max.get());
            test.temperature_max = u32::try_from(share).unwrap_or(u32::MAX);
            test.steps_max = steps;
        }
        (place, test)
    });
    Ok(tests.collect())
}

/// One test that is explored.
struct Exploring<'a> {
    stage: &'a Stage,
    test: &'a Test,
    /// Its place in the manifest.
    place: u32,
    seed: u64,
    workers: NonZeroUsize,
    /// The monitors that do not watch, because they did not when the snapshot was taken.
    absent: Vec<String>,
    /// How much a search may take.
    memory: Option<MemoryBound>,
}

impl Exploring<'_> {
    fn run(
        &self,
        options: &Options,
        cancelled: &AtomicBool,
        tell: impl FnMut(&Progress),
    ) -> Result<(TestReport, Vec<FoundBug>), ExploreError> {
        if let Some(states_max) = options.states_max {
            return self.search((options.method, states_max), options, cancelled, tell);
        }
        let &Self { stage, test, seed, workers, .. } = self;
        let clock = Clock::start();
        let from = options.iteration.unwrap_or(0);
        let plan = Plan {
            seed,
            from,
            to: options.iteration.map_or(test.iterations.get(), |only| only.saturating_add(1)),
            time_max: options.time_max,
            workers,
            keep_going: options.keep_going,
            fail_at_bound: test.fail_at_bound,
            execution: &|| stage.execution(test, test.delivery),
            atlas: &|| stage.atlas(),
            strategy: &|| options.strategy.build_within(test.steps_max.get()),
            cancelled,
        };
        let mut tally = plan.run(clock, tell);
        if let Some(what) = tally.differs.take() {
            return Err(ExploreError::NotRepeatable { what });
        }
        let explored = clock.now();
        let mut bugs = Vec::new();
        for hit in std::mem::take(&mut tally.hits) {
            bugs.push(self.finding(&hit, options)?);
        }
        let mut report = self.report(&tally, !bugs.is_empty(), explored);
        report.minimise_seconds = (clock.now() - explored).as_secs_f64();
        let wanted = plan.to - plan.from;
        if report.verdict == Verdict::Sampled && !tally.exhausted && tally.iterations < wanted {
            let why =
                if cancelled.load(Ordering::Relaxed) { "it was ended" } else { "time was up" };
            let left = wanted - tally.iterations;
            report.unchecked.insert(0, format!("{left} of {wanted} executions: {why}"));
        }
        Ok((report, bugs))
    }

    fn report(&self, tally: &Tally, is_bug: bool, time: Duration) -> TestReport {
        let verdict = if is_bug {
            Verdict::Bug
        } else if tally.exhausted && tally.cut == 0 {
            Verdict::Exhausted
        } else {
            Verdict::Sampled
        };
        TestReport {
            test: self.test.name.clone(),
            verdict,
            unchecked: self.unchecked(tally),
            iterations: tally.iterations,
            steps: StepCounts { total: tally.steps, min: tally.steps_min, max: tally.steps_max },
            choices: tally.choices,
            cut: tally.cut,
            distinct_schedules: tally.schedules.len() as u64,
            coverage: self.coverage(tally),
            turns: tally.turns,
            walked: tally.walked,
            search: None,
            seconds: time.as_secs_f64(),
            minimise_seconds: 0.0,
        }
    }

    /// What nobody looked at.
    fn unchecked(&self, tally: &Tally) -> Vec<String> {
        let test = self.test;
        let mut unchecked = Vec::new();
        if tally.cut > 0 {
            let (cut, all, bound) = (tally.cut, tally.iterations, test.steps_max);
            unchecked.push(format!(
                "what comes after {bound} steps: {cut} of {all} executions were cut there"
            ));
        }
        let watched = !test.monitors.is_empty();
        if watched && test.temperature_max == 0 {
            unchecked.push("whether progress is owed for too long: temperature is off".to_owned());
        } else if watched && tally.unfair > 0 {
            let (unfair, all) = (tally.unfair, tally.iterations);
            unchecked.push(format!(
                "whether progress is owed for too long, in {unfair} of {all} executions: their \
                 strategy is not fair"
            ));
        }
        unchecked.extend(self.unchecked_models());
        unchecked
    }

    /// What could also happen, elsewhere.
    fn unchecked_models(&self) -> Vec<String> {
        let Self { stage, test, absent, .. } = self;
        let mut unchecked = Vec::new();
        if !absent.is_empty() {
            let names = absent.join(", ");
            unchecked.push(format!(
                "what these monitors watch, which did not before the snapshot: {names}"
            ));
        }
        let weaker: Vec<_> = Delivery::ALL.iter().filter(|&&other| other > test.delivery).collect();
        if !weaker.is_empty() {
            let names: Vec<_> = weaker.iter().map(|delivery| delivery.name()).collect();
            unchecked.push(format!("delivery models: {}", names.join(", ")));
        }
        let random = |part: &&Part| {
            part.component.info.imports.iter().any(|name| name.starts_with("wasi:random/"))
        };
        let random = stage.code.parts.iter().filter(random);
        let random: Vec<_> = random.map(|part| part.kind.name.as_str()).collect();
        if !random.is_empty() {
            let (seed, names) = (self.seed, random.join(", "));
            unchecked
                .push(format!("other random numbers of WASI than those of seed {seed}: {names}"));
        }
        let supervised = stage.app.actors().iter().filter(|actor| actor.supervised);
        let supervised: Vec<_> = supervised.map(|actor| actor.name.as_str()).collect();
        if !supervised.is_empty() {
            unchecked.push(format!(
                "whether turns of supervised actors should fail: {}",
                supervised.join(", ")
            ));
        }
        unchecked
    }

    fn coverage(&self, tally: &Tally) -> Coverage {
        let code = &self.stage.code;
        let mut missing = Vec::new();
        for (number, part) in (0..).zip(&code.parts[..code.actors]) {
            for (state, kind) in part.table.declared() {
                if !tally.covered.contains(&(number, state, kind)) {
                    let state = state.and_then(|state| part.table.state_name(state));
                    let state = state.map_or_else(String::new, |state| format!("{state}, "));
                    let kind = code.shared.kinds.name(kind);
                    missing.push(format!("{}: {state}{kind}", part.kind.name));
                }
            }
        }
        missing.sort();
        Coverage { taken: tally.covered.len() as u64, missing }
    }
}

impl ExploreReport {
    fn add(&mut self, test: TestReport, bugs: Vec<FoundBug>) {
        self.verdict = self.verdict.max(test.verdict);
        self.iterations += test.iterations;
        self.steps += test.steps.total;
        self.distinct_schedules += test.distinct_schedules;
        for unchecked in &test.unchecked {
            if !self.unchecked.contains(unchecked) {
                self.unchecked.push(unchecked.clone());
            }
        }
        self.bugs.extend(bugs);
        self.tests.push(test);
    }
}
