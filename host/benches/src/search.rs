//! Exhaustive search beside Stateright and traceforge, and the search for a bug beside Shuttle.
//!
//! Stateright's models are native code that clones a state for each transition; here every step of an actor is a turn of a
//! component, looked up where it is known. The programs are the same protocols, but not the same steps: here the start of an
//! actor is one, and so is the arrival of a message that changes nothing. So numbers of states differ; of Paxos there is also a
//! model with our steps.

pub(crate) mod hunt;
mod ours;
mod peers;

use std::fmt::Write as _;

use anyhow::ensure;
use indicatif::HumanCount;

use self::ours::Ours;
use self::peers::Peer;
use crate::table::Spread;

/// Seconds after which a search is ended.
const SECONDS_MAX: u64 = 60;

/// A search that takes longer than so many CPU-seconds is not done again.
const ONCE: f64 = 5.0;

/// What Stateright's own examples have, as their tests say: 2 clients, 3 and 5 participants.
const KNOWN: [(Peer, u64); 3] = [
    (Peer::linearizable("bfs", 2), 16_668),
    (Peer::transaction("bfs", 3), 288),
    (Peer::transaction("dfs", 5), 8_832),
];

/// What was gone through.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Distinct states, or traces.
    count: u64,
    /// 0 if they are not told.
    transitions: u64,
    cpu_seconds: f64,
    /// Whether there is no more.
    ended: bool,
}

/// One way to go through a program.
struct Way {
    name: String,
    run: Box<dyn Fn() -> anyhow::Result<Seen>>,
}

impl From<Ours> for Way {
    fn from(ours: Ours) -> Self {
        Self { name: format!("coyote-host, {}", ours.name()), run: Box::new(move || ours.run()) }
    }
}

impl From<Peer> for Way {
    fn from(peer: Peer) -> Self {
        Self { name: peer.name(), run: Box::new(move || peer.run()) }
    }
}

/// Measures everything, and prints it.
pub(crate) fn measure(rounds: usize) -> anyhow::Result<()> {
    for (peer, states) in KNOWN {
        let seen = peer.run()?;
        ensure!(seen.count == states, "{}: {states} states are known: {seen:?}", peer.name());
    }
    compare(
        "Paxos, 3 servers, 2 clients",
        "states",
        rounds,
        &[
            Ours::register(2, "stateful").into(),
            Ours::register(2, "breadth-first").into(),
            Ours::register(2, "dpor").into(),
            Peer::register_steps("dfs", 2).into(),
            Peer::register_steps("bfs", 2).into(),
            Peer::register("dfs", 2).into(),
            Peer::register("bfs", 2).into(),
            Peer::linearizable("bfs", 2).into(),
        ],
    )?;
    // With our steps there are more states than memory holds.
    compare(
        "Paxos, 3 servers, 3 clients",
        "states",
        rounds,
        &[
            Ours::register(3, "stateful").into(),
            Peer::register("dfs", 3).into(),
            Peer::register("bfs", 3).into(),
            Peer::linearizable("bfs", 3).into(),
        ],
    )?;
    for participants in 3..=8 {
        let title = format!("Two-phase commit, {participants} participants");
        compare(
            &title,
            "states",
            rounds,
            &[
                Ours::transaction(participants, "stateful").into(),
                Ours::transaction(participants, "stateful").without_symmetry().into(),
                Ours::transaction(participants, "breadth-first").without_symmetry().into(),
                Peer::transaction("dfs", participants).into(),
                Peer::transaction("bfs", participants).into(),
            ],
        )?;
    }
    for test in ["one-node", "two-nodes-two-rounds", "two-nodes"] {
        compare(
            &format!("failure-detector, {test}"),
            "states",
            rounds,
            &[
                Ours::failure_detector(test, "stateful").into(),
                Ours::failure_detector(test, "breadth-first").into(),
            ],
        )?;
    }
    for (requests, traces) in [(2, 90), (3, 1_680), (4, 34_650)] {
        let title = format!("1 server, 3 clients, {requests} requests each");
        let ways = [Ours::callers(requests).into(), Peer::callers(3, requests).into()];
        traces_of(&title, rounds, traces, &ways)?;
    }
    let ways = [Ours::pairs().into(), Peer::pairs(4, 2).into()];
    traces_of("4 servers with 1 client each, 2 requests each", rounds, 1, &ways)
}

/// Measures ways whose traces are as many as arithmetic says.
fn traces_of(title: &str, rounds: usize, traces: u64, ways: &[Way]) -> anyhow::Result<()> {
    for (way, seen) in ways.iter().zip(compare(title, "traces", rounds, ways)?) {
        ensure!(seen.count == traces, "{}: {traces} traces are right: {seen:?}", way.name);
    }
    Ok(())
}

/// Measures all ways, in rounds that take turns, prints what came of it, and returns what each saw.
fn compare(title: &str, what: &str, rounds: usize, ways: &[Way]) -> anyhow::Result<Vec<Seen>> {
    let mut samples: Vec<Vec<Seen>> = vec![Vec::new(); ways.len()];
    for round in 0..rounds {
        // Nobody is always first.
        for place in (0..ways.len()).map(|place| (place + round) % ways.len()) {
            let (way, samples) = (&ways[place], &mut samples[place]);
            let is_long = |seen: &Seen| !seen.ended || seen.cpu_seconds > ONCE;
            if samples.first().is_some_and(is_long) {
                continue;
            }
            let seen = (way.run)()?;
            let same = |first: &Seen| !first.ended || first.count == seen.count;
            ensure!(samples.first().is_none_or(same), "{}: {what} differ", way.name);
            samples.push(seen);
        }
    }
    println!("{}", table(title, what, ways, &samples));
    Ok(samples.iter().map(|samples| samples[0]).collect())
}

/// As Markdown.
fn table(title: &str, what: &str, ways: &[Way], samples: &[Vec<Seen>]) -> String {
    let mut text = format!(
        "{title}\n\n| | {what} | transitions | CPU-seconds | {what}/s |\n| --- | ---: | ---: | ---: | ---: |\n"
    );
    for (way, samples) in ways.iter().zip(samples) {
        let Seen { count, transitions, ended, .. } = samples[0];
        let spread = Spread::of(samples.iter().map(|seen| seen.cpu_seconds).collect());
        let Spread { min, median, max } = spread;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let per_second = count as f64 / median / 1_000.0;
        let (name, transitions) = (
            &way.name,
            if transitions > 0 { HumanCount(transitions).to_string() } else { String::new() },
        );
        let seconds = if ended {
            format!("{median:.3} ({min:.3} .. {max:.3})")
        } else {
            format!("not within {SECONDS_MAX}")
        };
        let count = HumanCount(count);
        let _ =
            writeln!(text, "| {name} | {count} | {transitions} | {seconds} | {per_second:.0} k |");
    }
    text
}
