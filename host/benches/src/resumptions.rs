//! Tasks of one actor that go on: resumptions per second on one thread, beside tokio's tasks on its scheduler for one.

use std::rc::Rc;

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, LocalSet};

use crate::contenders::coyote;
use crate::work::{Sample, Stopwatch};

/// What the tasks do; each does it so many times.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// They yield.
    Yield { tasks: u32, times: u32 },
    /// Two hand a notification back and forth.
    Notify { times: u32 },
    /// Two hand a number back and forth, over channels with one place.
    Channel { times: u32 },
}

const PLANS: [Plan; 4] = [
    Plan::Yield { tasks: 2, times: 1_000_000 },
    Plan::Yield { tasks: 100, times: 20_000 },
    Plan::Notify { times: 1_000_000 },
    Plan::Channel { times: 1_000_000 },
];

impl Plan {
    fn name(self) -> String {
        match self {
            Self::Yield { tasks, times } => format!("{tasks} tasks yield {times} times each"),
            Self::Notify { times } => format!("2 tasks notify each other {times} times"),
            Self::Channel { times } => format!("2 tasks send each other {times} numbers"),
        }
    }

    /// How often a task goes on, starts and ends not counted.
    fn resumptions(self) -> u64 {
        match self {
            Self::Yield { tasks, times } => u64::from(tasks) * u64::from(times),
            Self::Notify { times } | Self::Channel { times } => 2 * u64::from(times),
        }
    }

    /// As the guest reads it.
    fn json(self) -> String {
        match self {
            Self::Yield { tasks, times } => {
                format!(r#"{{"yield":{{"tasks":{tasks},"times":{times}}}}}"#)
            }
            Self::Notify { times } => format!(r#"{{"notify":{{"times":{times}}}}}"#),
            Self::Channel { times } => format!(r#"{{"channel":{{"times":{times}}}}}"#),
        }
    }
}

/// Measures all plans, in rounds that take turns, and prints what came of it.
pub(crate) fn measure(rounds: usize) -> anyhow::Result<()> {
    for plan in PLANS {
        let title = format!("{}, 1 thread: resumptions/s", plan.name());
        super::measure_each(
            &title,
            rounds,
            plan.resumptions(),
            &[("coyote-host", &|| ours(plan)), ("tokio, current_thread", &|| tokios(plan))],
        )?;
    }
    Ok(())
}

fn ours(plan: Plan) -> anyhow::Result<Sample> {
    let host = coyote::host("resumptions.toml", 1)?;
    let stopwatch = Stopwatch::start();
    host.create("main", None, coyote::json(&plan.json()))?;
    coyote::rest(&host)?;
    let sample = stopwatch.stop();
    coyote::end(host, 1, 0)?;
    Ok(sample)
}

fn tokios(plan: Plan) -> anyhow::Result<Sample> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let stopwatch = Stopwatch::start();
    LocalSet::new().block_on(&runtime, run(plan))?;
    Ok(stopwatch.stop())
}

/// The program of the guest, by the names that tokio has for it.
async fn run(plan: Plan) -> anyhow::Result<()> {
    let tasks: Vec<JoinHandle<()>> = match plan {
        Plan::Yield { tasks, times } => (0..tasks)
            .map(|_| {
                tokio::task::spawn_local(async move {
                    for _ in 0..times {
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect(),
        Plan::Notify { times } => {
            let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
            let task = |mine: &Rc<Notify>, others: &Rc<Notify>| {
                let (mine, others) = (Rc::clone(mine), Rc::clone(others));
                tokio::task::spawn_local(async move {
                    for _ in 0..times {
                        mine.notified().await;
                        others.notify_one();
                    }
                })
            };
            let tasks = vec![task(&ping, &pong), task(&pong, &ping)];
            ping.notify_one();
            tasks
        }
        Plan::Channel { times } => {
            let (to_second, mut from_first) = mpsc::channel(1);
            let (to_first, mut from_second) = mpsc::channel(1);
            let first = tokio::task::spawn_local(async move {
                for number in 0..times {
                    to_second.send(number).await.expect("the second receives");
                    assert_eq!(from_second.recv().await, Some(number));
                }
            });
            let second = tokio::task::spawn_local(async move {
                while let Some(number) = from_first.recv().await {
                    to_first.send(number).await.expect("the first receives");
                }
            });
            vec![first, second]
        }
    };
    for task in tasks {
        task.await.context("a task panicked")?;
    }
    Ok(())
}
