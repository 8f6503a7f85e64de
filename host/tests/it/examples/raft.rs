use std::num::NonZeroU64;

use super::Example;

const RAFT: Example = Example {
    folder: "raft",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "five-servers",
    small: "three-servers",
    trace: "two-leaders.trace",
};

/// To find the bug takes hundreds of long executions, so only the saved one is repeated. Without the bug it is cut.
#[test]
fn is_repeated() {
    let report = RAFT.replay(RAFT.buggy);
    assert_eq!(report.left_at, None, "{report}");
    let (kind, text) = report.bug.as_ref().unwrap();
    assert_eq!(kind, "monitor", "{report}");
    assert!(text.contains("term 7 has a second leader"), "{report}");
    let report = RAFT.replay(RAFT.fixed);
    assert_eq!(report.bug, None, "{report}");
}

#[test]
fn has_no_bug() {
    for test in [RAFT.test, "rebroadcast"] {
        let iterations = NonZeroU64::new(20).unwrap();
        let report = RAFT.explorer(RAFT.fixed, test).iterations(iterations).run().unwrap();
        report.assert_no_bug();
    }
}
