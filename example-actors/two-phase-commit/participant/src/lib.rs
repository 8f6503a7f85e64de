//! Votes on transactions: yes or no, at random.

use coyote_guest::prelude::*;
use two_phase_commit_messages::{AGREEMENT, Decision, Learned, Prepare, Vote, Voted};

#[derive(Debug, Default)]
struct Participant;

#[actor]
impl Participant {
    #[on]
    fn prepare(&mut self, ctx: &Context, prepare: Prepare) {
        let Prepare { tx, coordinator } = prepare;
        let yes = ctx.random_bool();
        ctx.notify(AGREEMENT, Voted { tx, participant: ctx.id(), yes });
        ctx.send(coordinator, Vote { tx, yes });
    }

    #[on]
    fn decision(&mut self, ctx: &Context, decision: Decision) {
        let Decision { tx, commit } = decision;
        ctx.notify(AGREEMENT, Learned { tx, participant: ctx.id(), commit });
    }
}
