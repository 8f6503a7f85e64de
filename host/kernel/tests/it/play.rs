//! Toy apps under exploration: what a strategy makes of them, and how often.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use coyote_kernel::strategy::{Oracle, Strategy, derive_seed};
use coyote_kernel::{
    ActorId, Alone, Awaited, Begun, Bounds, Bug, Choice, Created, DeadLetter, DeadReason,
    Definition, Description, Effect, Ended, Ending, Event, Exchange, Execution, FailedTurn,
    Failure, Fault, FaultKind, FaultStep, Guests, Kernel, Kind, Label, Message, MonitorDefinition,
    Outbox, Output, Parcel, Place, Recovery, Role, Rules, Saved, SendOptions, ShardIndex, Slot,
    StateDescription, Step, Table, Temperature, Trace, Turn, Waiting, Work, World as Scene,
};

use crate::toy::{Blueprint, Handled, Memory, Species, init, parse_rule};

mod production;

/// A toy monitor.
#[derive(Clone)]
pub(crate) struct Watcher {
    description: Description,
    handler: Rc<dyn Fn(&mut Notice<'_>) -> Handled>,
}

/// What the handler of a toy monitor sees.
pub(crate) struct Notice<'a> {
    /// The kind of the event.
    pub(crate) on: String,
    pub(crate) memory: &'a mut Memory,
    state: Option<u32>,
}

impl Notice<'_> {
    pub(crate) fn goto(&mut self, state: u32) {
        self.state = Some(state);
    }
}

/// A monitor without states that matter.
pub(crate) fn watcher(
    name: &str,
    handler: impl Fn(&mut Notice<'_>) -> Handled + 'static,
) -> Watcher {
    let description =
        Description { role: Role::Monitor, name: name.to_owned(), ..Description::default() };
    Watcher { description, handler: Rc::new(handler) }
}

impl Watcher {
    pub(crate) fn state(mut self, name: &str, temperature: Temperature, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| parse_rule(rule, &mut self.description.kinds));
        let rules = rules.collect();
        self.description.states.push(StateDescription {
            name: name.to_owned(),
            temperature,
            rules,
        });
        self
    }
}

/// A toy app to be explored.
#[derive(Clone)]
pub(crate) struct Play {
    pub(crate) species: Vec<Species>,
    pub(crate) watchers: Vec<Watcher>,
    pub(crate) rules: Rules,
    pub(crate) bounds: Bounds,
    /// Whether a failed turn is an outcome and not a bug.
    pub(crate) supervised: bool,
    pub(crate) seed: u64,
    /// Whether what a failed turn told is told as well, marked by `!` (T2).
    logging: bool,
    /// Whose first turns are over when the exploration begins: those of all but these.
    late: Option<&'static [&'static str]>,
    faults: Vec<Hazard>,
    setup: Vec<Set>,
    kinds: &'static [&'static str],
}

/// A fault, by names.
#[derive(Clone)]
pub(crate) struct Hazard {
    kind: FaultKind,
    budget: u32,
    actors: &'static [&'static str],
    others: &'static [&'static str],
    kinds: &'static [&'static str],
}

impl Hazard {
    pub(crate) fn new(kind: FaultKind, budget: u32) -> Self {
        Self { kind, budget, actors: &[], others: &[], kinds: &[] }
    }

    pub(crate) fn actors(self, actors: &'static [&'static str]) -> Self {
        Self { actors, ..self }
    }

    pub(crate) fn others(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }

    pub(crate) fn kinds(self, kinds: &'static [&'static str]) -> Self {
        Self { kinds, ..self }
    }

    fn fault(&self, blueprint: &Blueprint) -> Fault {
        let definitions =
            |names: &[&str]| names.iter().map(|name| blueprint.definition(name)).collect();
        Fault {
            actors: definitions(self.actors),
            others: definitions(self.others),
            kinds: self.kinds.iter().map(|kind| blueprint.kind(kind)).collect(),
            ..Fault::new(self.kind, self.budget)
        }
    }
}

#[derive(Clone, Copy)]
enum Set {
    Create(&'static str, &'static str, &'static str),
    Reserve(&'static str, &'static str),
    Send(&'static str, &'static str, SendOptions),
}

impl Play {
    pub(crate) fn new(species: impl IntoIterator<Item = Species>) -> Self {
        Self {
            species: species.into_iter().collect(),
            watchers: Vec::new(),
            rules: Rules::default(),
            bounds: Bounds { steps_max: 1000, temperature_max: 0 },
            supervised: false,
            seed: 7,
            logging: false,
            late: None,
            faults: Vec::new(),
            setup: Vec::new(),
            kinds: &[],
        }
    }

