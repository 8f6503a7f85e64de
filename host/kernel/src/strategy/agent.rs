//! Who acts in a step, for strategies that weigh actors and not steps.

use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;
use crate::step::{Enabled, Step};

/// A small number for who acts: an actor, a fault, or nobody, at the end.
pub(super) fn agent(enabled: &Enabled) -> usize {
    match enabled.step {
        Step::End => 0,
        Step::Fault(fault) => 2 * fault.fault() as usize + 1,
        Step::Start(_)
        | Step::Deliver(_)
        | Step::Take(_)
        | Step::Default(_)
        | Step::Fire { .. }
        | Step::Resume { .. }
        | Step::Release(_) => 2 * enabled.slot.index() + 2,
    }
}

/// One of the steps in which this agent acts, each equally likely. None if there is none.
pub(super) fn any_of(
    agent_wanted: usize,
    enabled: &[Enabled],
    random: &mut Xoshiro256PlusPlus,
) -> Option<u32> {
    let places = || (0..).zip(enabled).filter(|(_, step)| agent(step) == agent_wanted);
    let first = places().next()?.0;
    match u32::try_from(places().count()).unwrap_or(u32::MAX) {
        1 => Some(first),
        count => places().nth(below(random, count) as usize).map(|(place, _)| place),
    }
}
