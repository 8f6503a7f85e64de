//! Looks at one replica after the other, and takes some of them for failed, whether they have or not.

use chain_replication_messages::{Corrected, Failed, Ping, Pong, Watch};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct Detector {
    watch: Watch,
    /// Whose turn it is.
    next: usize,
}

#[actor]
impl Detector {
    #[on(init)]
    fn new(ctx: &Context, watch: Watch) -> Self {
        let mut detector = Self { watch, next: 0 };
        detector.look(ctx);
        detector
    }

    #[on]
    fn pong(&mut self, ctx: &Context, _: Pong) {
        self.next = (self.next + 1) % self.watch.replicas.len();
        self.look(ctx);
    }

    #[on]
    fn corrected(&mut self, ctx: &Context, corrected: Corrected) {
        self.watch.replicas = corrected.replicas;
        self.next = 0;
        self.look(ctx);
    }
}

impl Detector {
    /// The last replica is never taken for failed, so with it the detector is done.
    fn look(&mut self, ctx: &Context) {
        if self.watch.replicas.len() == 1 || self.watch.rounds == 0 {
            return ctx.halt();
        }
        self.watch.rounds -= 1;
        let replica = self.watch.replicas[self.next];
        if ctx.random_bool() {
            ctx.send(self.watch.master, Failed { replica });
        } else {
            ctx.send(replica, Ping { detector: ctx.id() });
        }
    }
}
