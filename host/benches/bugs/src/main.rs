//! How well exploration finds the bugs of the example apps: `make bugs` and `make verify`.
//!
//! `bugs` explores each app with each strategy and with the first seeds, on one core, and writes `docs/bug-finding.md` and
//! a plot. What was measured stands in `target/bugs.jsonl`: a run that was ended goes on where it was. `verify` goes
//! through all states of tests without the bugs, at growing sizes, and writes `docs/proofs.md`.

#![expect(clippy::print_stdout, reason = "the tables are what the program is for")]

mod plot;
mod proofs;
mod samples;
mod table;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use self::samples::{SAMPLES, STRATEGIES, Sample};

/// The seeds: the first integers.
const SEEDS: u64 = 20;

/// Executions after which a run has not found the bug.
const ITERATIONS: u64 = 1_000;

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
    /// How long its trace was, made shorter as far as a second allows.
    steps: Option<u64>,
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    match std::env::args().nth(1).as_deref() {
        Some("bugs") => bugs(&root),
        Some("verify") => proofs::verify(&root),
        _ => bail!("one of `bugs` and `verify` is wanted"),
    }
}

fn bugs(root: &Path) -> anyhow::Result<()> {
    let path = root.join("target/bugs.jsonl");
    let mut runs = known(&path)?;
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    for sample in SAMPLES {
        for &strategy in STRATEGIES {
            for seed in 0..SEEDS {
                let key = (sample.name().to_owned(), strategy.to_owned(), seed);
                if runs.contains_key(&key) {
                    continue;
                }
                let run = explore(root, sample, strategy, seed)?;
                writeln!(file, "{}", serde_json::to_string(&run)?)?;
                runs.insert(key, run);
            }
            println!("{}", table::row(sample, strategy, &runs));
        }
        fs::write(root.join("docs/bug-finding.md"), table::document(&runs))?;
        plot::draw(&root.join("docs/bug-finding.svg"), &runs)?;
    }
    Ok(())
}

/// All runs, by sample, strategy and seed.
type Runs = BTreeMap<(String, String, u64), Run>;

fn known(path: &Path) -> anyhow::Result<Runs> {
    if !path.exists() {
        return Ok(Runs::new());
    }
    let text = fs::read_to_string(path)?;
    let runs = text.lines().map(serde_json::from_str::<Run>);
    let keyed = runs.map(|run| {
        let run = run.with_context(|| format!("{}", path.display()))?;
        Ok(((run.sample.clone(), run.strategy.clone(), run.seed), run))
    });
    keyed.collect()
}

fn explore(root: &Path, sample: &Sample, strategy: &str, seed: u64) -> anyhow::Result<Run> {
    let report = command(root, &sample.manifest(root))
        .args(["--test", sample.test, "--strategy", strategy, "--minimise-time", "1s"])
        .args(["--seed", &seed.to_string(), "--iterations", &ITERATIONS.to_string()])
        .output()?;
    let report = object(&report)?;
    let bug = report["bugs"].get(0);
    let seconds = report["tests"][0]["seconds"].as_f64().context("a report has seconds")?;
    Ok(Run {
        sample: sample.name().to_owned(),
        strategy: strategy.to_owned(),
        seed,
        found: bug.and_then(|bug| bug["iteration"].as_u64()).map(|iteration| iteration + 1),
        seconds,
        steps: bug.and_then(|bug| bug["minimised_steps"].as_u64()),
    })
}

/// The command that explores an app on one core.
fn command(root: &Path, manifest: &Path) -> Command {
    let mut command = Command::new(root.join("target/release/coyote-host"));
    command.arg("explore").arg(manifest);
    command.args(["--workers", "1", "--json", "--quiet", "--no-traces"]);
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
