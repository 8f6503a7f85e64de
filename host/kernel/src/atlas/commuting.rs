//! Which arrivals at one actor can change places there, as it is.
//!
//! Two votes that are counted, two answers that come too late: what becomes of the actor is the same in both orders, and so is
//! what it sends. That is no matter of the two messages, but of the state of the actor as well, and is seen from what is
//! known of the four steps (Katz and Peled, "Defining conditional independence using collapses", 1992).

use smallvec::SmallVec;

use super::{Atlas, Content, Done, Effect, Entry, Node, Sent};
use crate::delivery::Delivery;

impl Atlas {
    /// Whether two messages that can both arrive at an actor that is this lead to the same in both orders, as far as it is
    /// known.
    pub(crate) fn commutes(
        &self,
        delivery: Delivery,
        node: Node,
        (one, other): (Content, Content),
    ) -> bool {
        let way = |first, second| {
            let first = self.quiet(node, first)?;
            let second = self.quiet(first.after()?, second)?;
            Some([first, second])
        };
        let (Some(one), Some(other)) = (way(one, other), way(other, one)) else { return false };
        let after = one[1].after();
        if after.is_none() || after != other[1].after() {
            return false;
        }
        if delivery == Delivery::Causal {
            // What is sent between the two comes after one of them only, and so does the actor if it ignores the other.
            return [one, other]
                .as_flattened()
                .iter()
                .all(|done| done.effects().is_empty() && done.joins());
        }
        sends(one).is_some_and(|sent| Some(sent) == sends(other))
    }

    /// What a step does, if it draws nothing, and no monitor hears of it.
    fn quiet(&self, node: Node, content: Content) -> Option<Done<'_>> {
        match self.entry(node, content)? {
            Entry::Over(done) if done.notices().is_empty() => Some(done),
            Entry::Over(_) | Entry::Draw { .. } | Entry::Strange => None,
        }
    }
}

/// What these steps send, receiver by receiver in order; none if they do anything else.
fn sends(steps: [Done<'_>; 2]) -> Option<SmallVec<[(u64, Content); 8]>> {
    let effects = steps.into_iter().flat_map(Done::effects);
    let sent = effects.map(|effect| match effect {
        Effect::Send(Sent { receiver, content, .. }) => Some((receiver.bits(), *content)),
        Effect::Stop(_) | Effect::Bear(_) | Effect::Arm(_) => None,
    });
    let mut sent: SmallVec<[_; 8]> = sent.collect::<Option<_>>()?;
    sent.sort_by_key(|&(receiver, _)| receiver);
    Some(sent)
}
