use std::num::NonZeroU64;

use coyote_host::{App, Explorer, Verdict};

use crate::world::{cache, root};

fn explorer(manifest: &str, test: &str) -> Explorer {
    let app = App::load(&root().join("example-actors/bench").join(manifest)).unwrap();
    Explorer::new(app).test(test).cache(cache())
}

#[test]
fn corrected_protocols_have_no_bug() {
    let manifests =
        ["chord.toml", "failure-detector.toml", "paxos.toml", "raft-v1.toml", "raft-v2.toml"];
    for manifest in manifests {
        let iterations = NonZeroU64::new(60).unwrap();
        explorer(manifest, "corrected").iterations(iterations).run().unwrap().assert_no_bug();
    }
}

/// One key of 37 is the wrong one.
#[test]
fn the_bug_of_chord_is_found_if_all_keys_are_equally_likely() {
    let report = explorer("chord.toml", "uniform").strategy("random").unwrap().run().unwrap();
    assert_eq!(report.verdict, Verdict::Bug, "{report}");
    assert!(report.bugs[0].message.starts_with("cannot locate successor of 17"), "{report}");
}
