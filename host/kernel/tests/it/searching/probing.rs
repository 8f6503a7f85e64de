//! Which of the methods comes to its end, and what a search says of how far it is.

use coyote_kernel::{Method, Search, SearchBounds, Searched, Temperature};

use super::BOUNDS;
use crate::play::{Play, watcher};
use crate::puzzles::{clients, four_pairs, two_phase_commit};
use crate::toy::plain;

/// Whichever comes to its end first, where steps of both cost the same, is taken at its word.
#[track_caller]
fn check(play: &Play, method: Method) {
    let search = Search {
        method: Method::Auto,
        bounds: BOUNDS,
        keeps_going: true,
        charts: false,
        symmetry: false,
    };
    let searched = search.run(&mut play.stage(), |_| true);
    assert!(searched.is_exhausted(), "{searched:?}");
    assert_eq!(searched.method, method);
}

/// 6^4 states, one trace.
#[test]
fn independent_actors_are_gone_through_by_traces() {
    check(&four_pairs(), Method::Dpor);
}

/// 2 * 3^5 states, (5!)^2 traces.
#[test]
fn a_broadcast_is_gone_through_by_states() {
    check(&two_phase_commit(5), Method::Stateful);
}

/// If there are no loops, that is known only if all traces come to their end.
#[test]
fn where_progress_can_be_owed_traces_come_first() {
    let asker = plain("asker", |toy| toy.notify("done", "answered"));
    let done = watcher("done", |_| Ok(())).state("idle", Temperature::Cold, &[]).state(
        "waiting",
        Temperature::Hot,
        &[],
    );
    check(&Play::new([asker]).watcher(done).create("asker", "a"), Method::Dpor);
}

/// What one method cannot do within the bounds may be possible for the other.
#[test]
fn a_bound_of_one_method_is_none_of_the_other() {
    let bounds = SearchBounds { states_max: 10, ..BOUNDS };
    let search =
        Search { method: Method::Auto, bounds, keeps_going: true, charts: true, symmetry: false };
    let searched = search.run(&mut clients(2, 2).stage(), |_| true);
    assert_eq!((searched.method, searched.traces, searched.complete), (Method::Dpor, 6, true));
    let bounds = SearchBounds { traces_max: 3, ..bounds };
    let searched = Search { bounds, ..search }.run(&mut clients(2, 2).stage(), |_| true);
    assert!(!searched.complete && searched.progress > 0.0, "{searched:?}");
}

#[test]
fn a_search_guesses_how_far_it_is() {
    let play = clients(3, 2);
    let traces = |traces_max| -> Searched {
        let bounds = SearchBounds { traces_max, ..BOUNDS };
        Search { method: Method::Dpor, bounds, keeps_going: true, charts: true, symmetry: false }
            .run(&mut play.stage(), |_| true)
    };
    let all = traces(u64::MAX);
    assert_eq!((all.traces, all.complete), (90, true));
    let half = traces(45);
    assert!(!half.complete && (0.2..0.8).contains(&half.progress), "{}", half.progress);
    let shares = [10, 30, 50, 70].map(|count| traces(count).progress);
    assert!(shares.is_sorted(), "{shares:?}");
}
