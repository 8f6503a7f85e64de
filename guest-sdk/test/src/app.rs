//! An app of actors, explored.

use core::fmt::{self, Write as _};
use std::{collections::BTreeMap, rc::Rc, sync::Arc, time::Duration};

use coyote_guest::{Actor, ActorId, Encoded, Event, Monitor, Payload as _};
use coyote_kernel::strategy::{Misnamed, Named, Oracle, Packed, Strategy, derive_seed};
use coyote_kernel::{
    Alone, Beyond, Bounds, BugKind, DeadLetter, Definition, Delivery, Ending, Exchange as _,
    Execution, Found, IdKey, Init, Kernel, Kind, Label, Message, MonitorDefinition, Monitors,
    Names, Parcel, Payload, Restart, RestartFrom, Rules, Supervision, Table, Told, minimise,
};

use crate::{
    component::Component,
    desk::{lifted, lowered, number},
    natives::Natives,
    shared::{LIMITS, Shared},
};

/// Most executions in which a trace is made shorter.
const MINIMISE_EXECUTIONS: u32 = 2_000;

/// An app: which actors there are, what watches them, and how it begins.
///
/// See the [crate] for an example.
#[derive(Debug)]
pub struct App {
    /// By name.
    actors: Vec<(String, Component)>,
    monitors: Vec<(String, Component)>,
    starts: Vec<Start>,
    sends: Vec<(coyote_kernel::ActorId, &'static str, Encoded)>,
    delivery: Delivery,
    strategy: Named,
    steps_max: u32,
}

/// An actor that is there from the begin.
#[derive(Debug)]
struct Start {
    id: coyote_kernel::ActorId,
    definition: u32,
    label: Label,
    initial: Encoded,
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An app without actors.
    #[must_use]
    pub fn new() -> Self {
        Self {
            actors: Vec::new(),
            monitors: Vec::new(),
            starts: Vec::new(),
            sends: Vec::new(),
            delivery: Delivery::default(),
            strategy: Named::default(),
            steps_max: 10_000,
        }
    }

    /// Lets actors of this type be created, under the name that it gives itself.
    pub fn actor<A: Actor>(&mut self) -> &mut Self {
        self.actor_as::<A>(A::KIND)
    }

    /// Lets actors of this type be created under another name.
    pub fn actor_as<A: Actor>(&mut self, kind: &str) -> &mut Self {
        self.definition::<A>(kind);
        self
    }

    fn definition<A: Actor>(&mut self, kind: &str) -> u32 {
        let place = self.actors.iter().position(|(known, _)| known == kind);
        let place = place.unwrap_or_else(|| {
            self.actors.push((kind.to_owned(), Component::of_actor::<A>()));
            self.actors.len() - 1
        });
        u32::try_from(place).expect("fewer types than that")
    }

    /// Starts an actor.
    pub fn start<A: Actor>(&mut self, initial: A::Initial) -> ActorId {
        let definition = self.definition::<A>(A::KIND);
        let earlier = u32::try_from(self.starts.len()).expect("fewer actors than that");
        let of_kind = self.starts.iter().filter(|start| start.definition == definition).count();
        let ordinal = u32::try_from(of_kind + 1).expect("fewer actors than that");
        let id = key().child(coyote_kernel::ActorId::ENVIRONMENT, earlier);
        self.start_at(id, definition, Label::Ordinal(ordinal), initial.encode())
    }

    /// Starts an actor with a name: [`Context::id_of`](coyote_guest::Context::id_of) finds it.
    pub fn start_named<A: Actor>(&mut self, name: &str, initial: A::Initial) -> ActorId {
        let definition = self.definition::<A>(A::KIND);
        let id = key().named(definition, name);
        self.start_at(id, definition, Label::Name(name.into()), initial.encode())
    }

    fn start_at(
        &mut self,
        id: coyote_kernel::ActorId,
        definition: u32,
        label: Label,
        initial: Encoded,
    ) -> ActorId {
        self.starts.push(Start { id, definition, label, initial });
        lifted(id).into()
    }

