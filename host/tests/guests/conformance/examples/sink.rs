//! Takes everything, and halts if it is to.

use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Sink;

#[actor]
impl Sink {
    #[on(any)]
    fn take(&mut self, ctx: &Context, event: AnyEvent) {
        info!("{}", event.kind());
        if event.kind() == Halt::KIND {
            ctx.halt();
        }
    }
}
