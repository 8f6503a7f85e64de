//! What is explored.

/// An app with a bug.
pub(crate) struct Sample {
    pub(crate) folder: &'static str,
    pub(crate) manifest: &'static str,
    pub(crate) test: &'static str,
    /// What Coyote 1.7.11 needs with its best strategy on one core of a machine of the same class: iterations (the
    /// median), seconds, and of how many seeds.
    pub(crate) coyote: Option<(f64, f64, &'static str)>,
}

impl Sample {
    /// What tells it from the others.
    pub(crate) fn name(&self) -> String {
        if ["app.toml", "buggy.toml", "fixed.toml"].contains(&self.manifest) {
            self.folder.to_owned()
        } else {
            format!("{}/{}", self.folder, self.manifest.trim_end_matches(".toml"))
        }
    }
}

const fn sample(
    folder: &'static str,
    manifest: &'static str,
    test: &'static str,
    coyote: Option<(f64, f64, &'static str)>,
) -> Sample {
    Sample { folder, manifest, test, coyote }
}

/// All apps with a bug, each in its full size.
pub(crate) const SAMPLES: &[Sample] = &[
    sample("hello-world", "buggy.toml", "three-clients", None),
    sample("greeter", "app.toml", "five-requests", Some((4.5, 0.016, "10/10"))),
    sample("failure-detector", "app.toml", "two-nodes", Some((616.0, 5.9, "5/10"))),
    sample("coffee-machine", "app.toml", "three-shots", Some((19.0, 0.26, "10/10"))),
    sample("drinks-robot", "app.toml", "three-points", Some((6.0, 0.13, "10/10"))),
    sample("chain-replication", "app.toml", "three-replicas", Some((457.0, 21.7, "9/10"))),
    sample("chord", "app.toml", "three-nodes", Some((10.0, 0.18, "10/10"))),
    sample("replicating-storage", "app.toml", "three-replicas", Some((2.5, 0.21, "10/10"))),
    sample("bounded-buffer", "app.toml", "two-readers", Some((2.0, 0.006, "10/10"))),
    sample("account-manager", "app.toml", "two-creates", Some((2.0, 0.005, "10/10"))),
    sample("send-interleavings", "app.toml", "order", Some((7.5, 0.019, "10/10"))),
    sample("sort-ring", "app.toml", "five-cells", None),
    sample("bounded-async", "app.toml", "up-to-10", None),
    sample("german", "app.toml", "three-caches", None),
    sample("paxos", "app.toml", "two-rounds", None),
    sample("two-phase-commit", "app.toml", "three-participants", None),
    sample("failure-detector", "host-timer.toml", "two-nodes", None),
    sample("bounded-buffer", "drawn.toml", "drawn", None),
    sample("raft", "rebroadcast.toml", "five-servers", None),
    sample("raft", "app.toml", "five-servers", Some((180.0, 14.3, "9/10"))),
];

/// A program of Mukherjee et al. (2020), and in how many of 100 runs of 10,000 schedules each of the strategies there found
/// its bug.
pub(crate) struct Program {
    pub(crate) sample: Sample,
    pub(crate) published: [u32; PUBLISHED.len()],
}

/// Whose figures are published.
pub(crate) const PUBLISHED: [&str; 9] =
    ["QL", "BasicQL", "Random", "Greedy", "LargestInbox", "PCT-3", "PCT-10", "PCT-30", "IDB"];

const fn program(manifest: &'static str, published: [u32; PUBLISHED.len()]) -> Program {
    Program { sample: sample("bench", manifest, "bug", None), published }
}

/// Those programs.
pub(crate) const PROGRAMS: &[Program] = &[
    program("raft-v1.toml", [99, 99, 100, 91, 63, 0, 9, 43, 35]),
    program("raft-v2.toml", [98, 28, 6, 5, 3, 0, 0, 1, 1]),
    program("paxos.toml", [62, 16, 2, 21, 100, 9, 90, 94, 32]),
    program("failure-detector.toml", [100, 0, 0, 0, 0, 16, 99, 99, 38]),
    program("chord.toml", [33, 0, 0, 0, 0, 0, 0, 0, 0]),
];

/// Apps without their bugs, each in its full size; those that take long last.
pub(crate) const FIXED: &[Sample] = &[
    sample("hello-world", "app.toml", "three-clients", None),
    sample("greeter", "fixed.toml", "five-requests", None),
    sample("failure-detector", "fixed.toml", "two-nodes", None),
    sample("coffee-machine", "fixed.toml", "three-shots", None),
    sample("drinks-robot", "fixed.toml", "three-points", None),
    sample("chain-replication", "fixed.toml", "three-replicas", None),
    sample("chord", "fixed.toml", "three-nodes", None),
    sample("bounded-buffer", "fixed.toml", "two-readers", None),
    sample("account-manager", "fixed.toml", "two-creates", None),
    sample("send-interleavings", "fixed.toml", "order", None),
    sample("sort-ring", "fixed.toml", "five-cells", None),
    sample("bounded-async", "fixed.toml", "up-to-10", None),
    sample("german", "fixed.toml", "three-caches", None),
    sample("paxos", "fixed.toml", "two-rounds", None),
    sample("two-phase-commit", "fixed.toml", "three-participants", None),
    sample("bench", "raft-v1.toml", "corrected", None),
    sample("bench", "raft-v2.toml", "corrected", None),
    sample("bench", "paxos.toml", "corrected", None),
    sample("bench", "failure-detector.toml", "corrected", None),
    sample("bench", "chord.toml", "corrected", None),
    sample("replicating-storage", "fixed.toml", "three-replicas", None),
    sample("raft", "fixed.toml", "five-servers", None),
];

/// What explores where nothing is said.
pub(crate) const DEFAULT: &str = "portfolio";

/// What goes through everything instead.
pub(crate) const EXHAUSTIVE: &str = "exhaustive";

/// The default first.
pub(crate) const STRATEGIES: &[&str] = &[
    DEFAULT,
    "random",
    "random-actor",
    "probabilistic:3",
    "pct:3",
    "pct:10",
    "pct:30",
    "pctcp:3",
    "pctcp:10",
    "pos",
    "urw",
    "delay-bounding:10",
    "q-learning",
];

/// An app without its bug.
pub(crate) struct Sound {
    pub(crate) folder: &'static str,
    /// Its tests, the smallest first.
    pub(crate) tests: &'static [&'static str],
}

impl Sound {
    pub(crate) fn manifest(&self) -> &'static str {
        if self.folder == "hello-world" { "app.toml" } else { "fixed.toml" }
    }
}

