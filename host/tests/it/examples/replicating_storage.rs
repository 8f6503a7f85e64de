use std::time::Duration;

use coyote_host::Verdict;

use super::Example;

const REPLICATING_STORAGE: Example = Example {
    folder: "replicating-storage",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-replicas",
    small: "two-replicas",
    trace: "late-report.trace",
};

/// Of an app that never ends, only a bound on patience can tell that a repair does not come. The strategy gives everybody
/// a turn, so it may tell.
#[test]
fn is_found_if_patience_is_bounded() {
    let explorer = REPLICATING_STORAGE.explorer("app.toml", "three-replicas");
    let explorer = explorer.strategy("random").unwrap().minimise_time(Duration::ZERO);
    let report = explorer.run().unwrap();
    let kinds: Vec<_> = report.bugs.iter().map(|bug| bug.kind.as_str()).collect();
    assert_eq!((report.verdict, kinds), (Verdict::Bug, vec!["potential-liveness"]), "{report}");
    REPLICATING_STORAGE.has_no_bug();
    REPLICATING_STORAGE.leads_to("potential-liveness");
}
