//! `coyote-host run`: an app for real.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use coyote_host::{
    ActorFailure, ActorId, App, DroppedEvent, Host, Level, LogLine, Observer, RunReport,
    RunVerdict, Snapshot,
};
use crossbeam_channel::{Sender, unbounded};

use super::control::{Control, Taking};
use super::files::CacheArgs;
use super::numbers::{WORKERS_MAX, whole};
use super::signals;

/// How long an app may take to finish once it is asked to end.
const DRAIN_TIMEOUT: &str = "10s";

/// Run an app.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest, or its folder
    #[arg(default_value = "app.toml")]
    app: PathBuf,
    /// Go on where the app was when this snapshot was taken
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "seed")]
    from: Option<PathBuf>,
    /// Listen at this socket for `coyote-host snapshot --control`
    #[arg(long, value_name = "SOCKET")]
    control: Option<PathBuf>,
    /// End when nothing is left to do and no timer is armed
    #[arg(long)]
    until_quiescent: bool,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", overrides_with = "workers", value_parser = whole::<NonZeroUsize>(1..=WORKERS_MAX))]
    workers: Option<NonZeroUsize>,
    /// Seed of ids and random choices [default: that of the manifest, else a random one]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    seed: Option<u64>,
    /// How long the app may take to finish what is under way when it is asked to end
    #[arg(long, value_name = "TIME", default_value = DRAIN_TIMEOUT, value_parser = humantime::parse_duration)]
    drain_timeout: Duration,
    /// Least important log lines to show
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LogLevel,
    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

/// What may end a run.
enum Notice {
    Quiescent,
    Stopped,
    Signal,
    /// Somebody wants a snapshot.
    Snapshot(Sender<Taking>),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let app = App::load(&args.app)?;
    if args.from.is_none() && app.started() == 0 {
        bail!("the app `{}` starts no actor: add `[[start]]` to its manifest", app.name());
    }
    let (notices, notified) = unbounded();
    let signalled = notices.clone();
    let notify = move || signalled.send(Notice::Signal).is_ok();
    signals::on_end(notify).context("cannot listen to signals")?;
    let asked = notices.clone();
    let control = args.control.as_ref().map(|socket| {
        Control::listen(socket, move || {
            let (to, taking) = unbounded();
            asked.send(Notice::Snapshot(to)).ok()?;
            taking.recv().ok()
        })
    });
    let control = control.transpose()?;
    let console = Console { shown: shown(args.log_level), format: args.log_format, notices };
    let mut builder = Host::builder(app).observer(console);
    if let Some(workers) = args.workers {
        builder = builder.workers(workers);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(folder) = args.cache.folder() {
        builder = builder.cache(folder);
    }
    if let Some(from) = &args.from {
        builder = builder.begin_at(Snapshot::load(from)?);
    }
    let host = builder.build()?;
    for notice in &notified {
        match notice {
            Notice::Quiescent if !args.until_quiescent => {}
            Notice::Quiescent | Notice::Stopped => break,
            Notice::Snapshot(to) => {
                // Who asked waits for it.
                let _ = to.send(Box::pin(host.snapshot()));
            }
            Notice::Signal => {
                // A second one ends the process at once.
                let at_once = notified.clone();
                thread::spawn(move || {
                    if at_once.iter().any(|notice| matches!(notice, Notice::Signal)) {
                        process::exit(130);
                    }
                });
                break;
            }
        }
    }
    drop(control);
    let report = host.drain(args.drain_timeout);
    let text = if args.json { json(&report)? } else { summary(&report) };
    super::print(&text)?;
    let stopped = report.verdict == RunVerdict::Stopped;
    Ok(if stopped { ExitCode::from(super::BUG) } else { ExitCode::SUCCESS })
}

fn shown(level: LogLevel) -> Option<Level> {
    match level {
        LogLevel::Off => None,
        LogLevel::Error => Some(Level::Error),
        LogLevel::Warn => Some(Level::Warn),
        LogLevel::Info => Some(Level::Info),
        LogLevel::Debug => Some(Level::Debug),
        LogLevel::Trace => Some(Level::Trace),
    }
}

fn json(report: &RunReport) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string(report)?))
}

