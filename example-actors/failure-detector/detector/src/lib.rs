//! Pings nodes in rounds. Who leaves two pings of a round unanswered has failed, and clients are told.

use coyote_guest::prelude::*;
use failure_detector_messages::{
    Cancel, CancelFailed, CancelOk, NodeFailed, Ping, Pinged, Pong, Register, Rules, SAFETY, Start,
    Timeout, Unregister, Watch,
};
use std::collections::BTreeSet;

/// How long nodes have for a pong.
const PATIENCE_MS: u32 = 100;

/// How long it is from one round to the next.
const PAUSE_MS: u32 = 1000;

/// How many pings in a round a node may leave unanswered.
const ATTEMPTS_MAX: u32 = 2;

/// Its own: every node has answered or failed.
#[event]
struct RoundDone;

#[states]
enum Stage {
    /// Below all others, so what it handles is handled always.
    Init,
    #[state(goto(RoundDone => Reset))]
    SendPing,
    /// Every node has answered; a timeout may be on its way.
    #[state(defer(Timeout, Pong))]
    WaitCancel,
    #[state(goto(Timeout => SendPing), ignore(Pong))]
    Reset,
}

#[derive(Debug)]
struct Detector {
    rules: Rules,
    timer: ActorId,
    clients: BTreeSet<ActorId>,
    alive: BTreeSet<ActorId>,
    failed: Vec<ActorId>,
    /// Rounds that are over.
    round: u32,
    /// Who has answered in this one.
    answered: BTreeSet<ActorId>,
    attempts: u32,
}

#[actor(states = Stage)]
impl Detector {
    #[on(init)]
    fn new(ctx: &Context, watch: Watch) -> Self {
        Self {
            rules: watch.rules,
            timer: ctx.create_kind("timer", ctx.id()),
            clients: BTreeSet::new(),
            alive: watch.nodes.into_iter().collect(),
            failed: Vec::new(),
            round: 0,
            answered: BTreeSet::new(),
            attempts: 0,
        }
    }

    #[on(entry in Init)]
    fn begin(&mut self) -> Next<Stage> {
        Next::push(Stage::SendPing)
    }

    #[on(in Init)]
    fn register(&mut self, ctx: &Context, register: Register) {
        for &node in &self.failed {
            ctx.send(register.client, NodeFailed { node });
        }
        self.clients.insert(register.client);
    }

    #[on(in Init)]
    fn unregister(&mut self, unregister: Unregister) {
        self.clients.remove(&unregister.client);
    }

    #[on(entry in SendPing)]
    fn send_pings(&mut self, ctx: &Context) {
        for &node in self.alive.difference(&self.answered) {
            ctx.notify(SAFETY, Pinged { node });
            ctx.send(node, Ping { from: ctx.id(), round: self.round });
        }
        ctx.send(self.timer, Start { after_ms: PATIENCE_MS });
    }

    #[on(in SendPing)]
    fn pong(&mut self, ctx: &Context, pong: Pong) -> Option<Next<Stage>> {
        let late = self.rules.compares_rounds && pong.round != self.round;
        if late || !self.alive.contains(&pong.node) {
            return None;
        }
        self.answered.insert(pong.node);
        (self.answered == self.alive).then(|| {
            ctx.send(self.timer, Cancel);
            Next::push(Stage::WaitCancel)
        })
    }

    #[on(in SendPing)]
    fn timeout(&mut self, ctx: &Context, _: Timeout) -> Next<Stage> {
        self.attempts += 1;
        if self.answered != self.alive {
            if self.attempts < ATTEMPTS_MAX {
                return Next::goto(Stage::SendPing);
            }
            self.give_up_silent_nodes(ctx);
        }
        Next::raise(RoundDone)
    }

    /// Takes this state off.
    #[on(in WaitCancel)]
    fn cancel_ok(&mut self, _: CancelOk) -> Next<Stage> {
        Next::raise(RoundDone)
    }

    /// The timeout comes next.
    #[on(in WaitCancel)]
    fn cancel_failed(&mut self, _: CancelFailed) -> Next<Stage> {
        Next::pop()
    }

    #[on(entry in Reset)]
    fn end_round(&mut self, ctx: &Context) {
        self.round += 1;
        self.attempts = 0;
        self.answered.clear();
        if !self.alive.is_empty() && Some(self.round) != self.rules.rounds {
            ctx.send(self.timer, Start { after_ms: PAUSE_MS });
        }
    }
}

impl Detector {
    fn give_up_silent_nodes(&mut self, ctx: &Context) {
        for &node in self.alive.difference(&self.answered) {
            for &client in &self.clients {
                ctx.send(client, NodeFailed { node });
            }
            self.failed.push(node);
        }
        self.alive.clone_from(&self.answered);
    }
}
