//! The ways in which a scenario is run.

use std::collections::BTreeSet;
use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use coyote_host::{App, Delivery, ExploreReport, Explorer, FoundBug, Replay, TestReport, Verdict};

use crate::explore::without_ids;
use crate::world::{World, app, cache, component, refusal};

/// The models that keep the order of a channel.
const ORDERED: [Delivery; 3] = [Delivery::Mailbox, Delivery::Causal, Delivery::Pairwise];

/// The models that do not tell single sends apart, of which there are too many in some apps.
pub(super) const MOST: [Delivery; 3] = [Delivery::Causal, Delivery::Pairwise, Delivery::Unordered];

/// More executions than any scenario has.
const MANY: NonZeroU64 = NonZeroU64::new(50_000).unwrap();

/// Within so many executions the default strategy finds a violation, if there is one.
const SAMPLES: NonZeroU64 = NonZeroU64::new(60).unwrap();

/// An app of components of the package `conformance`, whose names are also those of their kinds.
#[derive(Clone, Default)]
pub(super) struct Case {
    top: &'static str,
    test: &'static str,
    kinds: Vec<&'static str>,
    monitors: Vec<(&'static str, &'static str)>,
    /// Kind, name and initial payload.
    starts: Vec<(&'static str, &'static str, String)>,
    supervision: &'static str,
}

/// An app with one actor, `m`.
pub(super) fn case(kind: &'static str) -> Case {
    Case::default().start(kind, "m", "")
}

/// The same with an initial payload.
pub(super) fn case_with(kind: &'static str, initial: &str) -> Case {
    Case::default().start(kind, "m", initial)
}

/// An app of these actors: kind, name, and initial payload.
pub(super) fn case_of(starts: &[(&'static str, &'static str, &str)]) -> Case {
    starts
        .iter()
        .fold(Case::default(), |case, (kind, name, initial)| case.start(kind, name, initial))
}

impl Case {
    fn start(mut self, kind: &'static str, name: &'static str, initial: &str) -> Self {
        self.starts.push((kind, name, initial.to_owned()));
        self.creates(kind)
    }

    /// Actors may create actors of this kind, too.
    pub(super) fn creates(mut self, kind: &'static str) -> Self {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        self
    }

    /// The environment sends these to `m`.
    pub(super) fn env(self, kinds: &[&str]) -> Self {
        self.start("env", "env", &format!("{{ to = '@m', send = {kinds:?} }}"))
    }

    /// A monitor of the name of its component.
    pub(super) fn monitor(self, name: &'static str) -> Self {
        self.monitor_as(name, name)
    }

    pub(super) fn monitor_as(mut self, name: &'static str, component: &'static str) -> Self {
        self.monitors.push((name, component));
        self
    }

    /// It is not done before it has come to its end.
    pub(super) fn ends(self) -> Self {
        self.monitor("done")
    }

    /// All actors are supervised so.
    pub(super) fn supervised(self, supervision: &'static str) -> Self {
        Self { supervision, ..self }
    }

    /// What stands above all tables.
    pub(super) fn top(self, top: &'static str) -> Self {
        Self { top, ..self }
    }

    /// What is said of the test.
    pub(super) fn test(self, test: &'static str) -> Self {
        Self { test, ..self }
    }

    /// The manifest: one test for each model, by its name.
    fn text(&self) -> String {
        let Self { top, test, supervision, kinds, .. } = self;
        let path = |name: &str| component(&format!("examples/{name}.wasm")).display().to_string();
        let mut text = format!("name = 'app'\n{top}\n");
        for kind in kinds {
            text += &format!("[actor.{kind}]\ncomponent = '{}'\n", path(kind));
            text += &format!("grants.create = {kinds:?}\n{supervision}\n");
        }
        for (name, component) in &self.monitors {
            text += &format!("[monitor.{name}]\ncomponent = '{}'\n", path(component));
        }
        for (kind, name, initial) in &self.starts {
            text += &format!("[[start]]\nactor = '{kind}'\nname = '{name}'\n");
            if !initial.is_empty() {
                text += &format!("initial = {initial}\n");
            }
        }
        for delivery in Delivery::ALL.map(Delivery::name) {
            text += &format!("[[test]]\nname = '{delivery}'\ndelivery = '{delivery}'\n{test}\n");
        }
        text
    }

    fn app(&self) -> App {
        app(&self.text())
    }

