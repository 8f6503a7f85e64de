//! Tells the judge in which order it has heard of so many things, once it has.

use conformance::Saw;
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    events: usize,
    listeners: usize,
}

#[derive(Debug)]
struct Listener {
    setup: Setup,
    heard: Vec<String>,
}

#[actor]
impl Listener {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, heard: Vec::new() }
    }

    #[on(any)]
    fn hear(&mut self, ctx: &Context, event: AnyEvent) {
        self.heard.push(event.kind().to_owned());
        if self.heard.len() == self.setup.events {
            let heard = format!("{}: {}", ctx.label(), self.heard.join(" "));
            Saw::tell(ctx, heard, self.setup.listeners);
        }
    }
}
