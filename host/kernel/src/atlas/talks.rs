//! Who sends to whom, and so whose knowledge of a message on its way can matter.
//!
//! Under `causal` an actor must be remembered to come after a message `m` that `i` has sent to `a`, if it may send to `a`
//! itself, or to somebody who may: whatever comes after `m` must not overtake it. It need not be if every way from that actor
//! to `a` is by `i`, which comes after `m` anyhow. So a coordinator that tells its participants something one by one, who
//! answer to nobody else, may as well tell them in another order: what waits to be decided is the same.
//!
//! A state without what cannot matter goes on as it does with that. For what can matter of a set behind a step is decided by
//! what could matter before it: what an actor takes matters to it if it matters to the message, since both are about who is
//! reached from the actor; what it sends, and whom it creates, is reached from it by one step more; and what it did itself
//! it knows. An actor that arms a timer tells itself.

use alloc::vec;
use alloc::vec::Vec;

use smallvec::SmallVec;

/// Actors by number, a bit each.
type Actors = u64;

/// Who was seen to send to whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Talks {
    /// By number, whom it sends to.
    to: Vec<Actors>,
    /// By two numbers: who is reached from the second by one step or more, none of which the first one takes.
    reached: Vec<Actors>,
    has_grown: bool,
}

impl Talks {
    /// Gets to know that there are so many actors, and whoever else sends.
    pub(super) fn meet(&mut self, count: usize) {
        if self.to.len() < count {
            self.to.resize(count, 0);
            self.has_grown = true;
            self.close();
        }
    }

    /// Notes that one may send to another.
    pub(super) fn add(&mut self, from: usize, to: usize) {
        self.has_grown |= self.to[from] & 1 << to == 0;
        self.to[from] |= 1 << to;
    }

    /// Draws conclusions; whether there are any that are new.
    pub(super) fn close(&mut self) -> bool {
        if !core::mem::take(&mut self.has_grown) {
            return false;
        }
        let count = self.to.len();
        let mut reached = vec![0; count * count];
        for without in 0..count {
            for from in 0..count {
                reached[without * count + from] = self.from(from, without);
            }
        }
        core::mem::replace(&mut self.reached, reached) != self.reached
    }

    fn from(&self, from: usize, without: usize) -> Actors {
        let mut ahead: SmallVec<[usize; 64]> = SmallVec::from_slice(&[from]);
        let mut reached: Actors = 0;
        while let Some(next) = ahead.pop() {
            let new = if next == without { 0 } else { self.to[next] & !reached };
            reached |= new;
            ahead.extend((0..self.to.len()).filter(|to| new & 1 << to != 0));
        }
        reached
    }

    /// Whether it matters that an actor comes after a message.
    pub(super) fn matters(&self, (sender, receiver): (usize, usize), actor: usize) -> bool {
        actor == sender || self.reached[sender * self.to.len() + actor] & 1 << receiver != 0
    }

    /// Whether it matters that what is on its way to an actor comes after a message.
    pub(super) fn matters_to(&self, (sender, receiver): (usize, usize), actor: usize) -> bool {
        actor == receiver || actor != sender && self.matters((sender, receiver), actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_sender_leads_to_does_not_matter() {
        let mut talks = Talks::default();
        talks.meet(3);
        // 0 asks 1 and 2, who answer.
        [(0, 1), (0, 2), (1, 0), (2, 0)].iter().for_each(|&(from, to)| talks.add(from, to));
        assert!(talks.close() && !talks.close());
        assert!(talks.matters((0, 1), 0) && talks.matters_to((0, 1), 1));
        assert!(!talks.matters((0, 1), 2) && !talks.matters_to((0, 1), 2));
        // An answer of 1: who knows of it may tell 0, and 0 may tell 1, which tells itself nothing.
        assert!(talks.matters((1, 0), 2) && talks.matters((1, 0), 0));
        talks.add(2, 1);
        assert!(talks.close());
        assert!(talks.matters((0, 1), 2) && talks.matters_to((0, 1), 2));
        assert!(!talks.matters((0, 2), 1));
    }
}
