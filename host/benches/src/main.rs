//! coyote-host side by side with actor libraries that run native code: one process, rounds that take turns, so
//! that what else the machine does hits all alike.
//!
//! ```text
//! cargo build --release && cargo build --release --target wasm32-unknown-unknown -p ring-node -p crowd -p callers \
//!     -p resumptions -p ring-states -p hello-world-server -p hello-world-client
//! cargo build --release -p coyote-peers && cargo build --release --target wasm32-unknown-unknown -p register -p transaction
//! cargo run --release -p coyote-benches [-- [--rounds N] [ping-pong] [ring] [create] [memory] [tasks] [states]
//!     [explore] [search] [hunt] [back] [snapshot] [start]]
//! ```
//!
//! `docs/benchmarks.md` says how to read what it prints.
#![expect(clippy::print_stdout, reason = "what was measured is printed")]

mod back;
mod contenders;
mod explore;
mod machines;
mod resumptions;
mod search;
mod snapshot;
mod start_up;
mod table;
mod work;

use std::env;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, bail};
use mimalloc::MiMalloc;

use crate::contenders::ALL;
use crate::table::Table;
use crate::work::{Contender, Crowd, Memory, Ring, Sample};

/// The allocator of the command, for all contenders.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How often each thing is measured, if the command line does not say.
const ROUNDS: usize = 7;

/// How often memory is: it varies little.
const MEMORY_ROUNDS: usize = 3;

/// How often exhaustive searches are, which take long.
const SEARCH_ROUNDS: usize = 3;

const PING_PONG: Ring = Ring { nodes: 2, tokens: 1, hops: 1_000_000 };
const RING: Ring = Ring { nodes: 100, tokens: 100, hops: 10_000 };
const CREATIONS: u32 = 20_000;
const CROWDS: [u32; 2] = [10_000, 100_000];

