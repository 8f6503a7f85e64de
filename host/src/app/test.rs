//! Tests: what exploration looks at.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroU64};
use std::ops::Range;
use std::sync::Arc;

use coyote_kernel::{Delivery, FaultKind, TimerMode};
use toml::de::DeTable;

use super::error::{ProblemKind, Problems};
use super::manifest::{
    At, CrashState, FaultName, FaultTable, Manifest, NameText, Names, TestTable,
};
use super::resolve::Kinds;
use super::start::{self, Entry};
use super::{AppLimits, KindIndex, MonitorIndex, Start, defaults, values};

/// The name of the test of an app that declares none.
const DEFAULT: &str = "default";

/// A test: what one `[[test]]` says, with what it takes from the app.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// By which `explore --test` picks it.
    pub name: String,
    /// The actors to be created at the start, in this order: those of the app or the test's own, then
    /// its drivers. Not more than [`AppLimits::actors_max`] together.
    pub starts: Arc<[Start]>,
    /// The monitors that watch.
    pub monitors: BTreeSet<MonitorIndex>,
    /// In which orders messages may arrive.
    pub delivery: Delivery,
    /// Which armed timers may fire.
    pub timers: TimerMode,
    /// How many executions are explored.
    pub iterations: NonZeroU64,
    /// Most counted steps of one execution (T7).
    pub steps_max: NonZeroU32,
    /// For how many counted steps in a row a monitor may be hot, under a strategy that is fair (L2);
    /// 0: for ever. Not more than [`Self::steps_max`].
    pub temperature_max: u32,
    /// Whether an execution that is cut at [`Self::steps_max`] is a bug (E4).
    pub fail_at_bound: bool,
    /// What may go wrong, in the order of the manifest.
    pub faults: Vec<TestFault>,
}

/// Something that may go wrong in a test (S3): what one `[[test.fault]]` says. The kernel's
/// [`Fault`](coyote_kernel::Fault) with names instead of numbers, which only components give to kinds
/// of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFault {
    /// What happens. A crash after which the actor goes on from its last turn is a
    /// [`FaultKind::Reboot`].
    pub kind: FaultKind,
    /// How often it may happen in one execution.
    pub budget: NonZeroU32,
    /// The kinds of actors that it may hit: who crashes, for whom a message was, whose timer it is.
    /// Empty: all. For a partition, one of its sides, never empty.
    pub actors: BTreeSet<KindIndex>,
    /// For a partition: the other side, never empty, and none of the first. Else empty.
    pub others: BTreeSet<KindIndex>,
    /// The kinds of events that it may hit, by name. Empty: all.
    pub events: BTreeSet<String>,
}

/// What the tests of an app have to do with.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) manifest: &'a Manifest,
    /// The start entries of the app.
    pub(super) entries: Vec<Entry<'a>>,
    /// What they start; none if something is wrong with them, which has been reported.
    pub(super) starts: Option<Arc<[Start]>>,
    /// The names of the monitors, sorted.
    pub(super) monitors: Arc<[String]>,
    pub(super) kinds: &'a Kinds,
    pub(super) limits: AppLimits,
}

