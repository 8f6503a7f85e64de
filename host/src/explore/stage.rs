//! An app with its components, ready to be explored.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use coyote_kernel::{
    ActorId, Alone, Atlas, Bounds, Definition, Delivery, Exchange, Execution, Fault, IdKey, Kernel,
    Kind, MonitorDefinition, Parcel, Rules, World,
};
use twox_hash::XxHash3_64;

use super::begun::Begun;
use super::turns::{Code, Part, Turns};
use crate::app::{
    ActorKind, App, Creation, Environment, Grants, KindIndex, Test, TestFault, suggest,
};
use crate::observe::Observer;
use crate::run::{BuildError, Loaded, Purpose};
use crate::sandbox::Shared;
use crate::snapshot::{Header, Outside, Snapshot, SnapshotError, changed, digest_text};

/// An app with its components.
pub(super) struct Stage {
    pub(super) app: Arc<App>,
    pub(super) code: Arc<Code>,
    definitions: Arc<[Definition]>,
    monitors: Vec<MonitorDefinition>,
    /// Where executions begin, if not at the start of the app.
    begun: Option<Arc<Begun>>,
    seed: u64,
    /// One turn in so many that are looked up is run all the same; 0: none.
    pub(super) compare_every: u64,
    /// How much of one worker's memory known turns may take, in bytes.
    pub(super) known_bytes_max: usize,
}

/// Whether all events that faults are to hit are taken by somebody. An actor may take whatever there is.
fn check_fault_events(loaded: &Loaded) -> Result<(), BuildError> {
    let taken = loaded.definitions.iter().flat_map(|definition| definition.table.kinds());
    let taken: BTreeSet<Kind> = taken.collect();
    if taken.contains(&Kind::ANY) {
        return Ok(());
    }
    let known: Vec<_> = taken.iter().map(|&kind| loaded.kinds.name(kind)).collect();
    for test in loaded.app.tests() {
        let events = test.faults.iter().flat_map(|fault| &fault.events);
        for event in events {
            if !known.contains(event) {
                let (test, event) = (test.name.clone(), event.clone());
                let help = suggest(&event, &known, "taken");
                return Err(BuildError::FaultEvent { test, event, help });
            }
        }
    }
    Ok(())
}

impl Stage {
    /// Loads an app. All ids derive from the seed; from that of the snapshot, if executions begin at one.
    pub(super) fn new(
        app: App,
        seed: u64,
        cache: Option<PathBuf>,
        observer: Arc<dyn Observer>,
        snapshot: Option<&Snapshot>,
    ) -> Result<Self, BuildError> {
        let loaded = Loaded::new(app, cache, Purpose::Explore)?;
        check_fault_events(&loaded)?;
        let header = loaded.header();
        let opened = snapshot.map(|snapshot| Ok((snapshot.open(&header)?, snapshot.number())));
        let opened = opened.transpose().map_err(BuildError::Snapshot)?;
        let seed = opened.as_ref().map_or(seed, |(opened, _)| opened.head.seed);
        let Loaded { app, sandbox: _, kinds, definitions, components, monitors } = loaded;
        let shared = Shared { app: app.clone(), kinds, key: IdKey::from_seed(seed), observer };
        let actors = app.actors().iter().cloned().map(Arc::new);
        let actors = components.into_iter().zip(actors).zip(&definitions);
        let mut parts: Vec<_> = actors
            .map(|((component, kind), definition)| Part {
                component,
                kind,
                table: definition.table.clone(),
            })
            .collect();
        let (components, monitors): (Vec<_>, Vec<_>) = monitors.into_iter().unzip();
        let watching = app.monitors().iter().map(|monitor| Arc::new(monitor.as_actor()));
        let watching = components.into_iter().zip(watching).zip(&monitors);
        parts.extend(watching.map(|((component, kind), definition): (_, &MonitorDefinition)| {
            Part { component, kind, table: definition.table.clone() }
        }));
        let code = Arc::new(Code { shared: Arc::new(shared), parts, actors: definitions.len() });
        let begun = opened.map(|(opened, digest)| {
            Begun::new(opened, digest, &code, &definitions, &monitors).map(Arc::new)
        });
        Ok(Self {
            app,
            code,
            definitions: definitions.into(),
            monitors,
            begun: begun.transpose().map_err(BuildError::Snapshot)?,
            seed,
            compare_every: 0,
            known_bytes_max: usize::MAX,
        })
    }