/// The first argument of a process that measures its own memory.
const MEMORY_OF: &str = "memory-of";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [command, name, actors] = &arguments[..]
        && command == MEMORY_OF
    {
        return report_memory(name, actors.parse()?);
    }
    let (rounds, wanted) = parse(&arguments)?;
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let threads = thread::available_parallelism()?.get();
    if wants("ping-pong") {
        let title = format!("ping-pong, 1 thread, {} events: events/s", PING_PONG.events());
        measure(&title, rounds, PING_PONG.events(), |contender| (contender.ring)(PING_PONG, 1))?;
    }
    if wants("ring") {
        let Ring { nodes, tokens, .. } = RING;
        let title = format!("ring of {nodes} with {tokens} tokens, {threads} threads: hops/s");
        measure(&title, rounds, RING.events(), |contender| (contender.ring)(RING, threads))?;
    }
    if wants("create") {
        let title = format!("creation of {CREATIONS} actors, 1 thread: actors/s");
        let work = |contender: Contender| (contender.create)(CREATIONS);
        measure(&title, rounds, CREATIONS.into(), work)?;
    }
    if wants("memory") {
        for actors in CROWDS {
            memory(actors, rounds.min(MEMORY_ROUNDS))?;
        }
    }
    if wants("tasks") {
        resumptions::measure(rounds)?;
    }
    if wants("states") {
        machines::measure(rounds)?;
    }
    if wants("explore") {
        explore::measure(rounds)?;
    }
    if wants("search") {
        search::measure(rounds.min(SEARCH_ROUNDS))?;
    }
    if wants("hunt") {
        search::hunt::measure()?;
    }
    if wants("back") {
        back::measure()?;
    }
    if wants("snapshot") {
        snapshot::measure()?;
    }
    if wants("start") {
        start_up::measure()?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> anyhow::Result<(usize, &[String])> {
    let (rounds, wanted) = match arguments {
        [option, rounds, wanted @ ..] if option == "--rounds" => (rounds.parse()?, wanted),
        wanted => (ROUNDS, wanted),
    };
    let known = [
        "ping-pong",
        "ring",
        "create",
        "memory",
        "tasks",
        "states",
        "explore",
        "search",
        "hunt",
        "back",
        "snapshot",
        "start",
    ];
    if let Some(stray) = wanted.iter().find(|wanted| !known.contains(&wanted.as_str())) {
        bail!("no benchmark `{stray}`, there are {}", known.join(", "));
    }
    if rounds == 0 {
        bail!("at least one round is needed");
    }
    Ok((rounds, wanted))
}

/// Measures how many events a second each contender gets through, and prints it.
fn measure(
    title: &str,
    rounds: usize,
    events: u64,
    work: impl Fn(Contender) -> anyhow::Result<Sample>,
) -> anyhow::Result<()> {
    let work = &work;
    let works = ALL.map(|contender| move || work(contender));
    let named: Vec<Named<'_>> =
        ALL.iter().zip(&works).map(|(contender, work)| (contender.name, work as _)).collect();
    measure_each(title, rounds, events, &named)
}

/// Work to be measured, and how it is called.
type Named<'a> = (&'static str, &'a dyn Fn() -> anyhow::Result<Sample>);

/// Measures how many times a second each does what it does `events` times, and prints it.
fn measure_each(
    title: &str,
    rounds: usize,
    events: u64,
    works: &[Named<'_>],
) -> anyhow::Result<()> {
    let names: Vec<_> = works.iter().map(|&(name, _)| name).collect();
    let mut walls = Table::new(title, "by the clock", &names);
    let mut cpus = Table::new(title, "per CPU-second", &names);
    for round in 0..rounds {
        // Nobody is always first.
        for place in (0..works.len()).map(|place| (place + round) % works.len()) {
            let (name, work) = works[place];
            let sample = work().context(name)?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let events = events as f64;
            walls.add(place, events / sample.wall.as_secs_f64());
            cpus.add(place, events / sample.cpu.as_secs_f64());
        }
    }
    println!("{}\n{}", walls.per_second(), cpus.per_second());
    Ok(())
}

/// Measures the memory of idle actors, in a fresh process each time, and prints it.
fn memory(actors: u32, rounds: usize) -> anyhow::Result<()> {
    let title = format!("memory of {actors} actors: bytes per actor");
    let names = ALL.map(|contender| contender.name);
    let mut idle = Table::new(&title, "idle", &names);
    let mut touched = Table::new(&title, "after one event each", &names);
    let mut tables = Table::new(&title, "page tables beside that", &names);
    for _ in 0..rounds {
        for (place, contender) in ALL.iter().enumerate() {
            let Crowd { before, idle: after, touched: end } = memory_of(contender.name, actors)?;
            let each = |after: u64, before: u64| {
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                let bytes = after.saturating_sub(before) as f64;
                bytes / f64::from(actors)
            };
            idle.add(place, each(after.resident, before.resident));
            touched.add(place, each(end.resident, before.resident));
            tables.add(place, each(end.tables, before.tables));
        }
    }
    println!("{}\n{}\n{}", idle.bytes(), touched.bytes(), tables.bytes());
    Ok(())
}

fn memory_of(name: &str, actors: u32) -> anyhow::Result<Crowd> {
    let output =
        Command::new(env::current_exe()?).args([MEMORY_OF, name, &actors.to_string()]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [before, before_tables, idle, idle_tables, touched, touched_tables] = numbers[..] else {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    };
    Ok(Crowd {
        before: Memory { resident: before, tables: before_tables },
        idle: Memory { resident: idle, tables: idle_tables },
        touched: Memory { resident: touched, tables: touched_tables },
    })
}

/// What a process that was started by [`memory_of`] does.
fn report_memory(name: &str, actors: u32) -> anyhow::Result<()> {
    let contender = ALL.iter().find(|contender| contender.name == name);
    let Crowd { before, idle, touched } = (contender.context("no such contender")?.crowd)(actors)?;
    for Memory { resident, tables } in [before, idle, touched] {
        println!("{resident} {tables}");
    }
    Ok(())
}
