//! All traces, each once: counts against arithmetic.

use coyote_kernel::{Delivery, Method, Rules, Searched};

use super::by;
use crate::play::Play;
use crate::puzzles::{
    SENDERS, clients, crossing, four_pairs, onlooker, reorder, senders, starve_in_one_inbox,
    starve_one, two_phase_commit,
};

fn traces(play: &Play) -> Searched {
    by(Method::Dpor, play)
}

/// There are so many traces, and none was begun twice.
#[track_caller]
fn check(play: &Play, expected: u64) {
    let searched = traces(play);
    assert!(searched.is_exhausted() && searched.found.is_empty(), "{searched:?}");
    assert_eq!((searched.traces, searched.blocked), (expected, 0));
}

#[test]
fn n_senders_to_one_inbox_make_n_factorial_traces() {
    for (number, factorial) in [(1, 1), (2, 2), (3, 6), (4, 24)] {
        check(&senders(number).started(), factorial);
        // Whose first turn comes first does not matter, only whose message arrives first.
        check(&senders(number).started_but(&SENDERS[..number]), factorial);
    }
}

#[test]
fn who_sends_first_matters_where_sends_are_steps() {
    for (number, factorial) in [(1, 1), (2, 2), (3, 6)] {
        let rules = Rules { delivery: Delivery::Mailbox, ..Rules::default() };
        check(&senders(number).rules(rules).started(), factorial);
    }
}

#[test]
fn independent_pairs_make_one_trace() {
    let searched = traces(&four_pairs());
    assert_eq!((searched.traces, searched.transitions), (1, 20));
}

#[test]
fn two_receivers_of_two_senders_make_four_traces() {
    check(&crossing().started(), 4);
    check(&crossing().started_but(&["a", "b"]), 4);
}

/// Orders of arrival at the server: (cr)! / (r!)^c.
#[test]
fn clients_and_requests_make_as_many_traces_as_there_are_orders() {
    for (number, requests, orders) in [(2, 2, 6), (3, 2, 90), (4, 2, 2_520), (3, 3, 1_680)] {
        check(&clients(number, requests), orders);
    }
}

#[test]
fn two_phase_commit_makes_two_orders_of_all_participants() {
    for (participants, expected) in [(2, 4), (3, 36), (4, 576)] {
        check(&two_phase_commit(participants), expected);
    }
}

/// The ball does not race with the probe: only their receiver knows who comes first.
#[test]
fn two_orders_at_one_receiver_make_two_traces() {
    for times in [1, 2, 5] {
        check(&starve_one(times, false), 2);
    }
    // What must arrive first does not race.
    check(&starve_one(3, true), 1);
    let rules = Rules { delivery: Delivery::Pairwise, ..Rules::default() };
    check(&starve_one(3, true).rules(rules), 2);
}

#[test]
fn one_among_n_messages_in_their_order_makes_n_plus_1_traces() {
    for count in [1, 2, 5] {
        check(&starve_in_one_inbox(count), u64::try_from(count).unwrap() + 1);
        let rules = Rules { delivery: Delivery::Unordered, ..Rules::default() };
        let factorial = (1..=u64::try_from(count).unwrap() + 1).product();
        check(&starve_in_one_inbox(count).rules(rules), factorial);
    }
}

/// All of them touch one monitor, so every interleaving is a trace.
#[test]
fn what_touches_one_monitor_makes_a_trace_of_each_interleaving() {
    for (setters, interleavings) in [(1, 3), (2, 30), (3, 630)] {
        check(&reorder(setters, onlooker()), interleavings);
    }
}