    pub(crate) fn watcher(mut self, watcher: Watcher) -> Self {
        self.watchers.push(watcher);
        self
    }

    /// These kinds have the same numbers in all stagings; the others are numbered as they come up.
    pub(crate) fn kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }

    pub(crate) fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Something may go wrong, beside what the rules say.
    pub(crate) fn hazard(mut self, hazard: Hazard) -> Self {
        self.faults.push(hazard);
        self
    }

    /// The exploration begins once all first turns are over, as the puzzles want it.
    pub(crate) fn started(self) -> Self {
        self.started_but(&[])
    }

    /// The exploration begins once all first turns but those of these actors are over.
    pub(crate) fn started_but(mut self, late: &'static [&'static str]) -> Self {
        self.late = Some(late);
        self
    }

    /// The environment creates an actor before the first step.
    pub(crate) fn create(self, species: &'static str, name: &'static str) -> Self {
        self.create_with(species, name, "")
    }

    pub(crate) fn create_with(
        mut self,
        species: &'static str,
        name: &'static str,
        payload: &'static str,
    ) -> Self {
        self.setup.push(Set::Create(species, name, payload));
        self
    }

    /// The environment reserves an id before the first step.
    pub(crate) fn reserve(mut self, species: &'static str, name: &'static str) -> Self {
        self.setup.push(Set::Reserve(species, name));
        self
    }

    /// The environment sends an event before the first step.
    pub(crate) fn send(self, to: &'static str, event: &'static str) -> Self {
        self.send_with(to, event, SendOptions::default())
    }

    pub(crate) fn send_with(
        mut self,
        to: &'static str,
        event: &'static str,
        options: SendOptions,
    ) -> Self {
        self.setup.push(Set::Send(to, event, options));
        self
    }

    pub(crate) fn has_hazards(&self) -> bool {
        !self.faults.is_empty() || !self.rules.faults.is_empty()
    }

    pub(crate) fn definitions_of(&self, execution: &Execution<Cast>) -> Arc<[Definition]> {
        self.definitions(&execution.guests.blueprint)
    }

    /// A failed turn is an outcome and not a bug.
    pub(crate) fn supervised(self) -> Self {
        Self { supervised: true, ..self }
    }

    pub(crate) fn logging(self) -> Self {
        Self { logging: true, ..self }
    }

    /// All executions of the app.
    pub(crate) fn stage(&self) -> Execution<Cast> {
        let (scene, cast) = self.scene();
        Execution::new(scene, cast, self.bounds)
    }

    /// All executions that begin where one is now, if it were saved there, by these rules; `change` is what becomes of the
    /// file.
    pub(crate) fn stage_from(
        &self,
        at: &Execution<Cast>,
        rules: Rules,
        change: impl FnOnce(Saved) -> Saved,
    ) -> Execution<Cast> {
        let mut cast = self.cast();
        cast.blueprint = at.guests.blueprint.clone();
        let (saved, blueprint) = (change(at.save()), &cast.blueprint);
        let (definitions, monitors) = (self.definitions(blueprint), self.monitors(blueprint));
        saved.check(&definitions, blueprint.kinds()).unwrap();
        let mut exchange = Alone::of(&saved, 1000).unwrap();
        let kernel = Kernel::exploring_from(definitions, rules, saved, &mut exchange);
        cast.watched.clone_from(&at.guests.watching);
        for (slot, id, _) in kernel.actors() {
            let memory = at.guests.instances.get(at.kernel().slot(id).unwrap().index());
            if cast.first.len() <= slot.index() {
                cast.first.resize_with(slot.index() + 1, Memory::default);
            }
            cast.first[slot.index()] = memory.cloned().unwrap_or_default();
        }
        let states = (0..at.monitors().count()).map(|monitor| at.monitors().state(monitor));
        let states = Some(states.collect());
        Execution::new(Scene { kernel, exchange, monitors, states }, cast, self.bounds)
    }

    /// The app before its first step, and its instances.
    fn scene(&self) -> (Scene, Cast) {
        let mut cast = self.cast();
        let mut rules = self.rules.clone();
        if !self.faults.is_empty() {
            let faults = self.faults.iter().map(|hazard| hazard.fault(&cast.blueprint));
            rules.faults = faults.collect();
        }
        let monitors = self.monitors(&cast.blueprint);
        let mut kernel = Kernel::exploring(self.definitions(&cast.blueprint), rules);
        let mut exchange = Alone::new(1000);
        for (_, parcel) in self.set_up(&cast.blueprint, &mut exchange) {
            kernel.receive(parcel, &mut exchange);
        }
        if let Some(late) = self.late {
            cast.start_all(&mut kernel, &mut exchange, late);
        }
        (Scene { kernel, exchange, monitors, states: None }, cast)
    }

    fn cast(&self) -> Cast {
        let blueprint = Rc::new(Blueprint::new(self.seed, self.species.clone()));
        for kind in self.kinds {
            blueprint.kind(kind);
        }
        Cast {
            blueprint,
            watchers: self.watchers.clone(),
            instances: Vec::new(),
            next: Memory::default(),
            watching: Vec::new(),
            told: Vec::new(),
            telling: Vec::new(),
            first: Vec::new(),
            watched: Vec::new(),
            tells_hits: !self.faults.is_empty(),
            logging: self.logging,
            turns: 0,
            kept: HashMap::new(),
            kept_monitors: HashMap::new(),
            put: 0,
        }
    }

    fn definitions(&self, blueprint: &Blueprint) -> Arc<[Definition]> {
        blueprint.definitions(self.supervised).into_iter().collect()
    }

    fn monitors(&self, blueprint: &Blueprint) -> Arc<[MonitorDefinition]> {
        let monitors = self.watchers.iter().map(|watcher| {
            let table = Table::new(&watcher.description(), |name| blueprint.kind(name)).unwrap();
            let dropped = blueprint.kind(DeadLetter::KIND);
            let dropped = table.index_of(dropped).map(|_| dropped);
            MonitorDefinition { name: watcher.description.name.as_str().into(), table, dropped }
        });
        monitors.collect()
    }

    /// What the environment did before the first step, and on which shard it is to be received.
    fn set_up(
        &self,
        blueprint: &Blueprint,
        exchange: &mut impl Exchange,
    ) -> Vec<(ShardIndex, Parcel)> {
        let mut parcels = Vec::new();
        let mut creations = 0;
        let mut next_id = |name| {
            let id = blueprint.key.child(ActorId::ENVIRONMENT, creations);
            creations += 1;
            blueprint.call(name, id);
            id
        };
        for set in &self.setup {
            parcels.push(match *set {
                Set::Reserve(species, name) => {
                    exchange.reserve(next_id(name), blueprint.definition(species));
                    continue;
                }
                Set::Create(species, name, payload) => {
                    let id = next_id(name);
                    let created = exchange.bind(id, ActorId::ENVIRONMENT, 0).unwrap();
                    let definition = blueprint.definition(species);
                    let (label, group) = (Label::Name(name.into()), None);
                    let create =
                        Parcel::Create { id, definition, label, init: init(payload), group };
                    (if let Created::There(shard) = created { shard } else { 0 }, create)
                }
                Set::Send(to, event, options) => {
                    let (to, event) = (blueprint.id(to), blueprint.event(event));
                    let message =
                        Message { options, ..Message::plain(ActorId::ENVIRONMENT, event) };
                    let place = exchange.find(to);
                    let shard = if let Some(Place::Shard(shard)) = place { shard } else { 0 };
                    (shard, Parcel::Message { to, message })
                }
            });
        }
        parcels
    }

    /// One random execution, beside any strategy, to count what becomes of all messages.
    pub(crate) fn account(&self, mut below: impl FnMut(usize) -> usize) -> Account {
        let (Scene { mut kernel, mut exchange, .. }, mut cast) = self.scene();
        let (mut enabled, mut outbox) = (Vec::new(), Outbox::default());
        let sent = self.setup.iter().filter(|set| matches!(set, Set::Send(..))).count();
        let mut account = Account { sent, ..Account::default() };
        loop {
            kernel.enabled(&mut exchange, &mut enabled);
            if enabled.is_empty() {
                break;
            }
            let step = enabled[below(enabled.len())];
            if step.step == Step::End {
                break;
            }
            account.note_strike(&kernel, step.step);
            match kernel.begin(&step, &mut outbox, &mut exchange) {
                Begun::Over => {}
                Begun::Hit { slot, recovery } => cast.recover(slot, recovery),
                Begun::Turn(turn) => {
                    account.turn(&mut kernel, &mut exchange, &mut outbox, &mut cast, turn);
                }
            }
            account.note_outputs(&mut kernel);
        }
        kernel.abandon();
        account.note_outputs(&mut kernel);
        account
    }

    /// One batch of so many executions: their outcomes and traces, oldest first.
    pub(crate) fn batch(
        &self,
        strategy: impl Strategy + 'static,
        seed: u64,
        executions: u64,
    ) -> Vec<(String, Trace)> {
        let mut execution = self.stage();
        let mut oracle = Box::new(Oracle::new(Box::new(strategy)));
        oracle.strategy().begin_batch(seed, 0);
        let mut batch = Vec::new();
        for number in 0..executions {
            let (back, ending) = execution.run(oracle, derive_seed(seed, number));
            oracle = back;
            batch.push((execution.guests.outcome(&ending), oracle.trace().clone()));
            if oracle.strategy().is_exhausted() {
                break;
            }
        }
        batch
    }

    /// Runs that many executions, or as many as there are, and counts their outcomes.
    pub(crate) fn tally(&self, strategy: impl Strategy + 'static, executions: u64) -> Tally {
        let mut execution = self.stage();
        let mut oracle = Box::new(Oracle::new(Box::new(strategy)));
        oracle.strategy().begin_batch(1, 0);
        let mut tally = Tally::default();
        for number in 0..executions {
            let (back, ending) = execution.run(oracle, derive_seed(1, number));
            oracle = back;
            let outcome = execution.guests.outcome(&ending);
            let traces = tally.outcomes.entry(outcome).or_default();
            traces.0 += 1;
            traces.1.get_or_insert_with(|| oracle.trace().clone());
            tally.executions += 1;
            if oracle.strategy().is_exhausted() {
                tally.exhausted = true;
                break;
            }
        }
        tally
    }
}

