//! Which method is picked, and what it says of how far it is from its end.

use coyote_kernel::{Method, Probe, Search, SearchBounds, Searched, Temperature, probe};

use super::BOUNDS;
use crate::play::{Play, watcher};
use crate::puzzles::{clients, four_pairs, two_phase_commit};
use crate::toy::plain;

const SEARCH: Search = Search { method: Method::Stateful, bounds: BOUNDS, keeps_going: true };

fn picked(play: &Play, transitions: u64) -> Probe {
    probe(&SEARCH, &mut play.stage(), transitions, |_| true)
}

#[test]
fn what_comes_to_its_end_is_taken_at_its_word() {
    let Probe::Ended(method, searched) = picked(&two_phase_commit(3), 10_000) else {
        panic!("there are few states");
    };
    assert_eq!(method, Method::Stateful);
    assert!(searched.is_exhausted());
}

/// 6^4 states, one trace.
#[test]
fn independent_actors_are_gone_through_by_traces() {
    let Probe::Ended(method, searched) = picked(&four_pairs(), 256) else {
        panic!("there is one trace");
    };
    assert_eq!((method, searched.traces), (Method::Dpor, 1));
}

/// 2 * 3^6 states, (6!)^2 traces.
#[test]
fn a_broadcast_is_gone_through_by_states() {
    let probe = picked(&two_phase_commit(6), 512);
    assert!(matches!(probe, Probe::Picked(Method::Stateful)), "{probe:?}");
}

/// If there are no loops, that is known only if all traces come to their end.
#[test]
fn where_progress_can_be_owed_traces_come_first() {
    let asker = plain("asker", |toy| toy.notify("done", "answered"));
    let done = watcher("done", |_| Ok(())).state("waiting", Temperature::Hot, &[]);
    let play = Play::new([asker]).watcher(done).create("asker", "a");
    let probe = picked(&play, 100);
    assert!(matches!(&probe, Probe::Ended(Method::Dpor, searched) if !searched.found.is_empty()));
}

#[test]
fn a_search_guesses_how_far_it_is() {
    let play = clients(3, 2);
    let traces = |traces_max| -> Searched {
        let bounds = SearchBounds { traces_max, ..BOUNDS };
        Search { method: Method::Dpor, bounds, ..SEARCH }.run(&mut play.stage(), |_| true)
    };
    let all = traces(u64::MAX);
    assert_eq!((all.traces, all.complete), (90, true));
    let half = traces(45);
    assert!(!half.complete && (0.2..0.8).contains(&half.progress), "{}", half.progress);
    let shares = [10, 30, 50, 70].map(|count| traces(count).progress);
    assert!(shares.is_sorted(), "{shares:?}");
}