    /// Sends an event from outside, once all actors were started. Events from outside to one actor keep their order.
    pub fn send<E: Event>(&mut self, to: ActorId, event: &E) -> &mut Self {
        self.sends.push((number(to.into()), E::KIND, event.encode()));
        self
    }

    /// Lets a monitor watch, under the name that it gives itself.
    pub fn monitor<M: Monitor>(&mut self) -> &mut Self {
        self.monitors.push((M::NAME.to_owned(), Component::of_monitor::<M>()));
        self
    }

    /// In which orders messages may arrive; by default in those of one host.
    pub fn delivery(&mut self, delivery: Delivery) -> &mut Self {
        self.delivery = delivery;
        self
    }

    /// Who chooses: a strategy by its name, such as `pct:10` or `dfs`; by default the portfolio of all that draw.
    ///
    /// # Errors
    ///
    /// There is no such strategy.
    pub fn strategy(&mut self, name: &str) -> Result<&mut Self, Misnamed> {
        self.strategy = name.parse()?;
        Ok(self)
    }

    /// Most steps and draws of one execution, by default 10,000. It is cut there.
    pub fn steps_max(&mut self, steps: u32) -> &mut Self {
        self.steps_max = steps;
        self
    }

    /// Explores so many executions, or all that there are if the strategy knows that; up to the first bug. Equal seeds
    /// lead to equal executions.
    #[must_use]
    pub fn explore(&self, seed: u64, iterations: u64) -> Report {
        let mut execution = self.execution();
        let mut oracle = Box::new(Oracle::new(self.strategy.build()));
        oracle.strategy().begin_batch(derive_seed(!seed, 0), 0);
        let mut report = Report::default();
        for iteration in 0..iterations {
            let ending;
            (oracle, ending) = execution.run(oracle, derive_seed(seed, iteration));
            report.iterations += 1;
            match ending {
                Ending::Quiescent => {}
                Ending::Cut => report.cut += 1,
                Ending::Bug(bug) => {
                    let (trace, fair_from) = (oracle.trace().clone(), oracle.fair_from());
                    let found = Found { trace, fair_from, bug: *bug };
                    report.bug = Some(finding(&mut execution, &found));
                    break;
                }
                Ending::Diverged(diverged) => unreachable!("no trace is followed: {diverged}"),
            }
            if oracle.strategy().is_exhausted() {
                report.exhausted = report.cut == 0;
                break;
            }
        }
        report
    }

    /// Repeats the execution of a [trace](FoundBug::trace), with a debugger if you like; the bug, if it shows.
    ///
    /// # Panics
    ///
    /// If the text is no trace, or the app is not the one that it is of.
    #[must_use]
    pub fn replay(&self, trace: &str) -> Option<FoundBug> {
        let (fair_from, bytes) = unpack(trace).expect("a trace, as a report has it");
        let strategy = Box::new(Packed::new(bytes).fair_from(fair_from));
        tell(&mut self.execution(), strategy, fair_from)
    }

