//! Goes to, or pushes, a state that it did not declare.

use conformance::by_hand::bindings::coyote::actor::report::set_states;

const STACKS: [&[u32]; 2] = [&[7], &[0, 7]];

conformance::by_hand!([Do], |kind| set_states(STACKS[kind as usize]));