/// What became of all messages, those of timers and of the host left out.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) sent: usize,
    pub(crate) copied: usize,
    /// Handled or ignored, by a turn that committed.
    pub(crate) taken: usize,
    /// Dead letters, those left over at the end included.
    pub(crate) dead: usize,
    /// How many of these a fault has lost.
    pub(crate) lost: usize,
    /// How often each fault struck.
    pub(crate) strikes: BTreeMap<u32, u32>,
}

impl Account {
    fn note_strike(&mut self, kernel: &Kernel, step: Step) {
        let Step::Fault(strike) = step else { return };
        if !matches!(strike, FaultStep::Heal { .. }) {
            *self.strikes.entry(strike.fault()).or_default() += 1;
        }
        let kind = kernel.faults()[strike.fault() as usize].kind;
        self.copied += usize::from(kind == FaultKind::Duplication);
    }

    fn turn(
        &mut self,
        kernel: &mut Kernel,
        exchange: &mut Alone,
        outbox: &mut Outbox,
        cast: &mut Cast,
        turn: Turn,
    ) {
        let slot = turn.slot;
        let is_taken = match &turn.work {
            Work::Initialize(_) => false,
            Work::Handle(message) => message.firing.is_none(),
            Work::Passed { deferred, .. } => !deferred,
            Work::Deliver { message, .. } => message.errand.is_none() && message.firing.is_none(),
            Work::Resume { .. } | Work::Judge(_) => false,
        };
        match cast.turn(kernel, &turn, outbox, &mut None) {
            Ok(()) => {
                let sends =
                    outbox.effects().iter().filter(|effect| matches!(effect, Effect::Send { .. }));
                self.sent += sends.count();
                self.taken += usize::from(is_taken);
                let ended = kernel.commit(turn, outbox, exchange).unwrap();
                cast.commit(slot, ended);
            }
            Err(failure) => {
                let recovery = kernel.fail(turn, failure, exchange);
                cast.recover(slot, recovery);
            }
        }
    }

