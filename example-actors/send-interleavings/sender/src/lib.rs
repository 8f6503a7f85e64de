//! Sends what it is told to in its first turn.

use coyote_guest::prelude::*;
use send_interleavings_messages::{E1, E2, Sends, Task};

#[derive(Debug, Default)]
struct Sender;

#[actor]
impl Sender {
    #[on(init)]
    fn start(&mut self, ctx: &Context, task: Task) {
        match task.sends {
            Sends::E1(counts) => {
                counts.into_iter().for_each(|count| ctx.send(task.receiver, E1 { count }));
            }
            Sends::E2 => ctx.send(task.receiver, E2),
        }
    }
}
