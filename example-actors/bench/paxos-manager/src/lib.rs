//! Creates everybody, has the proposers propose, and halts up to two acceptors, in one turn.

use bench_messages::paxos::{ACCEPTORS, AcceptorSetup, ClientPropose, ProposerSetup};
use coyote_guest::prelude::*;

/// How many acceptors may halt, so that a majority is left.
const HALTS_MAX: u32 = 2;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    adopts_greatest: bool,
}

#[derive(Debug, Default)]
struct PaxosManager;

#[actor]
impl PaxosManager {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        let Setup { adopts_greatest } = setup;
        let learner = ctx.create_kind("paxos-learner", ());
        let acceptor = |_| ctx.create_kind("paxos-acceptor", AcceptorSetup { learner });
        let acceptors: Vec<_> = (0..ACCEPTORS).map(acceptor).collect();
        let proposer = |number| {
            let acceptors = acceptors.clone();
            let setup = ProposerSetup { number, acceptors, adopts_greatest };
            (number, ctx.create_kind("paxos-proposer", setup))
        };
        let proposers: Vec<_> = (1..=3).map(proposer).collect();
        for (number, proposer) in proposers {
            ctx.send(proposer, ClientPropose { value: number });
        }
        let mut halts = 0;
        for acceptor in acceptors {
            if ctx.random_bool() && halts < HALTS_MAX {
                halts += 1;
                ctx.send(acceptor, Halt);
            }
        }
    }
}