    fn note_outputs(&mut self, kernel: &mut Kernel) {
        for output in kernel.take_outputs() {
            if let Output::DeadLetter(letter) = output {
                self.dead += 1;
                self.lost += usize::from(letter.reason == DeadReason::Lost);
            }
        }
    }
}

/// What came out, and how often.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) executions: u64,
    pub(crate) exhausted: bool,
    /// By outcome: how often, and the first trace.
    pub(crate) outcomes: BTreeMap<String, (u64, Option<Trace>)>,
}

impl Tally {
    /// How many executions had an outcome of which this is a part.
    pub(crate) fn count(&self, part: &str) -> u64 {
        let matching = self.outcomes.iter().filter(|(outcome, _)| outcome.contains(part));
        matching.map(|(_, (count, _))| count).sum()
    }

    /// The share of executions with such an outcome.
    #[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
    pub(crate) fn share(&self, part: &str) -> f64 {
        self.count(part) as f64 / self.executions as f64
    }

    /// The first trace with such an outcome.
    pub(crate) fn trace(&self, part: &str) -> Trace {
        let mut matching = self.outcomes.iter().filter(|(outcome, _)| outcome.contains(part));
        matching.next().expect("it occurred").1.1.clone().unwrap()
    }

    /// One line for each outcome.
    pub(crate) fn told(&self) -> String {
        let all = if self.exhausted { " (all)" } else { "" };
        let mut told = format!("{} executions{all}\n", self.executions);
        for (outcome, (count, _)) in &self.outcomes {
            told += &format!("{count}: {outcome}\n");
        }
        told
    }
}

