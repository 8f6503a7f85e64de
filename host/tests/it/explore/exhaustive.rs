//! All executions of real components, up to what cannot make a difference.

use std::num::{NonZeroU32, NonZeroUsize};

use coyote_host::{App, ExploreReport, Explorer, SearchMethod, SearchReport, Verdict};
use expect_test::expect;

use super::{explorer, send, text, text_of};
use crate::world::{cache, component_for, root};

const MANY: NonZeroUsize = NonZeroUsize::new(1_000_000).unwrap();

fn searched(report: &ExploreReport) -> SearchReport {
    report.tests[0].search.clone().expect("there was a search")
}

/// Two participants, one client: no order in which anything goes wrong.
#[test]
fn a_protocol_is_proved_in_every_way() {
    let path = root().join("example-actors/two-phase-commit/fixed.toml");
    let search = |method| {
        let explorer = Explorer::new(App::load(&path).unwrap()).cache(cache()).exhaustive(MANY);
        let explorer = explorer.without_symmetry();
        let report = explorer.test("one-transaction").method(method).run().unwrap();
        assert_eq!(report.verdict, Verdict::Exhausted, "{report}");
        (searched(&report), report.unchecked)
    };
    let (stateful, unchecked) = search(SearchMethod::Stateful);
    let SearchReport { states, transitions, terminal, complete, .. } = stateful;
    assert_eq!((states, transitions, terminal, complete), (316, 816, 6, true));
    let loops = "whether progress is owed for ever in loops that the search did not close";
    assert_eq!(unchecked[0], loops);
    let (breadth_first, _) = search(SearchMethod::BreadthFirst);
    assert_eq!((breadth_first.states, breadth_first.terminal), (states, terminal));
    // All traces come to their end, so there are no loops.
    let (traces, unchecked) = search(SearchMethod::Dpor);
    assert_eq!((traces.terminal, traces.blocked, traces.complete), (terminal, 0, true));
    assert_ne!(unchecked[0], loops);
    // Progress can be owed, so traces come first.
    let (auto, _) = search(SearchMethod::Auto);
    assert_eq!((auto.method, auto.traces), ("dpor", traces.traces));
}

/// A and B each send to C, which remembers nothing: what has arrived is a set.
#[test]
fn states_are_counted_as_arithmetic_says() {
    let sender = format!("init = [{}]", send("c", "one"));
    let text = text("", "", &[("c", ""), ("a", &sender), ("b", &sender)]);
    // C has started or not; A and B have not started, have sent, or have been heard, which C must have started for.
    let report = explorer(&text).exhaustive(MANY).without_symmetry().run().unwrap();
    let SearchReport { states, terminal, .. } = searched(&report);
    assert_eq!((states, terminal, report.verdict), (2 * 2 + 3 * 3, 1, Verdict::Exhausted));
    // A and B are interchangeable.
    let report = explorer(&text).exhaustive(MANY).run().unwrap();
    let SearchReport { states, terminal, .. } = searched(&report);
    assert_eq!((states, terminal, report.verdict), (3 + 6, 1, Verdict::Exhausted));
    assert_eq!(searched(&report).interchangeable[0].count, 2);
    // Which of the two comes first.
    let traces = explorer(&text).exhaustive(MANY).method(SearchMethod::Dpor).run().unwrap();
    let SearchReport { traces, terminal, .. } = searched(&traces);
    assert_eq!((traces, terminal), (2, 1));
}

#[test]
fn a_bug_is_found_and_repeated() {
    let lost = format!("init = [{}]", send("c", "one"));
    let text = text("", "", &[("c", "one = [{ fail = 'panic' }]"), ("a", &lost)]);
    let report = explorer(&text).exhaustive(MANY).run().unwrap();
    let [bug] = &report.bugs[..] else { panic!("{report}") };
    let told = (bug.kind.as_str(), bug.minimised_steps, report.strategy.as_str());
    assert_eq!(told, ("panic", 3, "exhaustive"));
    let replayed = super::replay(&text, &bug.token).run().unwrap();
    assert_eq!(replayed.bug.unwrap().0, "panic");
}

#[test]
fn a_search_that_is_too_large_claims_nothing() {
    let sender = format!("init = [{}]", send("c", "one"));
    let text = text("", "", &[("c", ""), ("a", &sender), ("b", &sender)]);
    let stateful = |states_max| {
        let explorer = explorer(&text).exhaustive(states_max).without_symmetry();
        explorer.method(SearchMethod::Stateful)
    };
    let report = stateful(NonZeroUsize::new(5).unwrap()).run().unwrap();
    assert_eq!(report.verdict, Verdict::Sampled);
    expect!["states beyond the first 5"].assert_eq(&report.unchecked[0]);
    let report = stateful(MANY).steps_max(NonZeroU32::new(2).unwrap()).run().unwrap();
    assert_eq!(report.verdict, Verdict::Sampled);
    expect!["what comes after 2 steps: 3 states lie there"].assert_eq(&report.unchecked[0]);
}

/// What is made for WASI has more state than its memory.
#[test]
fn what_cannot_be_put_back_is_refused() {
    let text = text_of(&component_for("wasm32-wasip2", "scripted.wasm"), "", "", &[("c", "")]);
    let error = explorer(&text).exhaustive(MANY).run().unwrap_err();
    expect![
        "an exhaustive search is not possible with `it`: they are not one module of the actor world"
    ]
    .assert_eq(&error.to_string());
}
