//! What other model checkers do with the programs of the benchmark `search`, in a process of its own for each.
//!
//! `coyote-peers PROGRAM WAY SIZE SECONDS` goes through everything and prints one line: states or traces, transitions (0 if nobody
//! counts them), CPU-seconds, and whether it came to its end within so many seconds.
//!
//! - `register WAY CLIENTS`, `transaction WAY PARTICIPANTS`: Stateright, `bfs` or `dfs`.
//! - `register-steps WAY CLIENTS`: `register` with all the steps that coyote-host takes.
//! - `linearizable WAY CLIENTS`: `register` with the property that Stateright's example checks.
//! - `callers CLIENTS REQUESTS`, `pairs PAIRS REQUESTS`: traceforge.
#![expect(clippy::print_stdout, reason = "what was measured is printed")]
#![expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]

mod callers;
mod register;
mod steps;
mod transaction;

use std::env;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use anyhow::bail;
use mimalloc::MiMalloc;
use rustix::time::{ClockId, clock_gettime};
use stateright::{Checker, CheckerBuilder, Model};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What was gone through.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Distinct states, or traces.
    count: usize,
    /// Of traces none.
    transitions: usize,
    /// Whether there is no more.
    ended: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [program, way, size, seconds] = &arguments[..] else {
        bail!("PROGRAM WAY SIZE SECONDS are wanted");
    };
    let (size, longest) = (size.parse()?, Duration::from_secs(seconds.parse()?));
    let start = cpu_seconds();
    let seen = match program.as_str() {
        "register" => check(register::agreeing(size), way, longest)?,
        "register-steps" => check(steps::of(register::agreeing(size)), way, longest)?,
        "linearizable" => check(register::linearizable(size), way, longest)?,
        "transaction" => check(transaction::Transaction { participants: size }, way, longest)?,
        "callers" => callers::callers(way.parse()?, size),
        "pairs" => callers::pairs(way.parse()?, size),
        _ => bail!("no program is called `{program}`"),
    };
    let Seen { count, transitions, ended } = seen;
    println!("{count} {transitions} {} {ended}", cpu_seconds() - start);
    Ok(())
}

/// Goes through all states of a model on one thread.
fn check<M>(model: M, way: &str, longest: Duration) -> anyhow::Result<Seen>
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Debug + Send + Sync + Clone + PartialEq,
    M::Action: Debug + Send + Sync + Clone + PartialEq,
{
    let start = Instant::now();
    let builder: CheckerBuilder<M> = model.checker().threads(1).timeout(longest);
    let (count, transitions) = match way {
        "bfs" => seen(&builder.spawn_bfs().join()),
        "dfs" => seen(&builder.spawn_dfs().join()),
        _ => bail!("no way is called `{way}`"),
    };
    Ok(Seen { count, transitions, ended: start.elapsed() < longest })
}

/// Distinct states, and transitions: the first state is generated without one.
fn seen<M: Model>(checker: &impl Checker<M>) -> (usize, usize)
where
    M::State: Hash + Debug + Clone + PartialEq,
    M::Action: Debug + Clone + PartialEq,
{
    assert!(checker.discoveries().is_empty(), "the program is wrong");
    (checker.unique_state_count(), checker.state_count() - 1)
}

/// Of all threads of this process.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (seconds, nanoseconds) = (time.tv_sec as f64, time.tv_nsec as f64);
    seconds + nanoseconds / 1e9
}