/// The instances of toys and toy monitors.
pub(crate) struct Cast {
    blueprint: Rc<Blueprint>,
    watchers: Vec<Watcher>,
    /// By slot.
    instances: Vec<Memory>,
    /// What the instance whose turn it is becomes.
    next: Memory,
    watching: Vec<Memory>,
    told: Vec<String>,
    telling: Vec<String>,
    /// The instances when the exploration begins.
    first: Vec<Memory>,
    /// The toy monitors then.
    watched: Vec<Memory>,
    /// Whether what became of an instance is told.
    tells_hits: bool,
    logging: bool,
    /// Turns that it ran.
    pub(crate) turns: u64,
    /// Instances that were kept, by key.
    kept: HashMap<u128, Memory>,
    /// Monitors that were kept, with their states, by key.
    kept_monitors: HashMap<u128, (Memory, u32)>,
    /// How many of those were put back.
    pub(crate) put: u64,
}

impl Cast {
    pub(crate) fn id(&self, name: &str) -> ActorId {
        self.blueprint.id(name)
    }

    /// What the toys, the toy monitors and the observer remember.
    pub(crate) fn parts(&self) -> (Vec<Memory>, Vec<Memory>, Vec<String>) {
        (self.instances.clone(), self.watching.clone(), self.told.clone())
    }

    pub(crate) fn set_parts(&mut self, parts: (Vec<Memory>, Vec<Memory>, Vec<String>)) {
        (self.instances, self.watching, self.told) = parts;
    }

    /// Keeps what an instance is under a key.
    pub(crate) fn keep_part(&mut self, slot: usize, key: u128) {
        let memory = self.instances.get(slot).cloned().unwrap_or_default();
        self.kept.insert(key, memory);
    }

    /// Makes an instance what was kept under a key, if anything was.
    pub(crate) fn put_part(&mut self, slot: usize, key: u128) -> bool {
        let Some(memory) = self.kept.get(&key) else { return false };
        self.instances.clear();
        self.instances.resize_with(slot, Memory::default);
        self.instances.push(memory.clone());
        self.put += 1;
        true
    }

    /// Keeps what a monitor is under a key.
    pub(crate) fn keep_watcher(&mut self, monitor: u32, state: u32, key: u128) {
        if let Some(memory) = self.watching.get(monitor as usize) {
            self.kept_monitors.insert(key, (memory.clone(), state));
        }
    }

    /// Makes a monitor what was kept under a key; the state that it was in, if there is such a one.
    pub(crate) fn put_watcher(&mut self, monitor: u32, key: u128) -> Option<u32> {
        let (memory, state) = self.kept_monitors.get(&key)?.clone();
        *self.watching.get_mut(monitor as usize)? = memory;
        self.put += 1;
        Some(state)
    }

