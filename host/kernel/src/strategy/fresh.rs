//! Draws that do not repeat themselves.

use alloc::vec::Vec;

use rand_xoshiro::Xoshiro256PlusPlus;

use super::derive_seed;
use super::qlearning::action_of;
use super::random::below;
use crate::id::{ActorId, HashedById};
use crate::step::Enabled;

/// Gives an actor, in the k-th step of the same sort of an execution, every row of draws once before any comes again:
/// sampling without replacement from the tree that the draws of a turn are. A value behind 37 coins is met within 38
/// executions instead of once in 2^37.
///
/// Steps are of the same sort if the actor, the sender and the kind of the event are the same. Where a turn then draws
/// less than another one did, some rows come later than they could; none is lost, since a tree that is used up begins
/// anew.
#[derive(Clone, Debug, Default)]
pub(super) struct FreshDraws {
    /// By what was drawn before in the turn: bit by bit the answers behind which nothing new is left.
    used_up: HashedById<u64, u64>,
    /// By step of an execution: how often its tree was used up.
    rounds: HashedById<u64, u64>,
    /// By sort of step: how many there were in this execution.
    counts: HashedById<u64, u64>,
    /// The sort of step that is under way, and which of them it is.
    root: u64,
    /// What the next draw happens in.
    context: u64,
    /// What was drawn in this turn, the oldest first.
    path: Vec<Drawn>,
}

/// An answer that was given.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    key: u64,
    bound: u32,
    taken: u32,
}

/// Draws of more numbers are uniform: nobody can try them all.
const BOUND_MAX: u32 = 64;

/// Draws that are remembered, some 20 MiB. Then everything begins anew.
const NODES_MAX: usize = 1 << 20;

impl FreshDraws {
    /// A batch begins.
    pub(super) fn forget(&mut self) {
        self.used_up.clear();
        self.rounds.clear();
        self.path.clear();
    }

    /// An execution begins.
    pub(super) fn begin(&mut self) {
        self.counts.clear();
    }

    /// A step comes next; the turn before is over.
    pub(super) fn step(&mut self, step: &Enabled) {
        self.over();
        let sort = action_of(step);
        let count = self.counts.entry(sort).or_insert(0);
        *count += 1;
        self.root = derive_seed(sort, *count);
        let round = self.rounds.get(&self.root).copied().unwrap_or(0);
        self.context = derive_seed(self.root, round);
    }

    /// What the actor draws: something that it has not, with what it drew before in the turn.
    pub(super) fn pick(
        &mut self,
        random: &mut Xoshiro256PlusPlus,
        actor: ActorId,
        bound: u32,
    ) -> u32 {
        let key = derive_seed(self.context, derive_seed(actor.bits(), u64::from(bound)));
        let used_up = self.used_up.get(&key).copied().unwrap_or(0);
        let left = if bound > BOUND_MAX { 0 } else { all(bound) & !used_up };
        let taken = if left == 0 {
            below(random, bound)
        } else {
            let place = below(random, left.count_ones());
            let rest = (0..place).fold(left, |rest, _| rest & (rest - 1));
            rest.trailing_zeros()
        };
        self.path.push(Drawn { key, bound, taken });
        self.context = derive_seed(key, u64::from(taken));
        taken
    }

    /// The turn is over: this row of draws is used up, and perhaps what several rows have in common.
    pub(super) fn over(&mut self) {
        if self.used_up.len() >= NODES_MAX {
            self.forget();
        }
        let rows = !self.path.is_empty();
        while let Some(Drawn { key, bound, taken }) = self.path.pop() {
            if bound > BOUND_MAX {
                self.path.clear();
                return;
            }
            let used_up = self.used_up.entry(key).or_insert(0);
            *used_up |= 1 << taken;
            if *used_up != all(bound) {
                self.path.clear();
                return;
            }
        }
        if rows {
            *self.rounds.entry(self.root).or_insert(0) += 1;
        }
    }
}

/// A bit for each answer below a bound, which is from 1 to 64.
fn all(bound: u32) -> u64 {
    u64::MAX >> (64 - bound)
}
