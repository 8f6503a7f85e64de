//! `coyote-host build`: runs the build commands of a manifest.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, PipeReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, bail};
use coyote_host::{App, Build, Component};
use indicatif::{ProgressBar, ProgressStyle};

/// Most bytes of a command's output that are kept, to be shown if it fails.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How often the progress line moves.
const TICK: Duration = Duration::from_millis(100);

/// Build the components of an app
///
/// Runs the `build` command of each actor and monitor, each distinct one once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest, or its folder
    #[arg(default_value = "app.toml")]
    app: PathBuf,
    /// Say nothing unless a command fails
    #[arg(long, short)]
    quiet: bool,
}

/// Builds everything that the manifest has a command for.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let app = App::load(&args.app)?;
    build(&app, if args.quiet { Progress::Quiet } else { Progress::Shown })?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the progress of a build is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A line for each command, on the standard error.
    Shown,
    /// Nothing.
    Quiet,
}

/// Runs each distinct build command of an app once, and checks that it made what it should.
pub(crate) fn build(app: &App, progress: Progress) -> anyhow::Result<()> {
    let jobs = jobs(app);
    if jobs.is_empty() && progress == Progress::Shown {
        note("nothing to build: no actor has a `build` command")?;
    }
    jobs.iter().try_for_each(|job| job.run(progress))
}

/// A command, and what it builds.
#[derive(Debug, PartialEq)]
struct Job<'a> {
    build: &'a Build,
    /// Names and components of actors and monitors.
    targets: Vec<(&'a str, &'a Path)>,
}

/// The commands, in the order of the names of what they build first: actors, then monitors.
fn jobs(app: &App) -> Vec<Job<'_>> {
    let actors = app.actors().iter().map(|actor| (actor.name.as_str(), &actor.component));
    let monitors = app.monitors().iter().map(|monitor| (monitor.name.as_str(), &monitor.component));
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (name, Component { path, build }) in actors.chain(monitors) {
        let Some(build) = build else { continue };
        let target = (name, path.as_path());
        match jobs.iter_mut().find(|job| job.build == build) {
            Some(job) => job.targets.push(target),
            None => jobs.push(Job { build, targets: vec![target] }),
        }
    }
    jobs
}

impl Job<'_> {
    fn run(&self, progress: Progress) -> anyhow::Result<()> {
        let names = self.names();
        let line = Line::start(format!("building {names}: {}", self.build.line), progress)?;
        let outcome = self.execute(&line);
        line.finish(format!("built {names}"), outcome.is_ok())?;
        outcome
    }

    fn execute(&self, line: &Line) -> anyhow::Result<()> {
        let Build { line: command, directory, .. } = self.build;
        let (names, place) = (self.names(), directory.display());
        if !directory.is_dir() {
            bail!("cannot build {names}: there is no folder `{place}`");
        }
        let (child, output) = self.spawn()?;
        let (status, tail) = follow(child, output, line)
            .with_context(|| format!("cannot build {names}: lost sight of `{command}`"))?;
        if !status.success() {
            io::stderr().lock().write_all(&tail)?;
            let advice = advice(self.build, &tail);
            bail!(
                "cannot build {names}: `{command}` in `{place}` {}{advice}",
                how_it_ended(status)
            );
        }
        for (name, path) in &self.targets {
            if !path.is_file() {
                let path = path.display();
                bail!(
                    "`{command}` in `{place}` succeeded, but the component of `{name}` is not at `{path}`"
                );
            }
        }
        Ok(())
    }

    /// Starts the command, with both its outputs in one pipe.
    fn spawn(&self) -> anyhow::Result<(Child, PipeReader)> {
        let Build { program, arguments, directory, line } = self.build;
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory).stdin(std::process::Stdio::null());
        command.stdout(writer.try_clone()?).stderr(writer);
        // The command holds the ends for writing; it goes out of scope, or the pipe would never end.
        match command.spawn() {
            Ok(child) => Ok((child, reader)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("cannot build {}: {}", self.names(), no_program(program))
            }
            Err(error) => Err(error)
                .with_context(|| format!("cannot build {}: cannot run `{line}`", self.names())),
        }
    }

    fn names(&self) -> String {
        self.targets.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Reads what a command writes until it ends; shows the last line, returns the last part.
fn follow(mut child: Child, output: PipeReader, line: &Line) -> io::Result<(ExitStatus, Vec<u8>)> {
    let mut reader = BufReader::new(output);
    let mut tail = VecDeque::new();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        line.show(chunk);
        tail.extend(chunk);
        let length = chunk.len();
        reader.consume(length);
        tail.drain(..tail.len().saturating_sub(OUTPUT_BYTES_MAX));
    }
    Ok((child.wait()?, tail.into()))
}

fn how_it_ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended ({status})"),
    }
}

/// What to do about a command that failed, if its output tells.
fn advice(build: &Build, output: &[u8]) -> &'static str {
    let says = |text: &str| output.windows(text.len()).any(|window| window == text.as_bytes());
    let component =
        build.program == "cargo" && build.arguments.iter().any(|arg| arg == "component");
    if component && says("no such command: `component`") {
        CARGO_COMPONENT
    } else if says("target may not be installed") {
        "\n  install the target: `rustup target add wasm32-unknown-unknown`"
    } else {
        ""
    }
}