    /// Runs the first turns in the order of creation.
    fn start_all(&mut self, kernel: &mut Kernel, exchange: &mut Alone, late: &[&str]) {
        let (mut enabled, mut outbox) = (Vec::new(), Outbox::default());
        loop {
            kernel.enabled(exchange, &mut enabled);
            let start = enabled.iter().find(|enabled| {
                matches!(enabled.step, Step::Start(id) if !late.iter().any(|name| self.blueprint.id(name) == id))
            });
            let Some(start) = start else { break };
            let Begun::Turn(turn) = kernel.begin(start, &mut outbox, exchange) else {
                continue;
            };
            let slot = turn.slot;
            self.turn(kernel, &turn, &mut outbox, &mut None).unwrap();
            let ended = kernel.commit(turn, &mut outbox, exchange).unwrap();
            self.commit(slot, ended);
            kernel.take_outputs();
        }
        self.first.clone_from(&self.instances);
    }

    /// What the toys told, and how it ended.
    fn outcome(&self, ending: &Ending) -> String {
        let ending = match ending {
            Ending::Quiescent => String::new(),
            Ending::Cut => "cut".to_owned(),
            Ending::Diverged(diverged) => format!("diverged: {diverged}"),
            Ending::Bug(bug) => self.bug_text(bug),
        };
        self.told_and(ending)
    }

    fn told_and(&self, ending: String) -> String {
        let mut lines = self.told.clone();
        lines.push(ending);
        lines.retain(|line| !line.is_empty());
        lines.join(", ")
    }

    /// As [`Self::outcome`], with all names that a report has.
    pub(crate) fn observed(&self, ending: &Ending) -> String {
        match ending {
            Ending::Bug(bug) => self.told_and(self.report(bug)),
            Ending::Quiescent | Ending::Cut | Ending::Diverged(_) => self.outcome(ending),
        }
    }

    fn report(&self, bug: &Bug) -> String {
        let monitor_name = |monitor: u32| &self.watchers[monitor as usize].description.name;
        let kind_name = |kind: Option<Kind>| {
            kind.map_or_else(|| "init".to_owned(), |kind| self.blueprint.kind_name(kind))
        };
        let sort = bug.kind();
        let text = match bug {
            Bug::Failed(FailedTurn { label, kind, state, failure, .. }) => {
                let state = state.as_ref().map_or_else(String::new, |state| format!(" in {state}"));
                format!("{sort}: {label} on {}{state}: {}", kind_name(*kind), failure.message)
            }
            Bug::Broken(violation) => self.blueprint.violation_text(violation),
            Bug::Monitor { monitor, kind, failure, .. } => {
                format!(
                    "{sort}: {} on {}: {}",
                    monitor_name(*monitor),
                    kind_name(*kind),
                    failure.message
                )
            }
            Bug::Liveness { monitor, state }
            | Bug::PotentialLiveness { monitor, state, .. }
            | Bug::Lasso { monitor, state, .. } => {
                format!("{sort}: {} in {state}", monitor_name(*monitor))
            }
            Bug::Deadlock { .. } | Bug::StepBound { .. } => self.bug_text(bug),
        };
        self.blueprint.name_all(&text)
    }

    /// The steps of a trace, with what was drawn.
    pub(crate) fn trace_text(&self, trace: &Trace) -> String {
        let texts = trace.choices.iter().map(|choice| match *choice {
            Choice::Number { taken, .. } => format!("={taken}"),
            Choice::Step { step, .. } => format!(", {}", self.step_text(step)),
        });
        texts.collect::<String>().trim_start_matches(", ").to_owned()
    }

    pub(crate) fn step_text(&self, step: Step) -> String {
        let text = match step {
            Step::Start(id) => format!("start {id}"),
            Step::Deliver(message) if message.from == ActorId::ENVIRONMENT => {
                format!("env->{}#{}", message.to, message.number)
            }
            Step::Deliver(message) => message.to_string(),
            Step::Take(id) => format!("take {id}"),
            Step::Fire { owner, timer } => format!("fire {owner}.{timer}"),
            Step::Resume { actor, task } => format!("resume {actor}.{task}"),
            Step::Fault(FaultStep::Message { fault, message }) => {
                format!("fault {fault} {message}")
            }
            other => format!("{other:?}"),
        };
        self.blueprint.name_all(&text)
    }

