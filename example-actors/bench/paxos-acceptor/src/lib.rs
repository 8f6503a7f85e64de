//! Promises to accept nothing smaller, and accepts what it promised last.

use bench_messages::paxos::{Accept, Accepted, AcceptorSetup, Prepare, Promise, Proposal};
use coyote_guest::prelude::*;

#[derive(Debug)]
struct PaxosAcceptor {
    learner: ActorId,
    promised: Option<Proposal>,
    accepted: Option<(Proposal, u32)>,
}

#[actor]
impl PaxosAcceptor {
    #[on(init)]
    fn new(setup: AcceptorSetup) -> Self {
        Self { learner: setup.learner, promised: None, accepted: None }
    }

    #[on]
    fn prepare(&mut self, ctx: &Context, prepare: Prepare) {
        let Prepare { from, proposal } = prepare;
        if self.promised < Some(proposal) {
            self.promised = Some(proposal);
            ctx.send(from, Promise { from: ctx.id(), previous: self.accepted });
        }
    }

    #[on]
    fn accept(&mut self, ctx: &Context, accept: Accept) {
        let Accept { proposal, value } = accept;
        if self.promised == Some(proposal) {
            self.accepted = Some((proposal, value));
            ctx.send(self.learner, Accepted { acceptor: ctx.id(), proposal, value });
        }
    }
}
