//! Proposes a value, or one that was accepted before.

use bench_messages::paxos::{
    ACCEPTORS, Accept, ClientPropose, Prepare, Promise, Proposal, ProposerSetup,
};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct PaxosProposer {
    setup: ProposerSetup,
    value: u32,
    promised: Vec<ActorId>,
    /// What those who promised had accepted, in the order in which it was heard.
    previous: Vec<(Proposal, u32)>,
    /// Whether a majority has promised.
    chosen: bool,
}

#[actor]
impl PaxosProposer {
    #[on(init)]
    fn new(setup: ProposerSetup) -> Self {
        Self { setup, value: 0, promised: Vec::new(), previous: Vec::new(), chosen: false }
    }

    #[on]
    fn client_propose(&mut self, ctx: &Context, propose: ClientPropose) {
        self.value = propose.value;
        for &acceptor in &self.setup.acceptors {
            ctx.send(acceptor, Prepare { from: ctx.id(), proposal: self.proposal() });
        }
    }

    #[on]
    fn promise(&mut self, ctx: &Context, promise: Promise) {
        self.previous.extend(promise.previous);
        self.promised.push(promise.from);
        if self.chosen {
            self.ask(ctx, promise.from);
        } else if self.promised.len() > ACCEPTORS / 2 {
            self.chosen = true;
            if let Some(value) = self.adopted() {
                self.value = value;
            }
            for &acceptor in &self.promised {
                self.ask(ctx, acceptor);
            }
        }
    }
}

impl PaxosProposer {
    fn proposal(&self) -> Proposal {
        Proposal { counter: 1, proposer: self.setup.number }
    }

    fn adopted(&self) -> Option<u32> {
        let previous = self.previous.iter();
        let adopted = if self.setup.adopts_greatest {
            previous.max_by_key(|(proposal, _)| proposal)
        } else {
            previous.min_by_key(|(proposal, _)| proposal)
        };
        adopted.map(|&(_, value)| value)
    }

    fn ask(&self, ctx: &Context, acceptor: ActorId) {
        ctx.send(acceptor, Accept { proposal: self.proposal(), value: self.value });
    }
}
