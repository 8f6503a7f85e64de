//! Components, gone through by the library.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use coyote_host::{App, ExploreReport, Explorer, SearchMethod, Verdict};

use super::{SECONDS_MAX, Seen};
use crate::work::Stopwatch;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// More states than are reached in time.
const STATES_MAX: NonZeroUsize = NonZeroUsize::new(100_000_000).expect("not zero");

/// A program, and how it is gone through.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    manifest: PathBuf,
    test: String,
    method: SearchMethod,
    symmetry: bool,
}

impl Ours {
    pub(super) fn register(clients: usize, method: &str) -> Self {
        let test = if clients == 2 { "two-clients" } else { "three-clients" };
        Self::of("apps/search-register.toml", test, method)
    }

    pub(super) fn transaction(participants: usize, method: &str) -> Self {
        Self::of("apps/search-transaction.toml", &participants.to_string(), method)
    }

    pub(super) fn failure_detector(test: &str, method: &str) -> Self {
        Self::of("../../example-actors/failure-detector/fixed.toml", test, method)
    }

    pub(super) fn callers(requests: usize) -> Self {
        Self::of("apps/search-callers.toml", &format!("3x{requests}"), "dpor")
    }

    pub(super) fn pairs() -> Self {
        Self::of("apps/search-callers.toml", "pairs", "dpor")
    }

    fn of(manifest: &str, test: &str, method: &str) -> Self {
        let mut methods = SearchMethod::ALL.into_iter();
        let method = methods.find(|known| known.name() == method).expect("a method");
        let (manifest, test) = (Path::new(HERE).join(manifest), test.to_owned());
        Self { manifest, test, method, symmetry: true }
    }

    /// The same, where interchangeable actors are told apart.
    pub(super) fn without_symmetry(self) -> Self {
        Self { symmetry: false, ..self }
    }

    pub(super) fn name(&self) -> String {
        let apart = if self.symmetry { "" } else { ", no symmetry" };
        format!("{}{apart}", self.method.name())
    }

    pub(super) fn run(&self) -> anyhow::Result<Seen> {
        // The first time compiles.
        self.search(NonZeroUsize::MIN)?;
        let (_, loading) = self.search(NonZeroUsize::MIN)?;
        let (report, cpu_seconds) = self.search(STATES_MAX)?;
        let search = report.tests[0].search.as_ref().context("it was exhaustive")?;
        Ok(Seen {
            count: search.states + search.traces,
            transitions: search.transitions,
            cpu_seconds: cpu_seconds - loading,
            ended: report.verdict == Verdict::Exhausted,
        })
    }

    /// Goes through so many states, and how many CPU-seconds that took.
    fn search(&self, states: NonZeroUsize) -> anyhow::Result<(ExploreReport, f64)> {
        let longest = if states == NonZeroUsize::MIN {
            Duration::ZERO
        } else {
            Duration::from_secs(SECONDS_MAX)
        };
        let explorer = explorer(&self.manifest, &self.test)?
            .exhaustive(states)
            .method(self.method)
            .time_max(longest);
        let explorer = if self.symmetry { explorer } else { explorer.without_symmetry() };
        let stopwatch = Stopwatch::start();
        let report = explorer.run().context("build the guests first")?;
        let cpu = stopwatch.stop().cpu.as_secs_f64();
        ensure!(report.bugs.is_empty(), "{report}");
        Ok((report, cpu))
    }
}

/// In which execution a strategy finds a bug, counted from 1, and after how many milliseconds by the clock, loading not
/// counted.
pub(super) fn hunt(
    (manifest, test): (&str, &str),
    strategy: &str,
    seed: u64,
    executions: NonZeroU64,
) -> anyhow::Result<Option<(u64, f64)>> {
    let explorer = explorer(&Path::new(HERE).join(manifest), test)?
        .strategy(strategy)?
        .seed(seed)
        .iterations(executions)
        .minimise_time(Duration::ZERO);
    let report = explorer.run().context("build the examples first")?;
    let milliseconds = report.tests[0].seconds * 1_000.0;
    Ok(report.bugs.first().map(|bug| (bug.iteration + 1, milliseconds)))
}

fn explorer(manifest: &Path, test: &str) -> anyhow::Result<Explorer> {
    let cache = std::path::absolute(Path::new(HERE).join("../../target/coyote-benches"))?;
    let explorer = Explorer::new(App::load(manifest)?);
    Ok(explorer.test(test).workers(NonZeroUsize::MIN).cache(cache))
}
