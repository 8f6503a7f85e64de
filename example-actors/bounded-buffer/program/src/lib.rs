//! Readers and writers share a buffer. Together the writers put what the readers take, so all of them come to their end.

mod buffer;

use buffer::Buffer;
use coyote_guest::{prelude::*, spawn};
use std::rc::Rc;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// None: they are drawn.
    sizes: Option<Sizes>,
    notifies_all: bool,
}

#[payload]
struct Sizes {
    /// How many items the buffer has room for.
    buffer: u32,
    readers: u32,
    writers: u32,
    /// How many each reader takes.
    items: u32,
}

#[coyote_guest::main(kind = "program")]
async fn main(ctx: &Context, setup: Setup) {
    let Setup { sizes, notifies_all } = setup;
    let Sizes { buffer, readers, writers, items } = sizes.unwrap_or_else(|| draw(ctx));
    let buffer = Rc::new(Buffer::new(buffer as usize, notifies_all));
    let all = items * readers;
    let mut tasks = Vec::new();
    for _ in 0..readers {
        let buffer = Rc::clone(&buffer);
        tasks.push(spawn(async move {
            for _ in 0..items {
                buffer.take().await;
            }
        }));
    }
    for writer in 0..writers {
        let buffer = Rc::clone(&buffer);
        tasks.push(spawn(async move {
            for item in (writer..all).step_by(writers as usize) {
                buffer.put(item).await;
            }
        }));
    }
    for task in tasks {
        ensure!(task.await.is_ok(), "nobody aborts a task");
    }
}

fn draw(ctx: &Context) -> Sizes {
    let up_to = |most| 1 + ctx.random_below(most);
    Sizes { buffer: up_to(5), readers: up_to(5), writers: up_to(5), items: up_to(10) }
}