    fn execution(&self) -> Execution<Natives> {
        let names = self.actors.iter().map(|(name, _)| name.clone()).collect();
        let shared = Rc::new(Shared::new(names, None));
        let definitions: Arc<[_]> =
            self.actors.iter().map(|(name, it)| definition(&shared, name, *it)).collect();
        let rules = Rules { delivery: self.delivery, ..Rules::default() };
        let mut kernel = Kernel::exploring(definitions, rules);
        let mut exchange = Alone::new(100_000);
        for (ordinal, Start { id, definition, label, initial }) in (1..).zip(&self.starts) {
            let bound = exchange.bind(*id, coyote_kernel::ActorId::ENVIRONMENT, ordinal);
            bound.expect("no two actors are started under one name");
            let (id, definition, label) = (*id, *definition, label.clone());
            let init = init(initial);
            let parcel = Parcel::Create { id, definition, label, init, group: None };
            kernel.receive(parcel, &mut exchange);
        }
        for (to, kind, payload) in &self.sends {
            let event = event(&shared, kind, payload);
            let message = Message::plain(coyote_kernel::ActorId::ENVIRONMENT, event);
            kernel.receive(Parcel::Message { to: *to, message }, &mut exchange);
        }
        let monitor = |(name, component): &(String, Component)| {
            let (table, dropped) = (table(&shared, *component), shared.kind(DeadLetter::KIND));
            let dropped = table.index_of(dropped).map(|_| dropped);
            MonitorDefinition { name: name.as_str().into(), table, dropped }
        };
        let monitors = self.monitors.iter().map(monitor).collect();
        let components = self.actors.iter().map(|&(_, component)| component).collect();
        let watching = self.monitors.iter().map(|&(_, component)| component).collect();
        let guests = Natives::new(shared, components, watching);
        let bounds = Bounds { steps_max: self.steps_max, temperature_max: self.steps_max / 2 };
        Execution::new(
            coyote_kernel::World { kernel, exchange, monitors, states: None },
            guests,
            bounds,
        )
    }
}

/// From which all ids derive.
pub(crate) fn key() -> IdKey {
    IdKey::from_seed(0)
}

/// A kind of actor, as the kernel knows it.
pub(crate) fn definition(shared: &Shared, name: &str, component: Component) -> Definition {
    Definition {
        name: name.into(),
        table: table(shared, component),
        limits: LIMITS,
        supervision: Supervision {
            restart: Restart::Temporary,
            from: RestartFrom::Initial,
            restarts_max: 0,
            within: Duration::from_secs(1),
            retries_max: 0,
            beyond: Beyond::Park,
        },
        supervised: false,
    }
}

fn table(shared: &Shared, component: Component) -> Table {
    let table = Table::new(&component.description(), |kind| shared.kind(kind));
    table.expect("macros declare nothing wrong")
}

pub(crate) fn init(initial: &Encoded) -> Init {
    let payload = Payload::from_slice(&initial.bytes);
    Init { encoding: lowered(initial.encoding), payload }
}

pub(crate) fn event(shared: &Shared, kind: &str, payload: &Encoded) -> coyote_kernel::Event {
    coyote_kernel::Event {
        kind: shared.kind(kind),
        encoding: lowered(payload.encoding),
        payload: Payload::from_slice(&payload.bytes),
    }
}

/// What an exploration found, and what it may claim.
#[derive(Debug, Default)]
pub struct Report {
    /// How many executions.
    pub iterations: u64,
    /// How many of them were cut.
    pub cut: u64,
    /// Whether all that there are were run, to their ends.
    pub exhausted: bool,
    /// The first bug.
    pub bug: Option<FoundBug>,
}

impl Report {
    /// Panics with the bug, if there is one.
    ///
    /// # Panics
    ///
    /// If there is a bug.
    #[track_caller]
    pub fn assert_no_bug(&self) {
        if let Some(bug) = &self.bug {
            panic!("after {} executions: {bug}", self.iterations);
        }
    }
}

/// A bug, and the shortest execution that was found in which it shows.
#[derive(Debug)]
pub struct FoundBug {
    /// The sort of bug, such as `assertion` or `deadlock`.
    pub kind: String,
    /// What is wrong.
    pub message: String,
    /// The label of the actor or the name of the monitor that it is about, if it is about one.
    pub actor: Option<String>,
    /// The kind of the event, where there is one.
    pub event: Option<String>,
    /// The state, if the actor or monitor has states.
    pub state: Option<String>,
    /// What failed behind an await: of a handler the kind of its event, or a task and where it was spawned.
    pub suspended: Option<String>,
    /// The turns of the execution, one a line, log lines between them.
    pub story: Vec<String>,
    /// The execution, for [`App::replay`].
    pub trace: String,
}

impl fmt::Display for FoundBug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(actor) = &self.actor {
            write!(f, ": {actor}")?;
        }
        if let Some(event) = &self.event {
            write!(f, ", on `{event}`")?;
        }
        if let Some(state) = &self.state {
            write!(f, ", in state `{state}`")?;
        }
        if let Some(suspended) = &self.suspended {
            write!(f, ", behind an await of `{suspended}`")?;
        }
        writeln!(f, ": {}", self.message)?;
        for line in &self.story {
            writeln!(f, "  {line}")?;
        }
        write!(f, "  replay: {}", self.trace)
    }
}

