//! The example apps: exploration finds in them what their READMEs tell, their saved traces still lead there, and without
//! the bugs there is nothing to be found.

mod greeter;
mod hello_world;
mod send_interleavings;
mod two_phase_commit;

use std::fs;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use coyote_host::{App, Explorer, Replay, ReplayReport, Verdict};
use expect_test::Expect;

use crate::world::{cache, component, root};

/// Longer than anything takes to be made shorter here.
const LONG: Duration = Duration::from_secs(1000);

/// An example, in a folder of its own.
#[derive(Clone, Copy)]
struct Example {
    folder: &'static str,
    /// The manifest with the bug, and that without.
    buggy: &'static str,
    fixed: &'static str,
    /// The test in which the README shows the bug.
    test: &'static str,
    /// The test that is small enough for every execution, if the README has one.
    small: &'static str,
    /// The file in `traces`.
    trace: &'static str,
}

impl Example {
    fn path(self, name: &str) -> PathBuf {
        root().join("example-actors").join(self.folder).join(name)
    }

    fn app(self, manifest: &str) -> App {
        let app = App::load(&self.path(manifest)).unwrap();
        for actor in app.actors() {
            component(actor.component.path.file_name().unwrap().to_str().unwrap());
        }
        app
    }

    fn explorer(self, manifest: &str, test: &str) -> Explorer {
        Explorer::new(self.app(manifest)).test(test).cache(cache()).minimise_time(LONG)
    }

    /// Explores with seeds 0 to 9, and compares: in which iteration the bug came, how long its trace was and how long
    /// the shorter one, by seeds. With seed 0 it is told as in the README.
    #[track_caller]
    fn finds(self, expected: Expect) {
        let mut found = String::new();
        let readme = fs::read_to_string(self.path("README.md")).unwrap();
        for seed in 0..10 {
            let report = self.explorer(self.buggy, self.test).seed(seed).run().unwrap();
            assert_eq!(report.verdict, Verdict::Bug, "{report}");
            let [bug] = &report.bugs[..] else { panic!("{report}") };
            let (message, _) = bug.message.split_once(", at ").unwrap();
            let line = format!(
                "iteration {}, {} steps, {} minimised: {}: {message}",
                bug.iteration, bug.steps, bug.minimised_steps, bug.kind,
            );
            found += &format!("{seed}: {line}\n");
            if seed == 0 {
                let told = bug.to_string();
                let depends_on_build = |line: &&str| {
                    !["    at ", "  replay: "].iter().any(|start| line.starts_with(start))
                };
                for line in told.lines().filter(depends_on_build) {
                    assert!(readme.lines().any(|known| known == line), "not in README: {line}");
                }
            }
        }
        expected.assert_eq(&found);
    }

    /// Without the bug, some executions in the order in which the default strategy has them.
    fn has_no_bug(self) {
        let iterations = std::num::NonZeroU64::new(300).unwrap();
        let report = self.explorer(self.fixed, self.test).iterations(iterations).run().unwrap();
        report.assert_no_bug();
        assert_eq!((report.verdict, report.iterations), (Verdict::Sampled, 300), "{report}");
    }

    /// Without the bug, all executions of a small app: so many.
    #[track_caller]
    fn is_exhausted(self, expected: u64) {
        let explorer = self.explorer(self.fixed, self.small).strategy("dfs").unwrap();
        let report = explorer.run().unwrap();
        report.assert_no_bug();
        assert_eq!((report.verdict, report.iterations), (Verdict::Exhausted, expected), "{report}");
    }

    /// No step can be left out of the saved trace so that the bug still comes.
    #[track_caller]
    fn has_no_step_too_many(self, kind: &str, steps: usize) {
        for step in 1..=u32::try_from(steps).unwrap() {
            let replay = self.replaying(self.buggy).without(NonZeroU32::new(step).unwrap());
            let report = replay.run().unwrap();
            let found = report.bug.as_ref().map(|(kind, _)| kind.as_str());
            assert_ne!(found, Some(kind), "without step {step}: {report}");
        }
    }

    /// Repeats the saved trace. Compilers and folders make other components of the same sources, so it is repeated
    /// whatever they are; that it is the same execution is said by the report.
    fn replaying(self, manifest: &str) -> Replay {
        let trace = self.path("traces").join(self.trace);
        let replay = Replay::new(self.app(manifest), trace.to_str().unwrap()).unwrap();
        replay.cache(cache()).go_on()
    }

    fn replay(self, manifest: &str) -> ReplayReport {
        self.replaying(manifest).run().unwrap()
    }

    /// Repeats the saved trace with the bug, which comes after so many steps, and without.
    #[track_caller]
    fn repeats(self, expected: Expect) {
        let report = self.replay(self.buggy);
        assert_eq!(report.left_at, None, "{report}");
        let (kind, text) = report.bug.unwrap();
        let (text, _) = text.split_once(", at ").unwrap();
        expected.assert_eq(&format!("after {} steps: {kind}: {text}", report.lines.len()));
        self.has_no_step_too_many(&kind, report.lines.len());
        let report = self.replay(self.fixed);
        assert_eq!((&report.bug, report.ending), (&None, "quiescent"), "{report}");
    }
}
