//! One step back in a long trace, as `replay --interactive` takes it: the place before, and what the app is like there.
#![expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]

use std::fs;
use std::hint::black_box;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use coyote_host::{App, Explorer, Replay, Timeline};

use crate::table::Spread;

const STEPS: usize = 10_000;

/// How many places are gone back from, spread evenly.
const PLACES: usize = 1_000;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Measures, and prints it.
pub(crate) fn measure() -> anyhow::Result<()> {
    let mut timeline = timeline()?;
    ensure!(timeline.len() == STEPS, "the trace has {} steps", timeline.len());
    println!("a step back, and what the app is like there, in a trace of {STEPS} steps: ms\n");
    println!("| | median | min .. max |\n| --- | ---: | ---: |");
    let back = (0..PLACES).map(|place| back(&mut timeline, STEPS - place));
    print("from the end, one after the other", back.collect());
    // A factor that has nothing in common with the number of places.
    let places = (0..PLACES).map(|place| 1 + place * 7_919 % (STEPS - 1));
    print(
        "after a jump to anywhere",
        places.map(|place| back_after(&mut timeline, place)).collect(),
    );
    let places = (0..PLACES).map(|place| place * 7_919 % STEPS);
    print("a jump to anywhere", places.map(|place| jump(&mut timeline, place)).collect());
    println!();
    Ok(())
}

fn timeline() -> anyhow::Result<Timeline> {
    let path = Path::new(HERE).join("apps/back.toml");
    let cache = std::path::absolute(Path::new(HERE).join("../../target/coyote-benches"))?;
    let report = Explorer::new(App::load(&path)?)
        .strategy("random")?
        .iterations(NonZeroU64::MIN)
        .workers(NonZeroUsize::MIN)
        .minimise_time(Duration::ZERO)
        .cache(&cache)
        .run()
        .context("build the guests first")?;
    let bug = report.bugs.first().context("the bound is a bug")?;
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("long.trace");
    fs::write(&trace, bug.trace_file())?;
    let trace = trace.to_str().context("a path in UTF-8")?;
    Ok(Replay::new(App::load(&path)?, trace)?.original().cache(&cache).open()?)
}

fn back_after(timeline: &mut Timeline, place: usize) -> f64 {
    timeline.go_to(place);
    back(timeline, place)
}

/// From this place; in milliseconds.
fn back(timeline: &mut Timeline, place: usize) -> f64 {
    jump(timeline, place - 1)
}

fn jump(timeline: &mut Timeline, place: usize) -> f64 {
    let start = Instant::now();
    timeline.go_to(place);
    black_box(timeline.view());
    start.elapsed().as_secs_f64() * 1_000.0
}

fn print(what: &str, milliseconds: Vec<f64>) {
    let Spread { min, median, max } = Spread::of(milliseconds);
    println!("| {what} | {median:.2} | {min:.2} .. {max:.2} |");
}