    #[track_caller]
    fn explore(
        &self,
        models: &[Delivery],
        set: impl FnOnce(Explorer) -> Explorer,
    ) -> ExploreReport {
        let explorer = Explorer::new(self.app()).cache(cache()).workers(NonZeroUsize::MIN);
        let explorer = explorer.keep_going().seed(1).minimise_time(Duration::ZERO);
        let explorer =
            models.iter().fold(explorer, |explorer, delivery| explorer.test(delivery.name()));
        set(explorer).run().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Every execution.
    #[track_caller]
    fn exhaust(&self, models: &[Delivery]) -> ExploreReport {
        let every = |explorer: Explorer| explorer.strategy("dfs").unwrap().iterations(MANY);
        let report = self.explore(models, every);
        for test in &report.tests {
            assert!(test.iterations < MANY.get() && test.cut == 0, "{report}");
        }
        report
    }

    /// Whatever the model.
    #[track_caller]
    pub(super) fn always(self, expected: &[&str]) -> Self {
        self.under(&Delivery::ALL, expected)
    }

    /// Under every model that keeps the order of a channel.
    #[track_caller]
    pub(super) fn ordered(self, expected: &[&str]) -> Self {
        self.under(&ORDERED, expected)
    }

    #[track_caller]
    pub(super) fn unordered(self, expected: &[&str]) -> Self {
        self.under(&[Delivery::Unordered], expected)
    }

    /// Under each of these models exactly this is observed, over all executions; under `causal` each violation is
    /// repeated by its trace, and the default strategy finds one if there is any.
    #[track_caller]
    pub(super) fn under(self, models: &[Delivery], expected: &[&str]) -> Self {
        let report = self.exhaust(models);
        let observed: Vec<_> = report.tests.iter().map(|test| observed(&report, test)).collect();
        for other in &observed {
            assert_eq!(&observed[0], other, "under one of {models:?}");
        }
        if models.contains(&Delivery::Causal) {
            self.check_repeats(&report);
            self.sample(&observed[0]);
        }
        assert_eq!(observed[0], set(expected));
        self
    }

    #[track_caller]
    fn check_repeats(&self, report: &ExploreReport) {
        let causal = report.bugs.iter().filter(|bug| bug.test == Delivery::Causal.name());
        for bug in causal {
            let replay = Replay::new(self.app(), &bug.token).unwrap().cache(cache());
            let again = replay.run().unwrap_or_else(|error| panic!("{error}")).bug;
            let whom = bug.actor.as_ref().map_or(String::new(), |actor| format!("{actor}: "));
            assert_eq!(again, Some((bug.kind.clone(), whom + &bug.message)));
        }
    }

    #[track_caller]
    fn sample(&self, expected: &BTreeSet<String>) {
        let report = self.explore(&[Delivery::Causal], |explorer| explorer.iterations(SAMPLES));
        let seen = observed(&report, &report.tests[0]);
        assert!(seen.is_subset(expected), "{seen:?} is not in {expected:?}");
        let violates = expected.iter().any(|text| text != PASS);
        assert_eq!(report.verdict == Verdict::Bug, violates, "{report}");
    }

    /// All states: for what has no end.
    #[track_caller]
    pub(super) fn searched(self, expected: &[&str]) -> Self {
        let states = NonZeroUsize::new(1_000).unwrap();
        let report = self.explore(&[Delivery::Causal], |explorer| explorer.exhaustive(states));
        assert_eq!(observed(&report, &report.tests[0]), set(expected));
        self
    }

    /// Some executions under a strategy, and what was not checked in them.
    #[track_caller]
    pub(super) fn sampled(self, strategy: &str, expected: &[&str]) -> Self {
        let some = |explorer: Explorer| explorer.strategy(strategy).unwrap().iterations(SAMPLES);
        let report = self.explore(&[Delivery::Causal], some);
        let unchecked = report.unchecked.iter().map(|text| format!("not checked: {text}"));
        let told = observed(&report, &report.tests[0]).into_iter().chain(unchecked);
        assert_eq!(told.collect::<BTreeSet<_>>(), set(expected));
        self
    }

    /// How many executions there are.
    #[track_caller]
    pub(super) fn count(self, count: u64) -> Self {
        assert_eq!(self.exhaust(&[Delivery::Causal]).iterations, count);
        self
    }

    /// Why it is not loaded.
    pub(super) fn refusal(self) -> String {
        refusal(self.app())
    }

    /// Production: one worker, and all that its observer is told before the summary.
    #[track_caller]
    pub(super) fn runs(self, expected: &[&str]) {
        self.runs_with(|_| {}, expected);
    }

    /// The same with something done in the midst.
    #[track_caller]
    pub(super) fn runs_with(self, act: impl FnOnce(&World), expected: &[&str]) {
        let world = World::of(self.app());
        act(&world);
        let told = without_ids(&world.finish());
        let (lines, _summary) = told.trim_end().rsplit_once('\n').unwrap_or(("", &told));
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    }
}

/// An execution without a violation.
const PASS: &str = "pass";

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// All that came up in a test, a line each.
fn observed(report: &ExploreReport, test: &TestReport) -> BTreeSet<String> {
    let bugs = || report.bugs.iter().filter(|bug| bug.test == test.test);
    let mut observed: BTreeSet<_> = bugs().map(told).collect();
    if bugs().map(|bug| bug.times).sum::<u64>() < test.iterations {
        observed.insert(PASS.to_owned());
    }
    observed
}

fn told(bug: &FoundBug) -> String {
    let FoundBug { kind, actor, event, state, message, .. } = bug;
    let parts = [("", actor), (" on ", event), (" in ", state)];
    let parts = parts.iter().filter_map(|(word, name)| Some(format!("{word}{}", name.as_ref()?)));
    let whom: String = parts.collect();
    let colon = if whom.is_empty() { "" } else { ": " };
    without_ids(&format!("{kind}: {whom}{colon}{}", without_place(message)))
}

/// The message without the line of the guest's source.
fn without_place(message: &str) -> String {
    let Some((text, place)) = message.split_once(", at host/tests/") else {
        return message.to_owned();
    };
    let rest = place.split_once(' ').map_or(String::new(), |(_, rest)| format!(" {rest}"));
    text.to_owned() + &rest
}
