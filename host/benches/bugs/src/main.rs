//! How well exploration finds the bugs of the example apps, on one core: `make bugs`, `oopsla`, `survive` and `verify`.
//!
//! `bugs` explores each app with each strategy and with the first seeds, `oopsla` the programs of Mukherjee et al. (2020)
//! with the default, `survive` the apps without their bugs. Each writes `docs/bug-finding.md` and a plot. What was measured
//! stands in `target/bugs.jsonl` and `target/survived.jsonl`: a run that was ended goes on where it was. `verify` goes
//! through all states of tests without the bugs, at growing sizes, and writes `docs/proofs.md`.

#![expect(clippy::print_stdout, reason = "the tables are what the program is for")]

mod plot;
mod proofs;
mod samples;
mod table;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::samples::{DEFAULT, EXHAUSTIVE, FIXED, PROGRAMS, SAMPLES, STRATEGIES, Sample};

/// The seeds: the first integers.
const SEEDS: u64 = 20;

/// Executions after which a run of a strategy other than the default has not found the bug.
const ITERATIONS: u64 = 1_000;

/// Runs of each program of Mukherjee et al. (2020).
const PROGRAM_RUNS: u64 = 100;

/// Executions that an app without its bug has to survive.
const SURVIVED: u64 = 100_000;

/// One exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    sample: String,
    strategy: String,
    seed: u64,
    /// In which execution the bug was found, counted from 1; none if it was not.
    found: Option<u64>,
    /// Until the bug, or until the end; without what makes its trace shorter.
    seconds: f64,
    /// How long its trace was, made shorter as far as [`MINIMISE_TIME`] allows.
    steps: Option<u64>,
}

/// For how long traces are made shorter.
const MINIMISE_TIME: &str = "500ms";

/// How long everything is gone through.
const SEARCH_TIME: &str = "10s";

/// An exploration of an app without its bug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Survival {
    sample: String,
    /// Executions that were no bug, and how many of them were cut at the bound.
    executions: u64,
    cut: u64,
    steps: u64,
    distinct_schedules: u64,
    seconds: f64,
    verdict: String,
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    match std::env::args().nth(1).as_deref() {
        Some("bugs") => bugs(&root),
        Some("oopsla") => oopsla(&root),
        Some("survive") => survive(&root),
        Some("verify") => proofs::verify(&root),
        _ => bail!("one of `bugs`, `oopsla`, `survive` and `verify` is wanted"),
    }
}

fn bugs(root: &Path) -> anyhow::Result<()> {
    for &strategy in STRATEGIES {
        for sample in SAMPLES {
            let runs = explore_all(root, sample, strategy, SEEDS, MINIMISE_TIME)?;
            println!("{}", table::row(sample, strategy, &runs));
        }
        write(root)?;
    }
    for sample in SAMPLES {
        let runs = explore_all(root, sample, EXHAUSTIVE, 1, MINIMISE_TIME)?;
        println!("{}", table::row(sample, EXHAUSTIVE, &runs));
    }
    write(root)
}

fn oopsla(root: &Path) -> anyhow::Result<()> {
    for program in PROGRAMS {
        let runs = explore_all(root, &program.sample, DEFAULT, PROGRAM_RUNS, "0s")?;
        println!("{}", table::program_row(program, &runs));
    }
    write(root)
}

/// Writes all that was measured.
fn write(root: &Path) -> anyhow::Result<()> {
    let (runs, survived) = (known_runs(root)?, known(&root.join(SURVIVED_FILE))?);
    fs::write(root.join("docs/bug-finding.md"), table::document(&runs, &survived))?;
    plot::draw(&root.join("docs/bug-finding.svg"), &runs)
}

/// All runs, by sample, strategy and seed.
type Runs = BTreeMap<(String, String, u64), Run>;

/// Where they are kept.
const RUNS_FILE: &str = "target/bugs.jsonl";

/// Where survivals are kept.
const SURVIVED_FILE: &str = "target/survived.jsonl";

fn known_runs(root: &Path) -> anyhow::Result<Runs> {
    let runs: Vec<Run> = known(&root.join(RUNS_FILE))?;
    let keyed = runs.into_iter();
    Ok(keyed.map(|run| ((run.sample.clone(), run.strategy.clone(), run.seed), run)).collect())
}

/// What was measured before.
fn known<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    let lines = text.lines().map(serde_json::from_str);
    let lines: Result<_, _> = lines.collect();
    lines.with_context(|| format!("{}", path.display()))
}

