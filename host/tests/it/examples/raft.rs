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

const REBROADCAST: Example =
    Example { buggy: "rebroadcast.toml", test: "rebroadcast", trace: "asked-again.trace", ..RAFT };

/// To find the bugs takes hundreds of long executions, so only the saved ones are repeated.
#[test]
fn are_repeated() {
    for (example, steps) in [(RAFT, 79), (REBROADCAST, 115)] {
        example.leads_to("monitor");
        assert_eq!(example.replay(example.buggy).lines.len(), steps);
        example.has_no_step_too_many("monitor", steps);
    }
}

#[test]
fn has_no_bug() {
    for test in [RAFT.test, "rebroadcast"] {
        let iterations = NonZeroU64::new(20).unwrap();
        let report = RAFT.explorer(RAFT.fixed, test).iterations(iterations).run().unwrap();
        report.assert_no_bug();
    }
}
