//! Promises to accept nothing older, and accepts what it has not promised away.

use coyote_guest::prelude::*;
use paxos_messages::{Accept, Accepted, Ballot, ONE_VALUE, Prepare, Promise, Proposal, Voted};

#[derive(Debug, Default)]
struct Acceptor {
    /// The latest ballot that it answered.
    promised: Option<Ballot>,
    /// What it accepted last.
    accepted: Option<Proposal>,
}

#[actor]
impl Acceptor {
    #[on]
    fn prepare(&mut self, ctx: &Context, prepare: Prepare) {
        let Prepare { ballot, proposer } = prepare;
        if Some(ballot) <= self.promised {
            return;
        }
        self.promised = Some(ballot);
        let promise = Promise { ballot, acceptor: ctx.id(), accepted: self.accepted };
        ctx.send(proposer, promise);
    }

    #[on]
    fn accept(&mut self, ctx: &Context, accept: Accept) {
        let Accept { proposal, proposer } = accept;
        let ballot = proposal.ballot;
        if Some(ballot) < self.promised {
            return;
        }
        self.promised = Some(ballot);
        self.accepted = Some(proposal);
        ctx.notify(ONE_VALUE, Voted { ballot, acceptor: ctx.id() });
        ctx.send(proposer, Accepted { ballot, acceptor: ctx.id() });
    }
}
