//! `coyote-host explore`: the executions of an app that go wrong.

use std::io::{self, IsTerminal, Write as _};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use coyote_host::{
    App, Delivery, ExploreError, ExploreReport, Explorer, FoundBug, Progress, SearchMethod,
    Snapshot, parse_size,
};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files::CacheArgs;
use super::numbers::{WORKERS_MAX, whole};
use super::signals;

/// How much memory an exhaustive search may take, by default.
const MEMORY: &str = "4GiB";

/// Where traces are written to.
const TRACES: &str = "traces";

/// Explore an app: find its concurrency bugs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest, or its folder
    #[arg(default_value = "app.toml")]
    app: PathBuf,
    /// Begin where the app was when this snapshot was taken [default: at the start of each test]
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<PathBuf>,
    /// Explore this test only; may be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    test: Vec<String>,
    /// Seed of all choices [default: that of the manifest, else 0]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    seed: Option<u64>,
    /// Executions of each test [default: as the manifest says]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroU64>(1..=u64::MAX))]
    iterations: Option<NonZeroU64>,
    /// Only the iteration with this number, from 0
    #[arg(long, value_name = "N", conflicts_with = "iterations", value_parser = whole::<u64>(0..=u64::MAX - 1))]
    iteration: Option<u64>,
    /// Most steps of one execution [default: as the manifest says]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroU32>(1..=u32::MAX.into()))]
    steps: Option<NonZeroU32>,
    /// Longest time for each test
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,
    /// Worker threads; the result does not depend on them [default: one per core]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroUsize>(1..=WORKERS_MAX))]
    workers: Option<NonZeroUsize>,
    /// Who chooses, such as `random` or `pct:10`
    #[arg(long, value_name = "NAME", default_value = "portfolio")]
    strategy: String,
    /// In which orders messages may arrive [default: as the manifest says]
    #[arg(long, value_name = "MODEL", value_parser = delivery)]
    delivery: Option<Delivery>,
    /// Go on after a bug, and report each once
    #[arg(long)]
    keep_going: bool,
    /// Go through everything instead of running many executions: `stateful`, `breadth-first`, `dpor`, or `auto`
    #[arg(long, value_name = "METHOD", num_args = 0..=1, require_equals = true, default_missing_value = "auto", value_parser = method, conflicts_with_all = ["iterations", "iteration", "strategy"])]
    exhaustive: Option<SearchMethod>,
    /// About how much memory an exhaustive search may take, such as `512MiB`
    #[arg(long, value_name = "SIZE", default_value = MEMORY, value_parser = memory, requires = "exhaustive")]
    memory: NonZeroU64,
    /// Most states of an exhaustive search [default: as many as there is memory for]
    #[arg(long, value_name = "N", requires = "exhaustive", value_parser = whole::<NonZeroUsize>(1..=u64::MAX))]
    states: Option<NonZeroUsize>,
    /// Tell all states apart in an exhaustive search, also if only interchangeable actors have changed places
    #[arg(long, requires = "exhaustive")]
    no_symmetry: bool,
    /// Longest time to make one trace shorter
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = humantime::parse_duration)]
    minimise_time: Duration,
    /// Run one in so many turns again and compare; 0: none
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = whole::<u64>(0..=u64::MAX))]
    compare_every: u64,
    /// Where traces of bugs are written to
    #[arg(long, value_name = "FOLDER", default_value = TRACES)]
    traces: PathBuf,
    /// Write no trace files
    #[arg(long, conflicts_with = "traces")]
    no_traces: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

