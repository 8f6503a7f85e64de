//! Tasks of one actor that do nothing but go on: a million times and more.

use coyote_guest::{
    prelude::*,
    sync::{Notify, mpsc},
    task::{join_all, spawn, yield_now},
};
use std::rc::Rc;

/// What the tasks do; each does it so many times.
#[payload]
#[serde(rename_all = "kebab-case")]
enum Plan {
    /// They yield.
    Yield { tasks: u32, times: u32 },
    /// Two hand a notification back and forth.
    Notify { times: u32 },
    /// Two hand a number back and forth, over channels with one place.
    Channel { times: u32 },
}

#[coyote_guest::main]
async fn main(_: &Context, plan: Plan) {
    match plan {
        Plan::Yield { tasks, times } => yield_each(tasks, times).await,
        Plan::Notify { times } => notify(times).await,
        Plan::Channel { times } => channel(times).await,
    }
    info!("done");
}

async fn yield_each(tasks: u32, times: u32) {
    let task = |_| {
        spawn(async move {
            for _ in 0..times {
                yield_now().await;
            }
        })
    };
    join_all((0..tasks).map(task)).await;
}

async fn notify(times: u32) {
    let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let task = |mine: &Rc<Notify>, others: &Rc<Notify>| {
        let (mine, others) = (Rc::clone(mine), Rc::clone(others));
        spawn(async move {
            for _ in 0..times {
                mine.notified().await;
                others.notify_one();
            }
        })
    };
    let tasks = [task(&ping, &pong), task(&pong, &ping)];
    ping.notify_one();
    join_all(tasks).await;
}

async fn channel(times: u32) {
    let (to_second, mut from_first) = mpsc::channel(1);
    let (to_first, mut from_second) = mpsc::channel(1);
    let first = spawn(async move {
        for number in 0..times {
            to_second.send(number).await.expect("the second receives");
            ensure!(from_second.recv().await == Some(number));
        }
    });
    let second = spawn(async move {
        while let Some(number) = from_first.recv().await {
            to_first.send(number).await.expect("the first receives");
        }
    });
    join_all([first, second]).await;
}
