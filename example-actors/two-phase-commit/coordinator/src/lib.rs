//! Asks all participants whether a transaction can be committed, and tells them what became of it. One transaction
//! at a time.

use coyote_guest::prelude::*;
use std::collections::VecDeque;
use two_phase_commit_messages::{
    AGREEMENT, Begun, Decided, Decision, Outcome, Prepare, Request, Vote,
};

/// How long a transaction waits for votes.
const PATIENCE: Duration = Duration::from_secs(1);

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    participants: Vec<ActorId>,
    /// The bug, if it is false: whether a vote is counted only if it is about the transaction that waits for votes.
    compares_transactions: bool,
}

/// Its own timer: some votes are late.
#[event]
struct TimedOut;

#[derive(Debug)]
struct Coordinator {
    setup: Setup,
    state: State,
    /// Clients whose transactions come later, the next one first.
    queue: VecDeque<ActorId>,
    /// How many transactions there were.
    transactions: u32,
}

#[derive(Debug)]
enum State {
    Idle,
    Voting(Transaction),
}

/// A transaction that waits for votes.
#[derive(Debug)]
struct Transaction {
    tx: u32,
    client: ActorId,
    yes: usize,
    timer: TimerId,
}

#[actor]
impl Coordinator {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self { setup, state: State::Idle, queue: VecDeque::new(), transactions: 0 }
    }

    #[on]
    fn request(&mut self, ctx: &Context, request: Request) {
        self.queue.push_back(request.client);
        if matches!(self.state, State::Idle) {
            self.begin_next(ctx);
        }
    }

    #[on]
    fn vote(&mut self, ctx: &Context, vote: Vote) {
        let State::Voting(transaction) = &mut self.state else { return };
        if self.setup.compares_transactions && vote.tx != transaction.tx {
            return;
        }
        if !vote.yes {
            return self.decide(ctx, false);
        }
        transaction.yes += 1;
        if transaction.yes == self.setup.participants.len() {
            self.decide(ctx, true);
        }
    }

    /// The timer is stopped with its transaction, so it is about the present one.
    #[on]
    fn timed_out(&mut self, ctx: &Context, _: TimedOut) {
        self.decide(ctx, false);
    }
}

impl Coordinator {
    fn begin_next(&mut self, ctx: &Context) {
        let Some(client) = self.queue.pop_front() else { return };
        self.transactions += 1;
        let (tx, coordinator) = (self.transactions, ctx.id());
        ctx.notify(AGREEMENT, Begun { tx, participants: self.setup.participants.clone() });
        for &participant in &self.setup.participants {
            ctx.send(participant, Prepare { tx, coordinator });
        }
        let timer = ctx.start_timer(PATIENCE, TimedOut);
        self.state = State::Voting(Transaction { tx, client, yes: 0, timer });
    }

    fn decide(&mut self, ctx: &Context, commit: bool) {
        let State::Voting(transaction) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let Transaction { tx, client, timer, .. } = transaction;
        ctx.stop_timer(timer);
        ctx.notify(AGREEMENT, Decided { tx, commit });
        for &participant in &self.setup.participants {
            ctx.send(participant, Decision { tx, commit });
        }
        ctx.send(client, Outcome { tx, commit });
        self.begin_next(ctx);
    }
}