fn delivery(name: &str) -> Result<Delivery, String> {
    let known = Delivery::ALL.into_iter().find(|delivery| delivery.name() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = Delivery::ALL.iter().map(|delivery| delivery.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

fn method(name: &str) -> Result<SearchMethod, String> {
    let known = SearchMethod::ALL.into_iter().find(|method| method.name() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = SearchMethod::ALL.iter().map(|method| method.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

fn memory(size: &str) -> Result<NonZeroU64, String> {
    let bytes = parse_size(size).and_then(NonZeroU64::new);
    bytes.ok_or_else(|| "it is a number and B, KiB, MiB or GiB, such as 512MiB".to_owned())
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let app = App::load(&args.app)?;
    let name = app.name().to_owned();
    let explorer = explorer(app, args)?;
    let cancelled = Arc::new(AtomicBool::new(false));
    listen(cancelled.clone()).context("cannot listen to signals")?;
    let line = Line::new(args.quiet || args.json);
    let explored = explorer.run_telling(&cancelled, |test, progress| line.tell(test, progress));
    line.clear();
    let mut report = match explored {
        Ok(report) => report,
        Err(error @ ExploreError::NotRepeatable { .. }) => {
            io::stderr().write_all(format!("error: {error}\n").as_bytes())?;
            return Ok(ExitCode::from(super::INTERNAL));
        }
        Err(error) => return Err(error.into()),
    };
    let saved =
        if args.no_traces { Ok(()) } else { save_all(&args.traces, &name, &mut report.bugs) };
    let text = if args.json { json(&report)? } else { report.to_string() };
    super::print(&text)?;
    if let Err(error) = saved {
        // The bug was found, and its token repeats it too.
        io::stderr().write_all(super::explain(&error).as_bytes())?;
    }
    Ok(if report.bugs.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(super::BUG) })
}

fn explorer(app: App, args: &Args) -> anyhow::Result<Explorer> {
    let mut explorer = Explorer::new(app)
        .strategy(&args.strategy)?
        .minimise_time(args.minimise_time)
        .compare_every(args.compare_every);
    if let Some(from) = &args.from {
        explorer = explorer.begin_at(Snapshot::load(from)?);
    }
    for test in &args.test {
        explorer = explorer.test(test);
    }
    if let Some(seed) = args.seed {
        explorer = explorer.seed(seed);
    }
    if let Some(iterations) = args.iterations {
        explorer = explorer.iterations(iterations);
    }
    if let Some(iteration) = args.iteration {
        explorer = explorer.iteration(iteration);
    }
    if let Some(steps) = args.steps {
        explorer = explorer.steps_max(steps);
    }
    if let Some(time) = args.time {
        explorer = explorer.time_max(time);
    }
    if let Some(workers) = args.workers {
        explorer = explorer.workers(workers);
    }
    if let Some(delivery) = args.delivery {
        explorer = explorer.delivery(delivery);
    }
    if let Some(method) = args.exhaustive {
        explorer = explorer
            .exhaustive(args.states.unwrap_or(NonZeroUsize::MAX))
            .memory_max(args.memory)
            .method(method);
    }
    if args.no_symmetry {
        explorer = explorer.without_symmetry();
    }
    if args.keep_going {
        explorer = explorer.keep_going();
    }
    if let Some(folder) = args.cache.folder() {
        explorer = explorer.cache(folder);
    }
    Ok(explorer)
}

/// The first signal ends the exploration with a summary, the second one at once.
fn listen(cancelled: Arc<AtomicBool>) -> io::Result<()> {
    signals::on_end(move || {
        if cancelled.swap(true, Ordering::SeqCst) {
            process::exit(130);
        }
        true
    })
}

fn save_all(folder: &Path, app: &str, bugs: &mut [FoundBug]) -> anyhow::Result<()> {
    for bug in bugs {
        bug.trace = Some(save(folder, app, bug)?.display().to_string());
    }
    Ok(())
}

/// Writes the trace of a bug. Equal bugs have equal names, so a second exploration does not fill the folder.
fn save(folder: &Path, app: &str, bug: &FoundBug) -> anyhow::Result<PathBuf> {
    let FoundBug { test, kind, iteration, .. } = bug;
    let path = folder.join(format!("{app}-{test}-{kind}-{iteration}.trace"));
    let cannot = || format!("cannot write `{}`", path.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    std::fs::write(&path, bug.trace_file()).with_context(cannot)?;
    Ok(path)
}

fn json(report: &ExploreReport) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string(report)?))
}

/// One line that changes, on a terminal.
struct Line(ProgressBar);

impl Line {
    fn new(hidden: bool) -> Self {
        let bar = ProgressBar::no_length();
        if hidden || !io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is right"));
        Self(bar)
    }

    fn tell(&self, test: &str, progress: &Progress) {
        let Progress {
            iterations,
            states,
            traces,
            steps,
            bugs,
            distinct_schedules,
            covered,
            elapsed,
        } = *progress;
        let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let per_second = |count: u64| HumanCount(count.saturating_mul(1000) / milliseconds);
        if states + traces > 0 {
            let what = if states > 0 { "states" } else { "traces" };
            let (count, transitions) = (HumanCount(states + traces), HumanCount(steps));
            let message = format!("{test}: {count} {what}, {transitions} transitions, {bugs} bugs");
            return self.0.set_message(message);
        }
        self.0.set_message(format!(
            "{test}: {} iterations, {}/s, {} steps/s, {} schedules differ, {covered} states and \
             events, {bugs} bugs",
            HumanCount(iterations),
            per_second(iterations),
            per_second(steps),
            HumanCount(distinct_schedules),
        ));
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
