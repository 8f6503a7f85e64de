//! `coyote-host replay` and `coyote-host trace show`: one execution again.

use std::io::{self, Write as _};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use coyote_host::{App, Level, LogLine, Observer, Replay, ReplayError, ReplayReport};

use super::files::CacheArgs;

/// Repeat a trace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace file, or a token of one line
    trace: String,
    /// The manifest, or its folder
    #[arg(long, default_value = "app.toml")]
    app: PathBuf,
    /// Repeat the trace as it was found, not the minimised one
    #[arg(long)]
    original: bool,
    /// Where the trace leads elsewhere, go on in the order of production
    #[arg(long = "continue")]
    go_on: bool,
    /// Leave one step out, and do what remains as far as it can be done
    #[arg(long, value_name = "STEP")]
    without: Option<NonZeroU32>,
    /// Show no log lines of the actors
    #[arg(long, short)]
    quiet: bool,
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
    Show(Args),
}

pub(crate) fn trace(args: &TraceArgs) -> anyhow::Result<ExitCode> {
    let TraceCommand::Show(args) = &args.command;
    or_internal(replay(args, true), |report| {
        tell(args, &report)?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    or_internal(replay(args, args.quiet || args.json), |report| {
        tell(args, &report)?;
        Ok(if report.bug.is_some() { ExitCode::from(super::BUG) } else { ExitCode::SUCCESS })
    })
}

/// What becomes of a report; a trace that does not repeat itself without a reason is an internal error.
fn or_internal(
    replayed: anyhow::Result<ReplayReport>,
    tell: impl FnOnce(ReplayReport) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    match replayed {
        Err(error) if matches!(error.downcast_ref(), Some(ReplayError::NotRepeatable { .. })) => {
            io::stderr().write_all(format!("error: {error}\n").as_bytes())?;
            Ok(ExitCode::from(super::INTERNAL))
        }
        other => tell(other?),
    }
}

fn replay(args: &Args, quiet: bool) -> anyhow::Result<ReplayReport> {
    let app = App::load(&args.app)?;
    let mut replay = Replay::new(app, &args.trace)?;
    if args.original {
        replay = replay.original();
    }
    if args.go_on {
        replay = replay.go_on();
    }
    if let Some(step) = args.without {
        replay = replay.without(step);
    }
    if let Some(folder) = args.cache.folder() {
        replay = replay.cache(folder);
    }
    if !quiet {
        replay = replay.observer(Lines);
    }
    Ok(replay.run()?)
}

fn tell(args: &Args, report: &ReplayReport) -> anyhow::Result<()> {
    let text = if args.json {
        format!("{}\n", serde_json::to_string(report)?)
    } else {
        report.to_string()
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
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
