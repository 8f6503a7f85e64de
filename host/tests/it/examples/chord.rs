use std::time::Duration;

use coyote_host::Verdict;

use super::{Example, MANY};

const CHORD: Example = Example {
    folder: "chord",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-nodes",
    small: "two-nodes",
    trace: "key-beyond-ring.trace",
};

/// A question that goes around for ever is never answered, but that takes a bound on patience to tell.
#[test]
fn is_found_if_patience_is_bounded() {
    let explorer = CHORD.explorer(CHORD.buggy, CHORD.test).minimise_time(Duration::ZERO);
    let report = explorer.run().unwrap();
    let kinds: Vec<_> = report.bugs.iter().map(|bug| bug.kind.as_str()).collect();
    assert_eq!((report.verdict, kinds), (Verdict::Bug, vec!["potential-liveness"]), "{report}");
    CHORD.has_no_bug();
    CHORD.leads_to("potential-liveness");
}

#[test]
fn is_found_as_a_loop() {
    let report = CHORD.explorer(CHORD.buggy, CHORD.small).exhaustive(MANY).run().unwrap();
    let [bug] = &report.bugs[..] else { panic!("{report}") };
    assert_eq!(bug.kind, "lasso", "{report}");
    CHORD.is_told_in_readme(&bug.to_string());
    CHORD.is_proved(159);
}
