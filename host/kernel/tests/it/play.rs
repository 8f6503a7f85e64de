//! Toy apps under exploration: what a strategy makes of them, and how often.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use coyote_kernel::strategy::{Oracle, Strategy, derive_seed};
use coyote_kernel::{
    ActorId, Alone, Begun, Bounds, Bug, Definition, Description, Ended, Ending, Event, Exchange,
    Execution, Failure, Guests, Kernel, Kind, Label, Message, MonitorDefinition, Outbox, Parcel,
    Recovery, Role, Rules, Slot, StateDescription, Step, Table, Temperature, Trace, Turn, Work,
    World as Scene,
};

use crate::toy::{Blueprint, Handled, Memory, Species, init, parse_rule};

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
pub(crate) struct Play {
    pub(crate) species: Vec<Species>,
    pub(crate) watchers: Vec<Watcher>,
    pub(crate) rules: Rules,
    pub(crate) bounds: Bounds,
    /// Whether a failed turn is an outcome and not a bug.
    pub(crate) supervised: bool,
    /// Whose first turns are over when the exploration begins: those of all but these.
    late: Option<&'static [&'static str]>,
    setup: Vec<Set>,
}

enum Set {
    Create(&'static str, &'static str, &'static str),
    Send(&'static str, &'static str),
}

impl Play {
    pub(crate) fn new(species: impl IntoIterator<Item = Species>) -> Self {
        Self {
            species: species.into_iter().collect(),
            watchers: Vec::new(),
            rules: Rules::default(),
            bounds: Bounds { steps_max: 1000, temperature_max: 0 },
            supervised: false,
            late: None,
            setup: Vec::new(),
        }
    }

    pub(crate) fn watcher(mut self, watcher: Watcher) -> Self {
        self.watchers.push(watcher);
        self
    }

    pub(crate) fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
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

    /// The environment sends an event before the first step.
    pub(crate) fn send(mut self, to: &'static str, event: &'static str) -> Self {
        self.setup.push(Set::Send(to, event));
        self
    }

    /// All executions of the app.
    pub(crate) fn stage(&self) -> Execution<Cast> {
        let blueprint = Rc::new(Blueprint::new(7, self.species.clone()));
        let definitions: Arc<[Definition]> =
            blueprint.definitions(self.supervised).into_iter().collect();
        let monitors = self.watchers.iter().map(|watcher| MonitorDefinition {
            name: watcher.description.name.as_str().into(),
            table: Table::new(&watcher.description(), |name| blueprint.kind(name)).unwrap(),
        });
        let monitors: Arc<[_]> = monitors.collect();
        let mut kernel = Kernel::exploring(definitions, self.rules.clone());
        let mut exchange = Alone::new(1000);
        let mut creations = 0;
        for set in &self.setup {
            let parcel = match *set {
                Set::Create(species, name, payload) => {
                    let id = blueprint.key.child(ActorId::ENVIRONMENT, creations);
                    creations += 1;
                    blueprint.call(name, id);
                    exchange.bind(id, ActorId::ENVIRONMENT, 0).unwrap();
                    let definition = blueprint.definition(species);
                    let (label, group) = (Label::Name(name.into()), None);
                    Parcel::Create { id, definition, label, init: init(payload), group }
                }
                Set::Send(to, event) => {
                    let message = Message::plain(ActorId::ENVIRONMENT, blueprint.event(event));
                    Parcel::Message { to: blueprint.id(to), message }
                }
            };
            kernel.receive(parcel, &mut exchange);
        }
        let mut cast = Cast {
            blueprint,
            watchers: self.watchers.clone(),
            instances: Vec::new(),
            next: Memory::default(),
            watching: Vec::new(),
            told: Vec::new(),
            telling: Vec::new(),
            first: Vec::new(),
        };
        if let Some(late) = self.late {
            cast.start_all(&mut kernel, &mut exchange, late);
        }
        Execution::new(Scene { kernel, exchange, monitors }, cast, self.bounds)
    }

    /// Runs that many executions, or as many as there are, and counts their outcomes.
    pub(crate) fn tally(&self, strategy: impl Strategy + 'static, executions: u64) -> Tally {
        let mut execution = self.stage();
        let mut oracle = Box::new(Oracle::new(Box::new(strategy)));
        oracle.strategy().begin_batch(1);
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
}

impl Cast {
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
        let mut lines = self.told.clone();
        lines.push(ending);
        lines.retain(|line| !line.is_empty());
        lines.join(", ")
    }

    fn bug_text(&self, bug: &Bug) -> String {
        let names = |text: String| self.blueprint.name_all(&text);
        match bug {
            Bug::Failed { label, kind, failure, .. } => {
                let kind = kind.map_or("init".to_owned(), |kind| self.kind_name(kind));
                names(format!("{}: {label} on {kind}, {}", bug.kind(), failure.message))
            }
            Bug::Monitor { failure, .. } => format!("monitor: {}", failure.message),
            Bug::Deadlock { waiting } => names(format!("deadlock: {waiting:?}")),
            Bug::Liveness { state, .. } => format!("liveness: {state}"),
            Bug::PotentialLiveness { state, .. } => format!("potential-liveness: {state}"),
            Bug::Broken(_) => bug.kind().to_string(),
        }
    }
}

impl Guests for Cast {
    fn begin(&mut self) {
        self.instances.clone_from(&self.first);
        self.told.clear();
        self.watching.clear();
        self.watching.resize_with(self.watchers.len(), Memory::default);
    }

    fn turn(
        &mut self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
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

    fn recover(&mut self, _: Slot, _: Recovery) {}

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
