//! `coyote-host snapshot`: a whole app between two turns, as a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use coyote_host::{App, Replay, Snapshot};

use super::control;
use super::files::CacheArgs;
use super::numbers::whole;

/// Take a snapshot of a running app, or of one execution at a step.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace file, or a token of one line
    #[arg(required_unless_present = "control", conflicts_with = "control")]
    trace: Option<String>,
    /// After how many steps of the trace; 0 is the start [default: at its end]
    #[arg(long, value_name = "STEP", conflicts_with = "control", value_parser = whole::<usize>(0..=u64::MAX))]
    at: Option<usize>,
    /// The manifest of the trace, or its folder
    #[arg(long, default_value = "app.toml", conflicts_with = "control")]
    app: PathBuf,
    /// The snapshot at which the trace begins
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "control")]
    from: Option<PathBuf>,
    /// The control socket of an app that runs
    #[arg(long, value_name = "SOCKET")]
    control: Option<PathBuf>,
    /// Where the snapshot is written to
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let snapshot = match (&args.control, &args.trace) {
        (Some(socket), _) => {
            Snapshot::from_bytes(control::ask(socket, "snapshot")?, "what the app sent")?
        }
        (None, Some(trace)) => of_trace(args, trace)?,
        (None, None) => unreachable!("one of the two is required"),
    };
    write(&args.output, snapshot.bytes())
        .with_context(|| format!("cannot write `{}`", args.output.display()))?;
    let (output, digest, app) = (args.output.display(), snapshot.digest(), snapshot.app());
    let text = format!("`{output}`: snapshot {digest} of `{app}`\n");
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn of_trace(args: &Args, trace: &str) -> anyhow::Result<Snapshot> {
    let mut replay = Replay::new(App::load(&args.app)?, trace)?;
    if let Some(from) = &args.from {
        replay = replay.begin_at(Snapshot::load(from)?);
    }
    if let Some(folder) = args.cache.folder() {
        replay = replay.cache(folder);
    }
    let mut timeline = replay.open()?;
    if let Some(step) = args.at {
        if step > timeline.len() {
            bail!("there is no step {step}: the execution has {}", timeline.len());
        }
        timeline.go_to(step);
    }
    Ok(timeline.snapshot()?)
}

/// All of it is there, or nothing; and nobody else can read it: it names all actors.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}
