//! Pings nodes, each up to twice a round. Those that do not answer are left out of the next round.

use bench_messages::failure_detector::{
    Cancel, CancelFailure, CancelSuccess, DetectorSetup, Ping, Pinged, Pong, Register, SAFETY,
    Start, Timeout, TimerSetup,
};
use coyote_guest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// How often a node is pinged in a round.
const ATTEMPTS: u32 = 2;

/// How many pings a node may have to answer.
const PINGS_MAX: u32 = 3;

/// What it raises: all have answered, and the timer is still.
#[event]
struct RoundDone;

#[states]
enum Stage {
    #[state(goto(RoundDone => Reset))]
    SendPing,
    /// All have answered.
    #[state(defer(Timeout, Pong))]
    WaitCancel,
    /// Between two rounds.
    #[state(goto(Timeout => SendPing))]
    Reset,
}

#[derive(Debug)]
struct FailureDetectorDetector {
    limits_pings: bool,
    timer: ActorId,
    alive: Vec<ActorId>,
    /// Who answered in this round.
    responses: BTreeSet<ActorId>,
    attempts: u32,
    /// How many pings each node has not answered.
    open: BTreeMap<ActorId, u32>,
}

#[actor(states = Stage)]
impl FailureDetectorDetector {
    #[on(init)]
    fn new(ctx: &Context, setup: DetectorSetup) -> Self {
        let DetectorSetup { nodes, limits_pings } = setup;
        Self {
            limits_pings,
            timer: ctx.create_kind("failure-detector-timer", TimerSetup { detector: ctx.id() }),
            open: nodes.iter().map(|&node| (node, 0)).collect(),
            alive: nodes,
            responses: BTreeSet::new(),
            attempts: 0,
        }
    }

    #[on]
    fn register(&mut self, register: Register) {
        info!("{} registers", register.client);
    }

    #[on(entry in SendPing)]
    fn send_pings(&mut self, ctx: &Context) {
        for &node in self.alive.iter().filter(|node| !self.responses.contains(node)) {
            let open = self.open.entry(node).or_default();
            if self.limits_pings && *open == PINGS_MAX {
                continue;
            }
            *open += 1;
            ctx.notify(SAFETY, Pinged { node });
            ctx.send(node, Ping { from: ctx.id() });
        }
        ctx.send(self.timer, Start);
    }

    #[on(in SendPing)]
    fn pong(&mut self, ctx: &Context, pong: Pong) -> Next<Stage> {
        self.settle(pong.node);
        if self.alive.contains(&pong.node) {
            self.responses.insert(pong.node);
            if self.responses.len() == self.alive.len() {
                ctx.send(self.timer, Cancel);
                return Next::push(Stage::WaitCancel);
            }
        }
        Next::stay()
    }

    #[on(in SendPing)]
    fn timeout(&mut self, _: Timeout) -> Stage {
        self.attempts += 1;
        if self.responses.len() < self.alive.len() && self.attempts < ATTEMPTS {
            return Stage::SendPing;
        }
        self.alive.retain(|node| self.responses.contains(node));
        Stage::Reset
    }

    /// `RoundDone` is nothing to this state, which is therefore left before it is handled.
    #[on(in WaitCancel)]
    fn cancel_success(&mut self, _: CancelSuccess) -> Next<Stage> {
        Next::raise(RoundDone)
    }

    #[on(in WaitCancel)]
    fn cancel_failure(&mut self, _: CancelFailure) -> Next<Stage> {
        Next::pop()
    }

    #[on(entry in Reset)]
    fn reset(&mut self, ctx: &Context) {
        self.attempts = 0;
        self.responses.clear();
        ctx.send(self.timer, Start);
    }

    #[on(in Reset)]
    fn late_pong(&mut self, pong: Pong) {
        self.settle(pong.node);
    }
}

impl FailureDetectorDetector {
    fn settle(&mut self, node: ActorId) {
        self.open.entry(node).and_modify(|open| *open -= 1);
    }
}
