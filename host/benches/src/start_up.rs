//! How long the command takes for a small app, from start to end of the process.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::ensure;

use crate::table::Spread;
use crate::work::Stopwatch;

const RUNS: usize = 20;

/// Measures hello-world with and without compiled components in the cache, and prints it.
pub(crate) fn measure() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let command = root.join("target/release/coyote-host");
    ensure!(command.exists(), "build the command first: cargo build --release");
    let app = root.join("example-actors/hello-world/app.toml");
    let cache = tempfile::tempdir()?;
    println!("hello-world by the command, {RUNS} runs: ms from start to end of the process\n");
    println!("| | median | min .. max |\n| --- | ---: | ---: |");
    let cold = run(&command, &app, |command| command.arg("--no-cache"))?;
    print("compiled anew", cold);
    let folder = cache.path();
    // The first run fills the cache.
    run_once(command_line(&command, &app).arg("--cache").arg(folder))?;
    let cached = run(&command, &app, |command| command.arg("--cache").arg(folder))?;
    print("compiled before", cached);
    Ok(())
}

fn run(
    command: &Path,
    app: &Path,
    option: impl Fn(&mut Command) -> &mut Command,
) -> anyhow::Result<Spread> {
    let times = (0..RUNS).map(|_| run_once(option(&mut command_line(command, app))));
    Ok(Spread::of(times.collect::<anyhow::Result<_>>()?))
}

fn command_line(command: &Path, app: &Path) -> Command {
    let mut line = Command::new(command);
    line.arg("run").arg(app).arg("--until-quiescent").stdout(Stdio::null()).stderr(Stdio::null());
    line
}

/// Milliseconds.
fn run_once(command: &mut Command) -> anyhow::Result<f64> {
    let stopwatch = Stopwatch::start();
    let status = command.status()?;
    let sample = stopwatch.stop();
    ensure!(status.success(), "the command failed");
    Ok(sample.wall.as_secs_f64() * 1_000.0)
}

fn print(what: &str, Spread { min, median, max }: Spread) {
    println!("| {what} | {median:.1} | {min:.1} .. {max:.1} |");
}