    /// The snapshot at which executions begin, if they do not begin at the start of the app.
    pub(super) fn snapshot(&self) -> Option<u128> {
        self.begun.as_ref().map(|begun| begun.digest)
    }

    /// Takes the monitors out of a test that did not watch when the snapshot was taken: they have missed what happened
    /// before. Their names.
    pub(super) fn fit(&self, test: &mut Test) -> Vec<String> {
        let Some(begun) = &self.begun else { return Vec::new() };
        let absent = test.monitors.extract_if(.., |monitor| !begun.watches(monitor.index()));
        absent.map(|monitor| self.app.monitors()[monitor.index()].name.clone()).collect()
    }

    /// The app as a test starts it, or as it was when the snapshot was taken.
    pub(super) fn world(&self, test: &Test, delivery: Delivery) -> World {
        let faults = test.faults.iter().map(|fault| self.fault(fault)).collect();
        let rules = Rules { delivery, timers: test.timers, faults };
        let monitors = test.monitors.iter().map(|monitor| self.monitors[monitor.index()].clone());
        let monitors = monitors.collect();
        if let Some(begun) = &self.begun {
            let live_max = self.app.limits().actors_max.get() as usize;
            let mut exchange =
                Alone::of(&begun.saved, live_max).expect("the number of actors was checked");
            let (definitions, saved) = (self.definitions.clone(), begun.saved.clone());
            let kernel = Kernel::exploring_from(definitions, rules, saved, &mut exchange);
            let states = test.monitors.iter().map(|monitor| begun.monitor_state(monitor.index()));
            return World { kernel, exchange, monitors, states: Some(states.collect()) };
        }
        let mut kernel = Kernel::exploring(self.definitions.clone(), rules);
        let mut exchange = Alone::new(self.app.limits().actors_max.get() as usize);
        let mut environment = Environment::default();
        for creation in environment.start(&self.code.shared.key, &test.starts) {
            let Creation { id, kind, label, ordinal, init } = creation;
            let bound = exchange.bind(id, ActorId::ENVIRONMENT, ordinal);
            bound.expect("a manifest starts each actor once, and has room for all");
            let definition = kind.number();
            let parcel = Parcel::Create { id, definition, label, init, group: None };
            kernel.receive(parcel, &mut exchange);
        }
        World { kernel, exchange, monitors, states: None }
    }

    /// What a snapshot says of an execution of a test beside what is in the kernel: the seed of ids, and what the
    /// environment has created.
    pub(super) fn outside(&self, test: &Test) -> (u64, Outside) {
        let outside = match &self.begun {
            Some(begun) => begun.environment.clone(),
            None => {
                let mut environment = Environment::default();
                let _ = environment.start(&self.code.shared.key, &test.starts);
                Outside::of(&environment)
            }
        };
        (self.seed, outside)
    }

    /// Of which app and components a snapshot is.
    pub(super) fn header(&self) -> Header {
        Header { app: self.app.name().to_owned(), components: self.digests() }
    }

    /// Why the instances of the actors and monitors cannot be captured that have more state than their memory.
    pub(super) fn not_capturable(&self, parts: impl IntoIterator<Item = usize>) -> SnapshotError {
        let reason = |part: usize| {
            let Part { component, kind, .. } = &self.code.parts[part];
            let reason = component.why_no_image().unwrap_or("it has no image");
            format!("`{}`: {reason}", kind.name)
        };
        SnapshotError::NotCapturable { reasons: parts.into_iter().map(reason).collect() }
    }

    /// Executions of a test.
    pub(super) fn execution(&self, test: &Test, delivery: Delivery) -> Execution<Turns> {
        self.execution_with(test, delivery, |turns| turns)
    }

    /// Executions of a test in which every turn is run, so that log lines come out.
    pub(super) fn forgetful(&self, test: &Test, delivery: Delivery) -> Execution<Turns> {
        self.execution_with(test, delivery, Turns::forgetful)
    }