/// A short trace of a bug, repeated and told.
fn finding(execution: &mut Execution<Natives>, found: &Found) -> FoundBug {
    let mut executions = 0;
    let mut keep_going = || {
        executions += 1;
        executions < MINIMISE_EXECUTIONS
    };
    let shortest = match minimise(execution, found, &mut keep_going) {
        Ok(minimised) => minimised.found,
        Err(unrepeatable) => panic!(
            "{unrepeatable}: {:?}; an actor does not do the same in equal executions",
            found.bug
        ),
    };
    let judges_heat = shortest.bug.kind() == BugKind::PotentialLiveness;
    let fair_from = if judges_heat { shortest.fair_from } else { u32::MAX };
    let told = tell(execution, Box::new(shortest.replay()), fair_from);
    told.expect("a trace that was just repeated can be repeated")
}

/// Executes the app, and tells what happens up to a bug.
fn tell(
    execution: &mut Execution<Natives>,
    strategy: Box<dyn Strategy>,
    fair_from: u32,
) -> Option<FoundBug> {
    execution.guests.story = Some(Vec::new());
    let mut labels = BTreeMap::new();
    let mut ending = execution.begin(Box::new(Oracle::new(strategy)), 0);
    let ending = loop {
        let kernel = execution.kernel();
        let actors = kernel.actors().map(|(slot, id, _)| (slot, id)).chain(kernel.cells());
        labels.extend(actors.map(|(slot, id)| (id, kernel.label(slot))));
        match ending {
            Some(ending) => break ending,
            None => ending = execution.step(),
        }
    };
    let turns = execution.guests.story.take().unwrap_or_default();
    let bytes = execution.end().trace().pack();
    let bug = match ending {
        Ending::Bug(bug) => *bug,
        Ending::Diverged(diverged) => panic!("the trace is not one of this app: {diverged}"),
        Ending::Quiescent | Ending::Cut => return None,
    };
    let names = Known { labels, monitors: execution.monitors(), shared: &execution.guests.shared };
    let Told { message, actor, event, state, suspended, backtrace: _ } = bug.tell(&names);
    let story = turns.iter().flat_map(|turn| turn.lines(&|id| names.actor(id))).collect();
    let (kind, trace) = (bug.kind().to_string(), pack(fair_from, &bytes));
    Some(FoundBug { kind, message, actor, event, state, suspended, story, trace })
}

/// What people call what a bug is about.
struct Known<'a> {
    labels: BTreeMap<coyote_kernel::ActorId, String>,
    monitors: &'a Monitors,
    shared: &'a Shared,
}

impl Names for Known<'_> {
    fn actor(&self, id: coyote_kernel::ActorId) -> String {
        if id == coyote_kernel::ActorId::ENVIRONMENT {
            return "the environment".to_owned();
        }
        self.labels.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn kind(&self, kind: Kind) -> String {
        self.shared.kind_name(kind)
    }

    fn monitor(&self, monitor: u32) -> String {
        self.monitors.definition(monitor).name.to_string()
    }
}

/// A trace as text: after how many choices progress was owed, then the choices.
fn pack(fair_from: u32, bytes: &[u8]) -> String {
    let mut text = format!("{fair_from}.");
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a text takes everything");
    }
    text
}

fn unpack(text: &str) -> Option<(u32, Vec<u8>)> {
    let (fair_from, digits) = text.split_once('.')?;
    let byte = |digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    let bytes = digits.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?;
    Some((fair_from.parse().ok()?, bytes))
}
