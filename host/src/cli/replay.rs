//! `coyote-host replay` and `coyote-host trace show`: one execution again.

use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use coyote_host::{App, Level, LogLine, Observer, Replay, ReplayError, ReplayReport, Snapshot};

use super::debugger;
use super::files::CacheArgs;
use super::numbers::whole;
use super::travel;

/// Repeat a trace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Show no log lines of the actors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    travel: travel::Places,
    /// Go through it in the terminal, forwards and backwards
    #[arg(long, short, group = "place", conflicts_with = "json")]
    interactive: bool,
}

/// An execution to be repeated.
#[derive(Debug, clap::Args)]
struct Source {
    /// A trace file, or a token of one line
    trace: String,
    /// The manifest, or its folder
    #[arg(long, default_value = "app.toml")]
    app: PathBuf,
    /// The snapshot at which the trace begins, if it does not begin at the start of the app
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<PathBuf>,
    /// Repeat the trace as it was found, not the minimised one
    #[arg(long)]
    original: bool,
    /// Where the trace leads elsewhere, go on in the order of production
    #[arg(long = "continue")]
    go_on: bool,
    /// Leave one step out, and do what remains as far as it can be done
    #[arg(long, value_name = "STEP", value_parser = whole::<NonZeroU32>(1..=u32::MAX.into()))]
    without: Option<NonZeroU32>,
    /// Print what happened as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

/// Show a trace.
#[derive(Debug, clap::Args)]
pub(crate) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TraceCommand {
    /// Print a trace, step by step
    Show(Source),
}

pub(crate) fn trace(args: &TraceArgs) -> anyhow::Result<ExitCode> {
    let TraceCommand::Show(source) = &args.command;
    or_internal(|| {
        let report = source.replay()?.run()?;
        tell(source, &report)?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args { source, quiet, travel, interactive } = args;
    or_internal(|| {
        if *interactive && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            bail!("`--interactive` needs a terminal; `--at`, `--diff` and `--what-if` do without");
        }
        let mut replay = source.replay()?;
        if *interactive {
            debugger::run(replay.open()?).context("the terminal")?;
            return Ok(ExitCode::SUCCESS);
        }
        if travel.is_asked() {
            return travel::run(travel, replay.open()?, source.json);
        }
        if !quiet && !source.json {
            replay = replay.observer(Lines);
        }
        let report = replay.run()?;
        tell(source, &report)?;
        Ok(if report.bug.is_some() { ExitCode::from(super::BUG) } else { ExitCode::SUCCESS })
    })
}

/// A trace that does not repeat itself without a reason is an internal error.
fn or_internal(replay: impl FnOnce() -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    match replay() {
        Err(error) if matches!(error.downcast_ref(), Some(ReplayError::NotRepeatable { .. })) => {
            io::stderr().write_all(format!("error: {error}\n").as_bytes())?;
            Ok(ExitCode::from(super::INTERNAL))
        }
        other => other,
    }
}

impl Source {
    fn replay(&self) -> anyhow::Result<Replay> {
        let Self { trace, app, from, original, go_on, without, json: _, cache } = self;
        let mut replay = Replay::new(App::load(app)?, trace)?;
        if let Some(from) = from {
            replay = replay.begin_at(Snapshot::load(from)?);
        }
        if *original {
            replay = replay.original();
        }
        if *go_on {
            replay = replay.go_on();
        }
        if let Some(step) = *without {
            replay = replay.without(step);
        }
        if let Some(folder) = cache.folder() {
            replay = replay.cache(folder);
        }
        Ok(replay)
    }
}

fn tell(source: &Source, report: &ReplayReport) -> anyhow::Result<()> {
    let text = if source.json {
        format!("{}\n", serde_json::to_string(report)?)
    } else {
        report.to_string()
    };
    super::print(&text)
}

/// Writes log lines to standard error.
struct Lines;

impl Observer for Lines {
    fn line(&self, line: &LogLine<'_>) {
        let LogLine { level, actor, message, .. } = line;
        if *level > Level::Debug {
            return;
        }
        // Whoever closed standard error does not want to read it.
        let _ =
            io::stderr().write_all(format!("{:5} {actor}: {message}\n", level.name()).as_bytes());
    }
}