fn summary(report: &RunReport) -> String {
    let RunReport { verdict, events, actors, failures, restarts, dead_letters, seconds, .. } =
        report;
    let verdict = match verdict {
        RunVerdict::Running => "running",
        RunVerdict::Quiescent => "quiescent",
        RunVerdict::Drained => "drained",
        RunVerdict::DrainTimeout => "not drained in time",
        RunVerdict::Stopped => "stopped by a failure",
    };
    let mut text = format!(
        "{verdict}: {events} events, {} actors, {failures} failures, {restarts} restarts, \
         {dead_letters} dead letters, {seconds:.3} s, seed {}\n",
        actors.created, report.seed,
    );
    for (reason, count) in &report.dead_letters_by_reason {
        text += &format!("  dead letters, {reason}: {count}\n");
    }
    if !report.violations.is_empty() {
        text += &format!("  violations: {}\n", report.violations.len());
    }
    for waiting in &report.waiting {
        text += &format!("  still waiting: {waiting}\n");
    }
    if report.log_lines_dropped > 0 {
        text += &format!("  log lines beyond the limit: {}\n", report.log_lines_dropped);
    }
    text
}

/// Writes what happens to standard error.
struct Console {
    shown: Option<Level>,
    format: LogFormat,
    notices: Sender<Notice>,
}

impl Console {
    fn write(&self, level: Level, actor: Option<&str>, turn: u64, message: &str) {
        if self.shown.is_none_or(|shown| level > shown) {
            return;
        }
        let line = match self.format {
            LogFormat::Text => {
                let actor = actor.unwrap_or("host");
                format!("{:5} {actor}: {message}\n", level.name())
            }
            LogFormat::Json => {
                let line = serde_json::json!({
                    "level": level.name(), "actor": actor, "turn": turn, "message": message,
                });
                format!("{line}\n")
            }
        };
        // Whoever closed standard error does not want to read it.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn notify(&self, notice: Notice) {
        // The receiver ends with the run.
        let _ = self.notices.send(notice);
    }
}

impl Observer for Console {
    fn line(&self, line: &LogLine<'_>) {
        self.write(line.level, Some(line.actor), line.turn, line.message);
    }

    fn actor_failed(&self, failure: &ActorFailure) {
        let event = failure
            .event
            .as_ref()
            .map_or("its first turn".to_owned(), |event| format!("`{event}`"));
        let state =
            failure.state.as_ref().map_or(String::new(), |state| format!(" in state `{state}`"));
        let suspended = failure
            .suspended
            .as_ref()
            .map_or(String::new(), |suspended| format!(" behind an await of `{suspended}`"));
        let ActorFailure { cause, message, outcome, .. } = failure;
        let text = format!("{event} failed{state}{suspended}, {outcome}: {cause}: {message}");
        self.write(Level::Error, Some(&failure.actor), failure.turn, &text);
        for frame in failure.backtrace.lines() {
            self.write(Level::Error, Some(&failure.actor), failure.turn, &format!("    {frame}"));
        }
    }

    fn actor_halted(&self, _: ActorId, label: &str) {
        self.write(Level::Debug, Some(label), 0, "halted");
    }

    fn event_dropped(&self, event: &DroppedEvent) {
        let DroppedEvent { reason, from, to, event, .. } = event;
        let text = format!("dead letter, {reason}: `{event}` from {from} to {to}");
        self.write(Level::Debug, None, 0, &text);
    }

    fn violation(&self, violation: &str) {
        self.write(Level::Error, None, 0, violation);
    }

    fn quiescent(&self) {
        self.notify(Notice::Quiescent);
    }

    fn stopped(&self) {
        self.notify(Notice::Stopped);
    }
}
