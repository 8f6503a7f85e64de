//! A value is chosen when a majority has accepted it in one ballot. All that are chosen are equal.

use coyote_guest::prelude::*;
use paxos_messages::{Ballot, Proposal, Proposed, Voted};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
struct OneValue {
    ballots: BTreeMap<Ballot, Voting>,
    chosen: Option<Proposal>,
}

/// A ballot that has a value.
#[derive(Debug)]
struct Voting {
    proposal: Proposal,
    majority: usize,
    voters: BTreeSet<ActorId>,
}

#[monitor]
impl OneValue {
    #[on]
    fn proposed(&mut self, proposed: Proposed) {
        let Proposed { proposal, majority } = proposed;
        let Ballot { round, proposer } = proposal.ballot;
        let voting = Voting { proposal, majority, voters: BTreeSet::new() };
        let earlier = self.ballots.insert(proposal.ballot, voting);
        ensure!(earlier.is_none(), "round {round} of proposer {proposer} proposes twice");
    }

    #[on]
    fn voted(&mut self, voted: Voted) -> Result<(), &'static str> {
        let voting = self.ballots.get_mut(&voted.ballot).ok_or("nothing was proposed")?;
        voting.voters.insert(voted.acceptor);
        if voting.voters.len() < voting.majority {
            return Ok(());
        }
        let Proposal { value, .. } = voting.proposal;
        let chosen = self.chosen.get_or_insert(voting.proposal).value;
        ensure!(value == chosen, "{value} is chosen, and {chosen} was");
        Ok(())
    }
}