impl Given<'_> {
    /// The tests, if they are all right.
    pub(super) fn tests(
        &self,
        document: &DeTable<'_>,
        problems: &mut Problems,
    ) -> Option<Vec<Test>> {
        let tables = &self.manifest.test;
        if tables.is_empty() {
            return Some(vec![self.default_test()?]);
        }
        let mut names = BTreeSet::new();
        for TestTable { name, .. } in tables {
            problems.take(name.span(), values::name(name));
            if !names.insert(&**name) {
                problems.add(ProblemKind::TestTwice { name: name.to_string() }, name.span());
            }
        }
        let array = document.get("test").and_then(|array| array.get_ref().as_array());
        let written = array.into_iter().flatten().filter_map(|test| test.get_ref().as_table());
        let test = |(index, (table, written)): (usize, (&TestTable, &DeTable<'_>))| {
            self.test(&format!("test[{}]", index + 1), table, written, problems)
        };
        let tests: Vec<_> = tables.iter().zip(written).enumerate().map(test).collect();
        tests.into_iter().collect()
    }

    /// What is explored of an app that does not say it.
    fn default_test(&self) -> Option<Test> {
        Some(Test {
            name: DEFAULT.to_owned(),
            starts: self.starts.clone()?,
            monitors: self.all_monitors(),
            delivery: self.manifest.delivery,
            timers: self.manifest.timers,
            iterations: defaults::ITERATIONS,
            steps_max: defaults::STEPS_MAX,
            temperature_max: half(defaults::STEPS_MAX),
            fail_at_bound: false,
            faults: Vec::new(),
        })
    }

    fn test(
        &self,
        key: &str,
        table: &TestTable,
        written: &DeTable<'_>,
        problems: &mut Problems,
    ) -> Option<Test> {
        let starts = self.starts(key, table, written, problems);
        let monitors = self.watching(table.monitors.as_deref(), problems);
        let temperature = problems.take(
            table.temperature.as_ref().map_or(0..0, At::span),
            temperature(key, table.temperature.as_deref().copied(), table.steps),
        );
        let fault = |(index, fault): (usize, &FaultTable)| {
            self.fault(&format!("{key}.fault[{}]", index + 1), fault, problems)
        };
        let faults: Vec<_> = table.fault.iter().enumerate().map(fault).collect();
        Some(Test {
            name: table.name.to_string(),
            starts: starts?,
            monitors: monitors?,
            delivery: table.delivery.unwrap_or(self.manifest.delivery),
            timers: table.timers.unwrap_or(self.manifest.timers),
            iterations: table.iterations,
            steps_max: table.steps,
            temperature_max: temperature?,
            fail_at_bound: table.fail_at_bound,
            faults: faults.into_iter().collect::<Option<_>>()?,
        })
    }

    fn starts(
        &self,
        key: &str,
        table: &TestTable,
        written: &DeTable<'_>,
        problems: &mut Problems,
    ) -> Option<Arc<[Start]>> {
        let own = table.start.as_deref();
        let (mut entries, inherited) = match own {
            Some(own) => (start::entries(&format!("{key}.start"), "start", written, own), 0),
            None => (self.entries.clone(), self.entries.len()),
        };
        entries.extend(start::entries(&format!("{key}.driver"), "driver", written, &table.driver));
        if entries.is_empty() {
            let test = table.name.to_string();
            problems.add(ProblemKind::NobodyStarted { test }, table.name.span());
            return None;
        }
        if entries.len() == inherited {
            return self.starts.clone();
        }
        let new = start::starts(&entries, inherited, self.kinds, self.limits, problems);
        let before = if own.is_some() { Some(&[][..]) } else { self.starts.as_deref() };
        Some(before?.iter().cloned().chain(new?).collect())
    }

    fn all_monitors(&self) -> BTreeSet<MonitorIndex> {
        (0..self.monitors.len()).map(MonitorIndex::new).collect()
    }

    fn watching(
        &self,
        names: Option<&[At<NameText>]>,
        problems: &mut Problems,
    ) -> Option<BTreeSet<MonitorIndex>> {
        let Some(names) = names else { return Some(self.all_monitors()) };
        let find = |name: &At<NameText>| {
            let found = self.monitors.binary_search_by(|known| known.as_str().cmp(name));
            let found = found.map(MonitorIndex::new).map_err(|_| ProblemKind::UnknownMonitor {
                name: name.to_string(),
                known: Arc::clone(&self.monitors),
            });
            problems.take(name.span(), found)
        };
        let found: Vec<_> = names.iter().map(find).collect();
        found.into_iter().collect()
    }

    fn fault(&self, key: &str, table: &FaultTable, problems: &mut Problems) -> Option<TestFault> {
        let name = *table.kind;
        for (unused, span) in unused(table) {
            let (key, kind) = (format!("{key}.{unused}"), name.kind(false).name());
            problems.add(ProblemKind::NotForFault { key, kind }, span);
        }
        let events = events(&format!("{key}.events"), table.events.as_ref(), problems);
        let [actors, others] = match (&table.between, &table.actors) {
            (Some(between), _) if name == FaultName::Partition => {
                self.sides(&format!("{key}.between"), between, problems)?
            }
            (_, _) if name == FaultName::Partition => {
                let key = format!("{key}.between");
                problems.add(ProblemKind::MissingKey { key }, table.kind.span());
                return None;
            }
            (_, Some(actors)) => {
                [self.group(&format!("{key}.actors"), actors, problems)?, BTreeSet::new()]
            }
            (_, None) => Default::default(),
        };
        let keeps_state = table.state.as_deref() == Some(&CrashState::Kept);
        let kind = name.kind(keeps_state);
        Some(TestFault { kind, budget: table.budget, actors, others, events: events? })
    }

    /// The two sides of a partition.
    fn sides(
        &self,
        key: &str,
        sides: &At<Vec<Names>>,
        problems: &mut Problems,
    ) -> Option<[BTreeSet<KindIndex>; 2]> {
        let [left, right] = sides.as_slice() else {
            let (key, found) = (key.to_owned(), sides.len());
            problems.add(ProblemKind::NotTwoSides { key, found }, sides.span());
            return None;
        };
        let groups = [(1, left), (2, right)]
            .map(|(side, names)| self.group(&format!("{key}[{side}]"), names, problems));
        for name in right.iter().filter(|name| left.iter().any(|other| ***other == ****name)) {
            let (key, name_text) = (key.to_owned(), name.to_string());
            problems.add(ProblemKind::OnBothSides { key, name: name_text }, name.span());
        }
        let [left, right] = groups;
        Some([left?, right?])
    }

    /// Kinds of actors, at least one.
    fn group(
        &self,
        key: &str,
        names: &Names,
        problems: &mut Problems,
    ) -> Option<BTreeSet<KindIndex>> {
        if names.is_empty() {
            problems.add(ProblemKind::Empty { key: key.to_owned() }, names.span());
        }
        let find = |name: &At<NameText>| problems.take(name.span(), self.kinds.find(name));
        let found: Vec<_> = names.iter().map(find).collect();
        found.into_iter().collect()
    }
}

