//! The example apps: exploration finds in them what their READMEs tell, their saved traces still lead there, and without
//! the bugs there is nothing to be found.

mod account_manager;
mod bench;
mod bounded_async;
mod bounded_buffer;
mod chain_replication;
mod chord;
mod coffee_machine;
mod drinks_robot;
mod failure_detector;
mod german;
mod greeter;
mod hello_world;
mod paxos;
mod raft;
mod replicating_storage;
mod send_interleavings;
mod sort_ring;
mod two_phase_commit;

use std::env;
use std::fs;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use coyote_host::{App, ExploreReport, Explorer, Replay, ReplayReport, SearchMethod, Verdict};
use expect_test::Expect;

use crate::explore::value;
use crate::world::{cache, component, root};

/// More states than any small app here has.
const MANY: NonZeroUsize = NonZeroUsize::new(1_000_000).unwrap();

const THOUSAND: NonZeroU64 = NonZeroU64::new(1000).unwrap();

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
        self.finds_with(0..10, expected);
    }

    /// The same with these seeds, 0 among them.
    #[track_caller]
    fn finds_with(self, seeds: Range<u64>, expected: Expect) {
        let mut found = String::new();
        for seed in seeds {
            let report = self.explorer(self.buggy, self.test).seed(seed).run().unwrap();
            assert_eq!(report.verdict, Verdict::Bug, "{report}");
            let [bug] = &report.bugs[..] else { panic!("{report}") };
            let message = without_place(&bug.message);
            let line = format!(
                "iteration {}, {} steps, {} minimised: {}: {message}",
                bug.iteration, bug.steps, bug.minimised_steps, bug.kind,
            );
            found += &format!("{seed}: {line}\n");
            if seed == 0 {
                self.is_told_in_readme(&bug.to_string());
            }
        }
        expected.assert_eq(&found);
    }

    /// Explores its small test and compares with what comes out where each step is taken in the kernel: the same. In so many
    /// of a thousand executions at least nothing had to be.
    #[track_caller]
    fn is_the_same_walked(self, executions_min: u64) {
        let explore = |known_bytes_max| {
            let explorer = self.explorer(self.fixed, self.small).strategy("random").unwrap();
            let explorer = explorer.iterations(THOUSAND).known_bytes_max(known_bytes_max);
            explorer.workers(NonZeroUsize::MIN).keep_going().run().unwrap()
        };
        let (walked, executed) = (explore(1 << 30), explore(0));
        assert_eq!(value(&walked), value(&executed));
        let executions = |report: &ExploreReport| report.tests[0].walked.executions;
        assert_eq!(executions(&executed), 0);
        assert!(executions(&walked) >= executions_min, "{}", executions(&walked));
    }

    /// The first block of text in the README tells of the bug. It is written anew if `UPDATE_EXPECT` is set.
    fn is_told_in_readme(self, told: &str) {
        let depends_on_build =
            |line: &&str| ["    at ", "  replay: "].iter().any(|start| line.starts_with(start));
        let lines = told.lines().filter(|line| !depends_on_build(line));
        let told: String = lines.map(|line| line.to_owned() + "\n").collect();
        let readme = fs::read_to_string(self.path("README.md")).unwrap();
        let (before, rest) = readme.split_once("```text\n").unwrap();
        let (block, after) = rest.split_once("```\n").unwrap();
        if env::var_os("UPDATE_EXPECT").is_some() {
            let readme = format!("{before}```text\n{told}```\n{after}");
            fs::write(self.path("README.md"), readme).unwrap();
        } else {
            assert_eq!(block, told);
        }
    }

    /// Without the bug, some executions in the order in which the default strategy has them.
    fn has_no_bug(self) {
        let iterations = NonZeroU64::new(300).unwrap();
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

    /// Without the bug, all states of a small app: so many.
    #[track_caller]
    fn is_proved(self, expected: u64) {
        let explorer = self.explorer(self.fixed, self.small).exhaustive(MANY);
        let report = explorer.method(SearchMethod::Stateful).run().unwrap();
        report.assert_no_bug();
        let search = report.tests[0].search.as_ref().expect("there was a search");
        assert_eq!((report.verdict, search.states), (Verdict::Exhausted, expected), "{report}");
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

    /// Repeats the saved trace with the bug, which is of this sort, and without.
    #[track_caller]
    fn leads_to(self, kind: &str) {
        let report = self.replay(self.buggy);
        let found = report.bug.as_ref().map(|(kind, _)| kind.as_str());
        assert_eq!((found, report.left_at), (Some(kind), None), "{report}");
        let report = self.replay(self.fixed);
        assert_eq!(report.bug, None, "{report}");
    }

    /// Repeats the saved trace with the bug, which comes after so many steps, and without.
    #[track_caller]
    fn repeats(self, expected: Expect) {
        let report = self.replay(self.buggy);
        assert_eq!(report.left_at, None, "{report}");
        let (kind, text) = report.bug.unwrap();
        let text = without_place(&text);
        expected.assert_eq(&format!("after {} steps: {kind}: {text}", report.lines.len()));
        self.has_no_step_too_many(&kind, report.lines.len());
        let report = self.replay(self.fixed);
        assert_eq!((&report.bug, report.ending), (&None, "quiescent"), "{report}");
    }
}

/// A message, up to the first place in the sources that it tells of.
fn without_place(message: &str) -> &str {
    let text = message.split_once(" at example-actors/").map_or(message, |(text, _)| text);
    text.trim_end_matches(',')
}
