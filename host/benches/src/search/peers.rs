//! Native programs, gone through by Stateright and traceforge in a process of their own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use super::{SECONDS_MAX, Seen};

/// What the process is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    program: &'static str,
    way: PeerWay,
    size: usize,
}

#[derive(Clone, Copy, Debug)]
enum PeerWay {
    /// Stateright, `bfs` or `dfs`.
    States(&'static str),
    /// traceforge, with so many clients or pairs.
    Traces(usize),
}

impl Peer {
    pub(super) const fn register(way: &'static str, clients: usize) -> Self {
        Self { program: "register", way: PeerWay::States(way), size: clients }
    }

    pub(super) const fn register_steps(way: &'static str, clients: usize) -> Self {
        Self { program: "register-steps", way: PeerWay::States(way), size: clients }
    }

    pub(super) const fn linearizable(way: &'static str, clients: usize) -> Self {
        Self { program: "linearizable", way: PeerWay::States(way), size: clients }
    }

    pub(super) const fn transaction(way: &'static str, participants: usize) -> Self {
        Self { program: "transaction", way: PeerWay::States(way), size: participants }
    }

    pub(super) const fn callers(clients: usize, requests: usize) -> Self {
        Self { program: "callers", way: PeerWay::Traces(clients), size: requests }
    }

    pub(super) const fn pairs(pairs: usize, requests: usize) -> Self {
        Self { program: "pairs", way: PeerWay::Traces(pairs), size: requests }
    }

    pub(super) fn name(self) -> String {
        match (self.way, self.program) {
            (PeerWay::Traces(_), _) => "traceforge".to_owned(),
            (PeerWay::States(way), "register-steps") => format!("Stateright, {way}, our steps"),
            (PeerWay::States(way), "linearizable") => format!("Stateright, {way}, linearizable"),
            (PeerWay::States(way), _) => format!("Stateright, {way}"),
        }
    }

    pub(super) fn run(self) -> anyhow::Result<Seen> {
        let Self { program, way, size } = self;
        let way = match way {
            PeerWay::States(way) => way.to_owned(),
            PeerWay::Traces(clients) => clients.to_string(),
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/coyote-peers");
        let output = Command::new(path)
            .args([program, &way, &size.to_string(), &SECONDS_MAX.to_string()])
            .output()
            .context("build the peers first: cargo build --release -p coyote-peers")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}, {program}: {error}", self.name());
        let text = String::from_utf8(output.stdout)?;
        let words: Vec<_> = text.split_whitespace().collect();
        let [count, transitions, seconds, ended] = words[..] else { bail!("{program}: {text}") };
        Ok(Seen {
            count: count.parse()?,
            transitions: transitions.parse()?,
            cpu_seconds: seconds.parse()?,
            ended: ended.parse()?,
        })
    }
}
