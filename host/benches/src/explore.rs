//! How many executions a second an exploration gets through on one thread, beside Shuttle with threads and channels
//! that do the same work.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;

use anyhow::Context as _;
use coyote_host::{App, Explorer};
use shuttle::Runner;
use shuttle::scheduler::RandomScheduler;
use shuttle::sync::mpsc::{Sender, channel};
use shuttle::thread;

use crate::table::Table;
use crate::work::Stopwatch;

/// Clients that ask one server, one question after the other.
#[derive(Clone, Copy)]
struct Callers {
    /// The name of the manifest.
    app: &'static str,
    clients: usize,
    requests: u32,
    executions: u32,
}

const WORKS: [Callers; 3] = [
    Callers { app: "hello", clients: 3, requests: 1, executions: 50_000 },
    Callers { app: "ping-pong", clients: 1, requests: 100, executions: 5_000 },
    Callers { app: "callers", clients: 3, requests: 10, executions: 20_000 },
];

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Measures both, and prints it.
pub(super) fn measure(rounds: usize) -> anyhow::Result<()> {
    for work in WORKS {
        let Callers { clients, requests, executions, .. } = work;
        let title = format!("{clients} clients, {requests} requests each, random: executions/s");
        let names = ["coyote-host", "shuttle"];
        let mut cpus = Table::new(&title, "per CPU-second", &names);
        for _ in 0..rounds {
            cpus.add(0, f64::from(executions) / coyote(work)?);
            cpus.add(1, f64::from(executions) / shuttle(work));
        }
        println!("{}", cpus.per_second());
    }
    Ok(())
}

/// CPU-seconds, compiling not counted.
fn coyote(work: Callers) -> anyhow::Result<f64> {
    let path = Path::new(HERE).join(format!("apps/explore-{}.toml", work.app));
    let cache = std::path::absolute(Path::new(HERE).join("../../target/coyote-benches"))?;
    let explore = |executions: u32| -> anyhow::Result<f64> {
        let executions = NonZeroU64::new(executions.into()).context("no execution")?;
        let explorer = Explorer::new(App::load(&path)?)
            .strategy("random")?
            .iterations(executions)
            .workers(NonZeroUsize::MIN)
            .cache(&cache);
        let stopwatch = Stopwatch::start();
        explorer.run().context("build the guests first")?.assert_no_bug();
        Ok(stopwatch.stop().cpu.as_secs_f64())
    };
    // The first time compiles.
    explore(1)?;
    let loading = explore(1)?;
    Ok(explore(work.executions)? - loading)
}

/// CPU-seconds.
fn shuttle(work: Callers) -> f64 {
    let runner = Runner::new(
        RandomScheduler::new_from_seed(7, work.executions as usize),
        shuttle::Config::default(),
    );
    let stopwatch = Stopwatch::start();
    runner.run(move || callers(work));
    stopwatch.stop().cpu.as_secs_f64()
}

fn callers(Callers { clients, requests, .. }: Callers) {
    let (ask, asked) = channel::<Sender<u32>>();
    let server = thread::spawn(move || {
        let mut total = 0;
        while let Ok(client) = asked.recv() {
            total += 1;
            client.send(total).expect("a client waits for its answer");
        }
    });
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let ask = ask.clone();
            thread::spawn(move || {
                let (answer, answered) = channel();
                let mut last = 0;
                for _ in 0..requests {
                    ask.send(answer.clone()).expect("the server listens");
                    let total = answered.recv().expect("the server answers");
                    assert!(total > last, "the server counts up");
                    last = total;
                }
            })
        })
        .collect();
    drop(ask);
    for client in clients {
        client.join().expect("a client ends");
    }
    server.join().expect("the server ends");
}
