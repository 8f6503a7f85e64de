//! All states of real components.

use std::num::{NonZeroU32, NonZeroUsize};

use coyote_host::{App, ExploreReport, Explorer, SearchReport, Verdict};
use expect_test::expect;

use super::{explorer, send, text, text_of};
use crate::world::{cache, component_for, root};

const MANY: NonZeroUsize = NonZeroUsize::new(1_000_000).unwrap();

fn searched(report: &ExploreReport) -> SearchReport {
    report.tests[0].search.expect("there was a search")
}

/// Two participants, one client: as many states as its README says, and no order in which anything goes wrong.
#[test]
fn a_protocol_is_proved() {
    let path = root().join("example-actors/two-phase-commit/fixed.toml");
    let explorer = Explorer::new(App::load(&path).unwrap()).cache(cache()).exhaustive(MANY);
    let report = explorer.test("one-transaction").run().unwrap();
    assert_eq!(report.verdict, Verdict::Exhausted, "{report}");
    let SearchReport { states, transitions, terminal, complete, .. } = searched(&report);
    assert_eq!((states, transitions, terminal, complete), (316, 816, 6, true));
}

/// A and B each send to C, which remembers nothing: what has arrived is a set.
#[test]
fn states_are_counted_as_arithmetic_says() {
    let sender = format!("init = [{}]", send("c", "one"));
    let text = text("", "", &[("c", ""), ("a", &sender), ("b", &sender)]);
    let report = explorer(&text).exhaustive(MANY).run().unwrap();
    // C has started or not; A and B have not started, have sent, or have been heard, which C must have started for.
    let expected = 2 * 2 + 3 * 3;
    let SearchReport { states, terminal, .. } = searched(&report);
    assert_eq!((states, terminal, report.verdict), (expected, 1, Verdict::Exhausted));
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
    let few = NonZeroUsize::new(5).unwrap();
    let report = explorer(&text).exhaustive(few).run().unwrap();
    assert_eq!(report.verdict, Verdict::Sampled);
    expect!["states beyond the first 5"].assert_eq(&report.unchecked[0]);
    let shallow = explorer(&text).steps_max(NonZeroU32::new(2).unwrap()).exhaustive(MANY);
    let report = shallow.run().unwrap();
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
