//! Takes replicas that have failed out of the chain.

use chain_replication_messages::{
    ANSWERS, BecomeHead, BecomeTail, Chain, Corrected, Failed, INVARIANT, LastNumber, NewEnds,
    NewPredecessor, NewSuccessor, Supervision, Watch,
};
use coyote_guest::prelude::*;

#[states]
enum Stage {
    Watching,
    /// There is a gap: the replica after it is to tell what it has.
    ClosingGap,
}

#[derive(Debug)]
struct Master {
    chain: Vec<ActorId>,
    clients: Vec<ActorId>,
    detector: ActorId,
    /// The place in the chain before which one has failed.
    gap: usize,
}

#[actor(states = Stage)]
impl Master {
    #[on(init)]
    fn new(ctx: &Context, supervision: Supervision) -> Self {
        let Supervision { chain, clients, rounds } = supervision;
        let watch = Watch { master: ctx.id(), replicas: chain.clone(), rounds };
        let detector = ctx.create_kind("detector", watch);
        Self { chain, clients, detector, gap: 0 }
    }

    /// It may have been taken for failed too soon: then it halts now.
    #[on(in Watching)]
    fn failed(&mut self, ctx: &Context, failed: Failed) -> Option<Stage> {
        self.gap = self.chain.iter().position(|&replica| replica == failed.replica)?;
        self.chain.remove(self.gap);
        for monitor in [INVARIANT, ANSWERS] {
            ctx.notify(monitor, Chain { replicas: self.chain.clone() });
        }
        ctx.send(failed.replica, Halt);
        if self.gap == 0 {
            ctx.send(self.chain[0], BecomeHead);
        } else if self.gap == self.chain.len() {
            ctx.send(self.chain[self.gap - 1], BecomeTail);
        } else {
            let predecessor = self.chain[self.gap - 1];
            ctx.send(self.chain[self.gap], NewPredecessor { predecessor, master: ctx.id() });
            return Some(Stage::ClosingGap);
        }
        self.tell_chain(ctx);
        None
    }

    #[on(in ClosingGap)]
    fn last_number(&mut self, ctx: &Context, last: LastNumber) -> Stage {
        let successor = self.chain[self.gap];
        let new = NewSuccessor { successor, last_number: last.number };
        ctx.send(self.chain[self.gap - 1], new);
        self.tell_chain(ctx);
        Stage::Watching
    }
}

impl Master {
    fn tell_chain(&self, ctx: &Context) {
        let (head, tail) = (self.chain[0], self.chain[self.chain.len() - 1]);
        for &client in &self.clients {
            ctx.send(client, NewEnds { head, tail });
        }
        ctx.send(self.detector, Corrected { replicas: self.chain.clone() });
    }
}