/// Keeps something that was measured.
fn keep(path: &Path, measured: &impl Serialize) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(writeln!(file, "{}", serde_json::to_string(measured)?)?)
}

/// Explores an app with all seeds with which it was not; all runs.
fn explore_all(
    root: &Path,
    sample: &Sample,
    strategy: &str,
    seeds: u64,
    minimise_time: &str,
) -> anyhow::Result<Runs> {
    let mut runs = known_runs(root)?;
    for seed in 0..seeds {
        let key = (sample.name(), strategy.to_owned(), seed);
        if let Entry::Vacant(unknown) = runs.entry(key) {
            let run = explore(root, sample, strategy, seed, minimise_time)?;
            keep(&root.join(RUNS_FILE), &run)?;
            unknown.insert(run);
        }
    }
    Ok(runs)
}

/// Explores an app: with the default strategy as a user does who gives no option, but on one core and for several seeds.
fn explore(
    root: &Path,
    sample: &Sample,
    strategy: &str,
    seed: u64,
    minimise_time: &str,
) -> anyhow::Result<Run> {
    let mut command = command(root, &sample.manifest(root));
    command.args(["--test", sample.test, "--minimise-time", minimise_time]);
    command.args(["--seed", &seed.to_string()]);
    match strategy {
        DEFAULT => {}
        EXHAUSTIVE => _ = command.args(["--exhaustive", "--time", SEARCH_TIME]),
        _ => _ = command.args(["--strategy", strategy, "--iterations", &ITERATIONS.to_string()]),
    }
    let report = object(&command.output()?)?;
    let bug = report["bugs"].get(0);
    let search = &report["tests"][0]["search"];
    let found =
        |bug: &serde_json::Value| match (search["states"].as_u64(), search["traces"].as_u64()) {
            (Some(states), Some(traces)) => Some(states.max(traces)),
            _ => Some(bug["iteration"].as_u64()? + 1),
        };
    let seconds = report["tests"][0]["seconds"].as_f64().context("a report has seconds")?;
    Ok(Run {
        sample: sample.name(),
        strategy: strategy.to_owned(),
        seed,
        found: bug.and_then(found),
        seconds,
        steps: bug.and_then(|bug| bug["minimised_steps"].as_u64()),
    })
}

fn survive(root: &Path) -> anyhow::Result<()> {
    let path = root.join(SURVIVED_FILE);
    let mut survived: Vec<Survival> = known(&path)?;
    for sample in FIXED.iter() {
        if survived.iter().any(|survival| survival.sample == sample.name()) {
            continue;
        }
        let mut command = command(root, &sample.manifest(root));
        command.args(["--test", sample.test, "--iterations", &SURVIVED.to_string()]);
        let survival = survival(sample, &object(&command.output()?)?)?;
        keep(&path, &survival)?;
        println!("{}", table::survival_row(&survival));
        survived.push(survival);
    }
    write(root)?;
    let failed: Vec<_> =
        survived.iter().filter(|survival| survival.verdict == "bug").map(|s| &*s.sample).collect();
    if !failed.is_empty() {
        bail!("a bug was found in {}", failed.join(", "));
    }
    Ok(())
}

fn survival(sample: &Sample, report: &serde_json::Value) -> anyhow::Result<Survival> {
    let test = &report["tests"][0];
    let number = |value: &serde_json::Value| value.as_u64().context("a report has counts");
    Ok(Survival {
        sample: sample.name(),
        executions: number(&test["iterations"])?,
        cut: number(&test["cut"])?,
        steps: number(&test["steps"]["total"])?,
        distinct_schedules: number(&test["distinct_schedules"])?,
        seconds: test["seconds"].as_f64().context("a report has seconds")?,
        verdict: report["verdict"].as_str().context("a report has a verdict")?.to_owned(),
    })
}

/// The command that explores an app on one core.
fn command(root: &Path, manifest: &Path) -> Command {
    let mut command = Command::new(root.join("target/release/coyote-host"));
    command.arg("explore").arg(manifest);
    command.args(["--workers", "1", "--json", "--quiet", "--no-traces"]);
    // With it every trap is traced through the host, too, which takes longer than to find most bugs.
    command.env_remove("RUST_BACKTRACE");
    command
}

fn object(output: &std::process::Output) -> anyhow::Result<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

impl Sample {
    fn manifest(&self, root: &Path) -> PathBuf {
        root.join("example-actors").join(self.folder).join(self.manifest)
    }
}