/// The keys that mean nothing for a fault of this kind, and where they stand.
fn unused(table: &FaultTable) -> impl Iterator<Item = (&'static str, Range<usize>)> {
    use FaultName::{Crash, Kill, Partition};
    let FaultTable { kind, budget: _, actors, events, state, between } = table;
    let is = |kinds: &[FaultName]| kinds.contains(kind);
    let keys = [
        ("actors", actors.as_ref().map(At::span).filter(|_| is(&[Partition]))),
        ("events", events.as_ref().map(At::span).filter(|_| is(&[Crash, Kill, Partition]))),
        ("state", state.as_ref().map(At::span).filter(|_| !is(&[Crash]))),
        ("between", between.as_ref().map(At::span).filter(|_| !is(&[Partition]))),
    ];
    keys.into_iter().filter_map(|(key, span)| Some((key, span?)))
}

/// Kinds of events; at least one, if the key is there.
fn events(
    key: &str,
    names: Option<&At<Vec<At<String>>>>,
    problems: &mut Problems,
) -> Option<BTreeSet<String>> {
    let Some(names) = names else { return Some(BTreeSet::new()) };
    if names.is_empty() {
        problems.add(ProblemKind::Empty { key: key.to_owned() }, names.span());
    }
    let read = |name: &At<String>| {
        problems.take(name.span(), values::event(name))?;
        Some(name.to_string())
    };
    let read: Vec<_> = names.iter().map(read).collect();
    read.into_iter().collect()
}

fn temperature(key: &str, asked: Option<u32>, steps: NonZeroU32) -> Result<u32, ProblemKind> {
    match asked {
        None => Ok(half(steps)),
        Some(found) if found > steps.get() => Err(ProblemKind::TemperatureOverSteps {
            key: format!("{key}.temperature"),
            found,
            steps: steps.get(),
        }),
        Some(asked) => Ok(asked),
    }
}

/// How long a monitor may be hot if nobody says it (L2). Never 0, which would be for ever.
fn half(steps: NonZeroU32) -> u32 {
    steps.get().div_ceil(2)
}