    fn waiting_text(&self, waiting: &Waiting) -> String {
        let (actor, label, awaits) = match waiting {
            Waiting::Room { sender, receiver } => {
                return format!("{sender} for room in {receiver}");
            }
            Waiting::Task { actor, label, awaits, .. } => (actor, label, awaits),
        };
        let awaited = match awaits {
            Awaited::Event(kinds) => {
                let kinds = kinds.iter().map(|&kind| self.blueprint.kind_name(kind));
                kinds.collect::<Vec<_>>().join(" or ")
            }
            Awaited::Answer { of, owed_by } => {
                let of = of.map_or_else(|| "nobody".to_owned(), |of| of.to_string());
                let owed_by = owed_by.iter().map(|by| format!(", owed by {by}"));
                let owed_by: String = owed_by.collect();
                format!("the answer of {of}{owed_by}")
            }
            Awaited::Timer(timer) => format!("timer {timer}"),
            Awaited::Task(text) => text.to_string(),
        };
        format!("{actor}'s {label} for {awaited}")
    }

    pub(crate) fn bug_text(&self, bug: &Bug) -> String {
        let names = |text: String| self.blueprint.name_all(&text);
        match bug {
            Bug::Failed(FailedTurn { label, kind, failure, .. }) => {
                let kind = kind.map_or("init".to_owned(), |kind| self.kind_name(kind));
                names(format!("{}: {label} on {kind}, {}", bug.kind(), failure.message))
            }
            Bug::Monitor { failure, .. } => format!("monitor: {}", failure.message),
            Bug::Deadlock { waiting, .. } => {
                let waiting = waiting.iter().map(|waiting| self.waiting_text(waiting));
                names(format!("deadlock: {}", waiting.collect::<Vec<_>>().join("; ")))
            }
            Bug::Liveness { state, .. } => format!("liveness: {state}"),
            Bug::PotentialLiveness { state, .. } => format!("potential-liveness: {state}"),
            Bug::Lasso { state, .. } => format!("lasso: {state}"),
            Bug::Broken(_) | Bug::StepBound { .. } => bug.kind().to_string(),
        }
    }
}

impl Guests for Cast {
    fn begin(&mut self) {
        self.instances.clone_from(&self.first);
        self.told.clear();
        self.watching.clone_from(&self.watched);
        self.watching.resize_with(self.watchers.len(), Memory::default);
    }

    fn turn(
        &mut self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
        self.turns += 1;
        let slot = turn.slot.index();
        if self.instances.len() <= slot {
            self.instances.resize_with(slot + 1, Memory::default);
        }
        if matches!(turn.work, Work::Initialize(_)) {
            self.instances[slot] = Memory::default();
        }
        self.next = self.instances[slot].clone();
        let blueprint = self.blueprint.clone();
        let oracle = oracle.as_deref_mut();
        let (result, told) = blueprint.handle(kernel, turn, outbox, &mut self.next, oracle);
        self.telling = told;
        result
    }

    fn kind_name(&self, kind: Kind) -> String {
        self.blueprint.kind_name(kind)
    }

    fn commit(&mut self, slot: Slot, _: Ended) {
        self.instances[slot.index()] = std::mem::take(&mut self.next);
        self.told.append(&mut self.telling);
    }

    fn recover(&mut self, slot: Slot, recovery: Recovery) {
        let lost = std::mem::take(&mut self.telling);
        if self.logging {
            self.told.extend(lost.into_iter().map(|line| format!("!{line}")));
        }
        if self.tells_hits {
            self.told.push(format!("{recovery:?}").to_lowercase());
        }
        if recovery != Recovery::Resumed
            && let Some(instance) = self.instances.get_mut(slot.index())
        {
            *instance = Memory::default();
        }
    }

    fn watch(&mut self, monitor: u32, notice: Option<&Event>) -> Result<Option<u32>, Failure> {
        let Some(event) = notice else { return Ok(None) };
        let monitor = monitor as usize;
        let on = self.blueprint.kind_name(event.kind);
        let mut notice = Notice { on, memory: &mut self.watching[monitor], state: None };
        (self.watchers[monitor].handler)(&mut notice)?;
        Ok(notice.state)
    }
}

impl Watcher {
    /// A monitor has a state, whether it matters or not.
    fn description(&self) -> Description {
        let mut description = self.description.clone();
        if description.states.is_empty() {
            description.states.push(StateDescription {
                name: "watching".to_owned(),
                temperature: Temperature::Warm,
                rules: Vec::new(),
            });
        }
        description
    }
}
