//! Stores one value.

use coyote_guest::prelude::*;
use replicating_storage_messages::{Store, Task};

#[derive(Debug, Default)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    fn start(&mut self, ctx: &Context, task: Task) {
        let value = 1 + ctx.random_below(task.values);
        ctx.send(task.manager, Store { value });
        ctx.halt();
    }
}
