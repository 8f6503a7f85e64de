//! Wants its value to be chosen, and makes sure that the one is chosen that may be already.

use coyote_guest::prelude::*;
use paxos_messages::{Accept, Accepted, Ballot, ONE_VALUE, Prepare, Promise, Proposal, Proposed};
use std::collections::BTreeSet;

/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(1);

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// Its number among the proposers.
    number: u32,
    /// The value that it wants.
    value: u32,
    acceptors: Vec<ActorId>,
    /// How many rounds it tries at most.
    rounds: u32,
    /// The bug, if it is false: whether it proposes what was accepted in the latest ballot that a promise tells of.
    adopts: bool,
}

/// Its own timer: the round took too long.
#[event]
struct TimedOut;

#[states]
enum Phase {
    /// Waits for promises.
    #[state(goto(TimedOut => Preparing), ignore(Accepted))]
    Preparing,
    /// Waits until its proposal is accepted.
    #[state(goto(TimedOut => Preparing), ignore(Promise))]
    Proposing,
    /// A majority has accepted.
    #[state(ignore(Promise, Accepted))]
    Decided,
}

#[derive(Debug)]
struct Proposer {
    setup: Setup,
    round: u32,
    /// The acceptors that answered in this phase of the round.
    answers: BTreeSet<ActorId>,
    /// The latest of the proposals that promises of this round told of.
    latest: Option<Proposal>,
    /// Unless this is the last round.
    timer: Option<TimerId>,
}

#[actor(states = Phase)]
impl Proposer {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, round: 0, answers: BTreeSet::new(), latest: None, timer: None }
    }

    #[on(entry in Preparing)]
    fn begin(&mut self, ctx: &Context) {
        self.round += 1;
        self.answers.clear();
        self.latest = None;
        let prepare = Prepare { ballot: self.ballot(), proposer: ctx.id() };
        for &acceptor in &self.setup.acceptors {
            ctx.send(acceptor, prepare.clone());
        }
        let is_last = self.round == self.setup.rounds;
        self.timer = (!is_last).then(|| ctx.start_timer(PATIENCE, TimedOut));
    }

    #[on(in Preparing)]
    fn promise(&mut self, promise: Promise) -> Option<Phase> {
        if promise.ballot != self.ballot() {
            return None;
        }
        let earlier = promise.accepted.into_iter().chain(self.latest);
        self.latest = earlier.max_by_key(|proposal| proposal.ballot);
        self.is_majority_with(promise.acceptor).then_some(Phase::Proposing)
    }

    #[on(entry in Proposing)]
    fn propose(&mut self, ctx: &Context) {
        self.answers.clear();
        let value = match self.latest {
            Some(latest) if self.setup.adopts => latest.value,
            _ => self.setup.value,
        };
        let proposal = Proposal { ballot: self.ballot(), value };
        ctx.notify(ONE_VALUE, Proposed { proposal, majority: self.majority() });
        for &acceptor in &self.setup.acceptors {
            ctx.send(acceptor, Accept { proposal, proposer: ctx.id() });
        }
    }

    #[on(in Proposing)]
    fn accepted(&mut self, accepted: Accepted) -> Option<Phase> {
        let is_current = accepted.ballot == self.ballot();
        (is_current && self.is_majority_with(accepted.acceptor)).then_some(Phase::Decided)
    }

    #[on(entry in Decided)]
    fn end(&mut self, ctx: &Context) {
        if let Some(timer) = self.timer.take() {
            ctx.stop_timer(timer);
        }
    }
}

impl Proposer {
    fn ballot(&self) -> Ballot {
        Ballot { round: self.round, proposer: self.setup.number }
    }

    fn majority(&self) -> usize {
        self.setup.acceptors.len() / 2 + 1
    }

    /// Whether a majority has answered, now that this acceptor has.
    fn is_majority_with(&mut self, acceptor: ActorId) -> bool {
        self.answers.insert(acceptor);
        self.answers.len() >= self.majority()
    }
}
