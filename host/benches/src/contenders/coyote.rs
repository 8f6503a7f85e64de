//! coyote-host: every actor is an instance of a WebAssembly component with a memory of its own, fuel and bounds.
//!
//! Defaults throughout: the limits that a manifest has if it says nothing, and the actors that the guest SDK
//! makes. The time of a ring includes the creation of its nodes: of a hundred, a few milliseconds.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use coyote_host::{ActorId, App, Encoding, Host, Init, OutsideEvent, Payload, RunVerdict};

use crate::work::{Contender, Crowd, Memory, Ring, Sample, Stopwatch};

pub(super) const CONTENDER: Contender = Contender { name: "coyote-host", ring, create, crowd };

/// Longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(600);

const HERE: &str = env!("CARGO_MANIFEST_DIR");

pub(crate) fn host(app: &str, workers: usize) -> anyhow::Result<Host> {
    let app = App::load(&Path::new(HERE).join("apps").join(app))?;
    let workers = NonZeroUsize::new(workers).context("no worker")?;
    // What compiling leaves behind in the allocator would hide part of the memory of actors.
    let cache = Path::new(HERE).join("../../target/coyote-benches");
    let host = Host::builder(app).workers(workers).cache(std::path::absolute(cache)?).build();
    host.context(
        "build the actors first, in the folder example-actors: \
         cargo build --release -p ring-node -p crowd -p resumptions -p ring-states",
    )
}

fn ring(Ring { nodes, tokens, hops }: Ring, threads: usize) -> anyhow::Result<Sample> {
    let host = host("ring.toml", threads)?;
    let plan = format!(r#"{{"first":{{"nodes":{nodes},"tokens":{tokens},"hops":{hops}}}}}"#);
    let stopwatch = Stopwatch::start();
    host.create("node", None, json(&plan))?;
    rest(&host)?;
    let sample = stopwatch.stop();
    let tokens = tokens as u64;
    end(host, nodes as u64, tokens * u64::from(hops) + tokens)?;
    Ok(sample)
}

fn create(actors: u32) -> anyhow::Result<Sample> {
    let (host, first) = empty_crowd()?;
    let stopwatch = Stopwatch::start();
    grow(&host, first, actors)?;
    let sample = stopwatch.stop();
    end(host, u64::from(actors) + 1, u64::from(actors.div_ceil(1_000)))?;
    Ok(sample)
}

fn crowd(actors: u32) -> anyhow::Result<Crowd> {
    let (host, first) = empty_crowd()?;
    let before = Memory::now()?;
    grow(&host, first, actors)?;
    let idle = Memory::now()?;
    host.send(first, OutsideEvent::bare("touch"))?;
    rest(&host)?;
    let touched = Memory::now()?;
    end(host, u64::from(actors) + 1, u64::from(actors) + 2 + u64::from(actors.div_ceil(1_000)))?;
    Ok(Crowd { before, idle, touched })
}

fn empty_crowd() -> anyhow::Result<(Host, ActorId)> {
    let host = host("crowd.toml", 1)?;
    let first = host.create("member", None, json(r#"{"next":null}"#))?;
    rest(&host)?;
    Ok((host, first))
}

fn grow(host: &Host, first: ActorId, actors: u32) -> anyhow::Result<()> {
    let members = format!(r#"{{"members":{actors}}}"#);
    host.send(first, OutsideEvent::new("grow", Encoding::Json, members.into_bytes()))?;
    rest(host)
}

pub(crate) fn json(text: &str) -> Init {
    Init { encoding: Encoding::Json, payload: Payload::from_slice(text.as_bytes()) }
}

pub(crate) fn rest(host: &Host) -> anyhow::Result<()> {
    ensure!(host.until_quiescent(TIMEOUT), "the app did not come to rest");
    Ok(())
}

/// Ends the run, which must have been what it should be.
pub(crate) fn end(host: Host, actors: u64, events: u64) -> anyhow::Result<()> {
    let report = host.drain(TIMEOUT);
    ensure!(
        report.verdict == RunVerdict::Quiescent
            && report.failures == 0
            && report.actors.created == actors
            && report.events == events,
        "{actors} actors and {events} events were expected: {report:?}"
    );
    Ok(())
}