const fn sound(folder: &'static str, tests: &'static [&'static str]) -> Sound {
    Sound { folder, tests }
}

/// All apps.
pub(crate) const SOUND: &[Sound] = &[
    sound("account-manager", &["two-creates", "two-updates"]),
    sound("bounded-async", &["up-to-2", "up-to-5", "up-to-10"]),
    sound("bounded-buffer", &["few-items", "more-items", "two-readers"]),
    sound("chain-replication", &["two-replicas", "two-replicas-longer", "three-replicas"]),
    sound("chord", &["two-nodes", "two-nodes-that-change", "three-nodes"]),
    sound("coffee-machine", &["one-shot", "two-shots", "three-shots"]),
    sound("drinks-robot", &["one-point", "two-points", "three-points"]),
    sound("failure-detector", &["one-node", "two-nodes-two-rounds", "two-nodes"]),
    sound("german", &["two-caches", "two-caches-twice", "three-caches"]),
    sound("greeter", &["one-request", "three-requests", "five-requests"]),
    sound("hello-world", &["two-clients", "three-clients"]),
    sound("paxos", &["one-round", "two-rounds"]),
    sound("send-interleavings", &["order"]),
    sound("sort-ring", &["three-cells", "four-cells", "five-cells"]),
    sound("two-phase-commit", &["one-transaction", "two-participants", "three-participants"]),
    sound("raft", &["three-servers", "five-servers"]),
    sound("replicating-storage", &["two-replicas", "three-replicas"]),
];