    fn execution_with(
        &self,
        test: &Test,
        delivery: Delivery,
        set: impl FnOnce(Turns) -> Turns,
    ) -> Execution<Turns> {
        let watching = test.monitors.iter().map(|monitor| self.code.actors + monitor.index());
        let turns = Turns::new(
            self.code.clone(),
            watching.collect(),
            self.known_bytes_max,
            self.compare_every,
        );
        let turns = match &self.begun {
            Some(begun) => turns.begin_at(begun.clone()),
            None => turns,
        };
        let bounds =
            Bounds { steps_max: test.steps_max.get(), temperature_max: test.temperature_max };
        Execution::new(self.world(test, delivery), set(turns), bounds)
    }

    /// What a worker may learn of steps, in an eighth of the memory for known turns, where a turn depends on nothing that is
    /// not in images.
    pub(super) fn atlas(&self) -> Option<Atlas> {
        let is_pure = self.is_closed() && self.without_images().is_empty();
        is_pure.then(|| Atlas::new(self.known_bytes_max / 8, self.compare_every))
    }

    /// What the kernel knows of the kinds of actors.
    pub(super) fn definitions(&self) -> Arc<[Definition]> {
        self.definitions.clone()
    }

    /// The names of the monitors that watch a test.
    pub(super) fn monitor_names(&self, test: &Test) -> Vec<String> {
        let monitors = self.app.monitors();
        test.monitors.iter().map(|monitor| monitors[monitor.index()].name.clone()).collect()
    }

    /// Whose state is more than their memory.
    pub(super) fn without_images(&self) -> Vec<String> {
        let parts = self.code.parts.iter().filter(|part| !part.component.has_image());
        parts.map(|part| format!("`{}`", part.kind.name)).collect()
    }

    /// All components by their names in the manifest, with the digests of their files.
    pub(super) fn digests(&self) -> Vec<(String, u128)> {
        let parts = self.code.parts.iter();
        parts.map(|part| (part.kind.name.clone(), part.component.info.digest)).collect()
    }

    /// Whose components differ from these.
    pub(super) fn changed(&self, components: &[(String, u128)]) -> Vec<String> {
        changed(&self.digests(), components)
    }

    /// A digest of all that the manifest says about a test and executions depend on, without what a trace says itself.
    pub(super) fn manifest_digest(&self, test: &Test) -> u64 {
        let Test { name, starts, monitors, timers, fail_at_bound, faults, .. } = test;
        let limits = self.app.limits();
        let mut text = format!(
            "{name} {starts:?} {monitors:?} {timers:?} {fail_at_bound} {faults:?} {limits:?}"
        );
        for Part { kind, .. } in &self.code.parts {
            let ActorKind { name, component: _, limits, sandbox, supervision, supervised, grants } =
                &**kind;
            let Grants { create, lookup, clocks, stdout, directories, environment } = grants;
            let places: Vec<_> =
                directories.iter().map(|known| (&known.guest, known.access)).collect();
            text += &format!(
                "\n{name} {limits:?} {sandbox:?} {supervision:?} {supervised} {create:?} {lookup:?} \
                 {clocks} {stdout} {places:?} {environment:?}"
            );
        }
        XxHash3_64::oneshot(text.as_bytes())
    }

    /// 32 bits that tell apps and tests apart, for tokens.
    pub(super) fn fingerprint(&self, test: &Test) -> u32 {
        let (manifest, digests) = (self.manifest_digest(test), self.digests());
        let mut text = format!("{} {manifest} {digests:?}", self.app.name());
        if let Some(digest) = self.snapshot() {
            text += &digest_text(digest);
        }
        let hash = XxHash3_64::oneshot(text.as_bytes());
        u32::try_from(hash >> 32).expect("half of 64 bits")
    }

    /// Whether equal choices lead to equal executions whatever happens outside: nobody sees a folder.
    pub(super) fn is_closed(&self) -> bool {
        self.code.parts.iter().all(|part| part.kind.grants.directories.is_empty())
    }

    fn fault(&self, fault: &TestFault) -> Fault {
        let TestFault { kind, budget, actors, others, events } = fault;
        let numbers =
            |kinds: &BTreeSet<KindIndex>| kinds.iter().map(|kind| kind.number()).collect();
        let kinds = &self.code.shared.kinds;
        Fault {
            kind: *kind,
            budget: budget.get(),
            actors: numbers(actors),
            others: numbers(others),
            kinds: events.iter().filter_map(|name| kinds.intern_sendable(name)).collect(),
        }
    }
}
