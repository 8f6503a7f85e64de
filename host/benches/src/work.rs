//! The work that every contender does, and what is measured of it.
#![expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

/// Tokens in a ring: each is passed on from node to node until it was taken so many times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    pub(crate) nodes: usize,
    pub(crate) tokens: usize,
    pub(crate) hops: u32,
}

impl Ring {
    /// The nodes where the tokens start: spread evenly.
    pub(crate) fn starts(self) -> impl Iterator<Item = usize> {
        (0..self.tokens).map(move |token| token * self.nodes / self.tokens)
    }

    /// How many times a token is taken, all tokens together.
    pub(crate) fn events(self) -> u64 {
        self.tokens as u64 * u64::from(self.hops)
    }
}

/// One of the programs under test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Runs a ring on so many threads.
    pub(crate) ring: fn(Ring, usize) -> anyhow::Result<Sample>,
    /// Creates so many actors on one thread, and waits until each has been initialised.
    pub(crate) create: fn(u32) -> anyhow::Result<Sample>,
    /// Creates so many actors on one thread, then sends one event through all of them.
    pub(crate) crowd: fn(u32) -> anyhow::Result<Crowd>,
}

/// What a piece of work took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// By the clock on the wall.
    pub(crate) wall: Duration,
    /// Of all threads of the process. What neighbours do to the machine shows less in it.
    pub(crate) cpu: Duration,
}

/// Starts to measure.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    pub(crate) fn stop(self) -> Sample {
        Sample { wall: self.wall.elapsed(), cpu: cpu_time().saturating_sub(self.cpu) }
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a process has used no negative time");
    let nanoseconds = u64::try_from(time.tv_nsec).expect("a process has used no negative time");
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Resident: `VmRSS`.
    pub(crate) resident: u64,
    /// Page tables, which nobody counts as resident: `VmPTE`.
    pub(crate) tables: u64,
}

impl Memory {
    /// That of this process, now.
    pub(crate) fn now() -> anyhow::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let field = |name: &str| -> anyhow::Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
            let kibibytes =
                kibibytes.ok_or_else(|| anyhow::anyhow!("no `{name}` in the status"))?;
            Ok(kibibytes.parse::<u64>()? * 1024)
        };
        Ok(Self { resident: field("VmRSS")?, tables: field("VmPTE")? })
    }
}

/// The memory of a process with a crowd of actors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// With hardly any actor.
    pub(crate) before: Memory,
    /// With all of them, initialised.
    pub(crate) idle: Memory,
    /// After each has handled one event.
    pub(crate) touched: Memory,
}

/// Tells when something has happened so many times.
#[derive(Debug)]
pub(crate) struct Countdown {
    left: AtomicUsize,
    over: Notify,
}

impl Countdown {
    pub(crate) fn from(times: usize) -> Self {
        Self { left: AtomicUsize::new(times), over: Notify::new() }
    }

    /// It has happened once more.
    pub(crate) fn count(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.over.notify_one();
        }
    }

    /// Waits for the last time. Only one may wait.
    pub(crate) async fn over(&self) {
        self.over.notified().await;
    }
}

/// One for actors that have started, and one for work that is done.
pub(crate) fn countdowns(started: usize, done: usize) -> (Arc<Countdown>, Arc<Countdown>) {
    (Arc::new(Countdown::from(started)), Arc::new(Countdown::from(done)))
}
