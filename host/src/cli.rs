//! The command line: one file per subcommand. It sees the library's public API only.

mod build;
mod check;
mod completions;
mod control;
mod debugger;
mod explore;
mod files;
mod graph;
mod new;
mod numbers;
mod replay;
mod run;
mod schema;
mod signals;
mod snapshot;
mod travel;

use std::error::Error;
use std::io::{self, IsTerminal, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use coyote_host::{AppError, Colour, LoadError, ReplayError};

/// The program cannot do what it was asked to: bad input.
const COULD_NOT_RUN: u8 = 1;
/// A bug of the app was found.
const BUG: u8 = 2;
/// An execution did not repeat itself: a bug of this program.
const INTERNAL: u8 = 3;

/// Runs apps of WebAssembly actors.
#[derive(Debug, Parser)]
#[command(name = "coyote-host", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run an app.
    Run(run::Args),
    /// Explore an app: find its concurrency bugs.
    Explore(explore::Args),
    /// Repeat a trace.
    Replay(replay::Args),
    /// Show a trace.
    Trace(replay::TraceArgs),
    /// Take a snapshot of a running app, or of one execution at a step.
    Snapshot(snapshot::Args),
    /// Check a manifest and its components, and show what they are.
    Check(check::Args),
    /// Build the components of an app.
    Build(build::Args),
    /// Begin a new app, or add an actor to one.
    New(new::Args),
    /// Print the JSON Schema of the manifest.
    Schema(schema::Args),
    /// Print completions for a shell, or the manual page.
    Completions(completions::Args),
}

/// Runs the command that the arguments ask for.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Whoever closed the output does not want to read it.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(COULD_NOT_RUN)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Explore(args) => explore::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Trace(args) => replay::trace(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Build(args) => build::run(&args),
        Command::New(args) => new::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    result.unwrap_or_else(|error| {
        // Whoever closed standard error does not want to read it.
        let _ = io::stderr().write_all(explain(&error).as_bytes());
        ExitCode::from(COULD_NOT_RUN)
    })
}

/// Writes what a command has to tell to the standard output. The exit code is the same whether or not somebody reads it.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever closed the output does not want to read it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to the standard output"),
    }
}

/// The text of an error: the manifest's own rendering, or a line for it, one for each of its causes, and what to do.
fn explain(error: &anyhow::Error) -> String {
    if let Some(error) = error.downcast_ref::<AppError>() {
        return error.render(colour());
    }
    let mut text = format!("error: {error}\n");
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut told = error.to_string();
    while let Some(error) = cause {
        let because = error.to_string();
        // Some errors end with what caused them.
        if !told.ends_with(&because) {
            text += &format!("  because: {because}\n");
        }
        told = because;
        cause = error.source();
    }
    if let Some(help) = help(error) {
        text += &format!("  help: {help}\n");
    }
    text
}

/// Errors have colours on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
fn colour() -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stderr().is_terminal() && !refused { Colour::On } else { Colour::Off }
}

/// What to do about an error, where a command helps.
fn help(error: &anyhow::Error) -> Option<&'static str> {
    let is_missing = |cause: &(dyn Error + 'static)| {
        matches!(cause.downcast_ref(), Some(LoadError::NotFound { .. }))
    };
    if error.chain().any(is_missing) {
        return Some("`coyote-host build` runs the build commands of the manifest");
    }
    match error.downcast_ref()? {
        ReplayError::OtherComponents { .. }
        | ReplayError::OtherManifest { .. }
        | ReplayError::Other => {
            Some("`replay --continue` follows it all the same, as far as it goes")
        }
        _ => None,
    }
}