/// That a program is not there, and how to get it.
fn no_program(program: &str) -> String {
    let advice = match program {
        "cargo-component" => CARGO_COMPONENT,
        "cargo" | "rustc" | "rustup" => "\n  install Rust: https://rustup.rs",
        _ => "",
    };
    format!("there is no program `{program}`{advice}")
}

const CARGO_COMPONENT: &str = "
  install it: `cargo install --locked cargo-component`
  or do without: `cargo build --release --target wasm32-unknown-unknown` makes what the host can load";

/// The line that shows how a command is getting on: it moves in a terminal, and is a plain line in a
/// file.
struct Line(Option<ProgressBar>);

impl Line {
    fn start(text: String, progress: Progress) -> anyhow::Result<Self> {
        if progress == Progress::Quiet {
            return Ok(Self(None));
        }
        let style = ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg:.dim}")?;
        let bar = ProgressBar::new_spinner().with_style(style);
        if bar.is_hidden() {
            note(&text)?;
        }
        bar.set_prefix(text);
        bar.enable_steady_tick(TICK);
        Ok(Self(Some(bar)))
    }

    /// Shows the last line of an output that has one.
    fn show(&self, output: &[u8]) {
        let Some(bar) = &self.0 else { return };
        let text = String::from_utf8_lossy(output);
        if let Some(last) = text.lines().rfind(|line| !line.trim().is_empty()) {
            bar.set_message(last.trim().to_owned());
        }
    }

    fn finish(self, text: String, success: bool) -> anyhow::Result<()> {
        let Some(bar) = self.0 else { return Ok(()) };
        let (elapsed, hidden) = (bar.elapsed().as_secs_f32(), bar.is_hidden());
        bar.finish_and_clear();
        if success && !hidden {
            note(&format!("{text} in {elapsed:.1} s"))?;
        }
        Ok(())
    }
}

/// A line for people, on the standard error.
fn note(text: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Builds an app of one actor, and says what came of it.
    fn outcome(build: &str, added: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let text =
            format!("name = 'x'\n[actor.a]\ncomponent = 'a.wasm'\nbuild = \"{build}\"\n{added}");
        let app = App::parse(&text, &folder.path().join("app.toml")).unwrap();
        let outcome = match super::build(&app, Progress::Quiet) {
            Ok(()) => fs::read_to_string(folder.path().join("a.wasm")).unwrap(),
            Err(error) => format!("{error:#}"),
        };
        outcome.replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn a_command_builds_and_is_checked_to_have_built() {
        assert_eq!(outcome("sh -c 'echo built > a.wasm'", ""), "built\n");
        assert_eq!(
            outcome("true", ""),
            "`true` in `DIR` succeeded, but the component of `a` is not at `DIR/a.wasm`"
        );
    }

    #[test]
    fn a_command_that_several_share_runs_once() {
        let other = "[actor.b]\ncomponent = 'a.wasm'\nbuild = \"sh -c 'echo built >> a.wasm'\"";
        assert_eq!(outcome("sh -c 'echo built >> a.wasm'", other), "built\n");
    }

    #[test]
    fn commands_that_fail() {
        assert_eq!(
            outcome("sh -c 'exit 3'", ""),
            "cannot build `a`: `sh -c 'exit 3'` in `DIR` ended with exit code 3"
        );
        assert_eq!(
            outcome("no-such-program", ""),
            "cannot build `a`: there is no program `no-such-program`"
        );
        // Asked directly, because it may be there.
        assert_eq!(
            no_program("cargo-component").replace(CARGO_COMPONENT, " ADVICE"),
            "there is no program `cargo-component` ADVICE"
        );
        assert_eq!(
            outcome("true", "build-directory = 'none'"),
            "cannot build `a`: there is no folder `DIR/none`"
        );
    }

    #[test]
    fn a_missing_subcommand_of_cargo_is_told_from_its_output() {
        let build = |line: &str| Build {
            line: line.to_owned(),
            program: "cargo".to_owned(),
            arguments: vec![line.to_owned()],
            directory: PathBuf::from("."),
        };
        let output = b"error: no such command: `component`\n\nhelp: view all";
        assert_eq!(advice(&build("component"), output), CARGO_COMPONENT);
        assert_eq!(advice(&build("build"), output), "");
    }

    #[test]
    fn the_output_that_is_kept_is_bounded() {
        let (child, output) = {
            let (reader, writer) = io::pipe().unwrap();
            let mut command = Command::new("sh");
            command.args(["-c", "head -c 3000000 /dev/zero; echo end"]).stdout(writer);
            (command.spawn().unwrap(), reader)
        };
        let (status, tail) = follow(child, output, &Line(None)).unwrap();
        assert!(status.success() && tail.ends_with(b"end\n"));
        assert_eq!(tail.len(), OUTPUT_BYTES_MAX);
    }
}
