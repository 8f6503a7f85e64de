//! Async programs, by the names of the scenarios.

use coyote_guest::{
    prelude::*,
    sync::{Mutex, mpsc},
    task::{join_all, spawn, spawn_background, yield_now},
};
use std::{cell::Cell, rc::Rc};

/// What the program sends itself.
#[event]
struct Ping {
    number: u32,
}

#[coyote_guest::main]
async fn main(ctx: &Context, program: String) {
    match program.as_str() {
        "race" => race(true).await,
        "no-race" => race(false).await,
        "opposite-orders" => locks(true).await,
        "same-order" => locks(false).await,
        "background" => background().await,
        "receive" => receive(ctx).await,
        other => ensure!(false, "there is no program `{other}`"),
    }
}

/// 71: two tasks read a field, perhaps let others go before, and write it.
async fn race(yields: bool) {
    let field = Rc::new(Cell::new(0));
    let tasks = [0, 1].map(|_| {
        let field = Rc::clone(&field);
        spawn(async move {
            let read = field.get();
            if yields {
                yield_now().await;
            }
            field.set(read + 1);
        })
    });
    join_all(tasks).await;
    ensure!(field.get() == 2, "the field is {}", field.get());
}

/// 70: two tasks take two mutexes.
async fn locks(opposite: bool) {
    let (p, q) = (Rc::new(Mutex::new(())), Rc::new(Mutex::new(())));
    let task = |first: &Rc<Mutex<()>>, second: &Rc<Mutex<()>>| {
        let (first, second) = (Rc::clone(first), Rc::clone(second));
        spawn(async move {
            let _first = first.lock().await;
            yield_now().await;
            let _second = second.lock().await;
        })
    };
    let one = task(&p, &q);
    let two = if opposite { task(&q, &p) } else { task(&p, &q) };
    join_all([one, two]).await;
}

/// 70 c: a task in the background waits for ever.
async fn background() {
    let (sender, mut receiver) = mpsc::channel::<()>(1);
    spawn_background(async move { receiver.recv().await });
    yield_now().await;
    drop(sender);
}

/// A kind without a handler is received, and only where the condition holds.
async fn receive(ctx: &Context) {
    for number in [1, 2] {
        ctx.send(ctx.id(), Ping { number });
    }
    let second = ctx.receive_if(|ping: &Ping| ping.number == 2).await;
    let first: Ping = ctx.receive().await;
    info!("{} then {}", second.number, first.number);
}
