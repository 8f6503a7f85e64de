//! What it costs to take the image of an actor after a turn, and to put back the one before.
#![expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use coyote_host::App;
use coyote_host::measure::{Snapshots, Way};
use twox_hash::XxHash3_128;
use wit_component::StringEncoding;
use wit_parser::Resolve;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

const MEBIBYTES: [usize; 3] = [1, 8, 64];

/// In how many pages of 4 KiB a turn writes a word.
const PAGES: [usize; 3] = [1, 4, 16];

const PAGE_BYTES: usize = 4096;

/// Where the first of them is, and how far they are from each other.
const FIRST: usize = 128 * 1024;
const STRIDE: usize = 7 * PAGE_BYTES;

/// Commands of the writer.
const FILL: u32 = 15;
const ADD: u32 = 20;

/// What one way needs for a step.
struct Figures {
    snapshot: Duration,
    restore: Duration,
    /// Stored for each snapshot.
    bytes: usize,
}

/// Measures all ways, and prints it.
pub(super) fn measure() -> anyhow::Result<()> {
    println!("# snapshots: median of a step, snapshot with hash + restore, bytes stored");
    for mebibytes in MEBIBYTES {
        for pages in PAGES {
            println!("{mebibytes} MiB, a word in each of {pages} pages");
            let ways: [(&str, Figures); 3] = [
                ("copy", copying(mebibytes, pages)?),
                ("compare", tracking(mebibytes, pages, Way::Compare)?),
                ("marks", tracking(mebibytes, pages, Way::Marks)?),
            ];
            for (name, Figures { snapshot, restore, bytes }) in ways {
                println!("  {name:8} {snapshot:>12.2?} + {restore:>12.2?} {bytes:>10} B");
            }
        }
    }
    Ok(())
}

/// How often a step is measured.
fn steps(mebibytes: usize, way: Way) -> u64 {
    match way {
        Way::Marks => 20_000,
        Way::Compare => 4_000 / mebibytes as u64,
    }
}

fn tracking(mebibytes: usize, pages: usize, way: Way) -> anyhow::Result<Figures> {
    let mut snapshots = writer(mebibytes, way)?;
    // The commands are in the memory too, so they are the same in all steps.
    let commands = writes(pages);
    turn(&mut snapshots, &commands)?;
    let mut last = snapshots.snapshot();
    let before = snapshots.bytes();
    let steps = steps(mebibytes, way);
    let (mut taking, mut putting) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        turn(&mut snapshots, &commands)?;
        let start = Instant::now();
        let next = black_box(snapshots.snapshot());
        let taken = Instant::now();
        snapshots.restore(last);
        let put = Instant::now();
        snapshots.restore(next);
        last = next;
        taking.push(taken - start);
        putting.push(put - taken);
    }
    let steps = usize::try_from(steps)?;
    let bytes = (snapshots.bytes() - before) / steps;
    Ok(Figures { snapshot: median(taking), restore: median(putting), bytes })
}

fn copying(mebibytes: usize, pages: usize) -> anyhow::Result<Figures> {
    let mut snapshots = writer(mebibytes, Way::Compare)?;
    let base = snapshots.memory().to_vec();
    let mut memory = base.clone();
    let (mut taking, mut putting) = (Vec::new(), Vec::new());
    for _ in 0..400 / mebibytes as u64 {
        turn(&mut snapshots, &writes(pages))?;
        let start = Instant::now();
        let copy = snapshots.memory().to_vec();
        black_box(XxHash3_128::oneshot(&copy));
        let taken = Instant::now();
        memory.copy_from_slice(black_box(&base));
        let put = Instant::now();
        taking.push(taken - start);
        putting.push(put - taken);
        black_box(copy);
    }
    let bytes = memory.len();
    Ok(Figures { snapshot: median(taking), restore: median(putting), bytes })
}

/// The median of so many measurements, without what the clock takes.
fn median(mut samples: Vec<Duration>) -> Duration {
    let mut clock: Vec<_> = (0..1001).map(|_| Instant::now().elapsed()).collect();
    clock.sort();
    samples.sort();
    samples[samples.len() / 2].saturating_sub(clock[clock.len() / 2])
}

/// Commands that change a word in each of so many pages, whenever they are given.
fn writes(pages: usize) -> Vec<u8> {
    let command = |page| command(ADD, FIRST + page * STRIDE, 0, 1);
    (0..pages).flat_map(command).collect()
}

fn command(command: u32, at: usize, other: usize, value: u64) -> [u8; 24] {
    let word = |number: usize| u32::try_from(number).expect("a memory of 32 bits").to_le_bytes();
    let mut bytes = [0; 24];
    bytes[..4].copy_from_slice(&command.to_le_bytes());
    bytes[4..8].copy_from_slice(&word(at));
    bytes[8..12].copy_from_slice(&word(other));
    bytes[16..].copy_from_slice(&value.to_le_bytes());
    bytes
}

fn turn(snapshots: &mut Snapshots, commands: &[u8]) -> anyhow::Result<()> {
    snapshots.turn(commands).map(drop).map_err(anyhow::Error::msg)
}

/// A writer whose memory is full of something.
fn writer(mebibytes: usize, way: Way) -> anyhow::Result<Snapshots> {
    let host = Path::new(HERE).join("..");
    let text = fs::read_to_string(host.join("tests/guests/writer.wat"))?;
    let pages = mebibytes * 16;
    let mut module = wat::parse_str(text.replace("MEMORY", &pages.to_string()))?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(host.join("../wit"))?;
    let world = resolve.select_world(&[package], Some("actor"))?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("writer.wasm");
    fs::write(&path, module)?;
    let path = path.display();
    let text =
        format!("name = 'bench'\n[actor.writer]\ncomponent = '{path}'\nmemory = '{mebibytes}MiB'");
    let app = App::parse(&text, &host.join("app.toml")).ok().context("a manifest")?;
    let mut snapshots = Snapshots::new(app, None, way)?;
    let length = mebibytes * 1024 * 1024 - FIRST;
    turn(&mut snapshots, &command(FILL, FIRST, length, 0xa5))?;
    Ok(snapshots)
}
