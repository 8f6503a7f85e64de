//! Toy apps: actors are closures, and everything that can be observed is a line of text.
//!
//! Only this module and `link` know the kernel's API.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    ActorId, ActorLimits, Alone, Asker, Beyond, Cause, CellKind, Correlation, Created, Definition,
    Description, Effect, Encoding, Ended, Errand, Event, Exchange, FailedTurn, Failure, Group,
    GroupId, IdKey, IdMap, Init, Kernel, Kind, Label, Message, Operation, Outbox, Output, Overflow,
    Parcel, Park, Payload, Place, Reaction, Recovery, Restart, RestartFrom, Rule, Saved,
    SavedActor, SendOptions, ShardIndex, StateDescription, Supervision, Table, Temperature, Ticket,
    TimerId, TimerStart, Turn, Violation, Wait, Wanted, Work,
};
use expect_test::Expect;

use crate::link::{Link, Net};

/// The end of a toy's handler.
pub(crate) type Handled = Result<(), Failure>;

/// Runs a toy app and compares all that could be seen of it.
pub(crate) fn check(app: App, run: impl FnOnce(&mut World), expected: Expect) {
    let mut world = World::new(app);
    run(&mut world);
    world.run();
    expected.assert_eq(&world.told());
}

/// One kind of toy actor.
#[derive(Clone)]
pub(crate) struct Species {
    name: &'static str,
    description: Description,
    pub(crate) limits: ActorLimits,
    pub(crate) supervision: Supervision,
    handler: Rc<dyn Fn(&mut Toy<'_>) -> Handled>,
}

/// A plain actor that takes every event.
pub(crate) fn plain(
    name: &'static str,
    handler: impl Fn(&mut Toy<'_>) -> Handled + 'static,
) -> Species {
    Species {
        name,
        description: Description::default(),
        limits: ActorLimits {
            inbox_events_max: NonZeroU32::new(100).unwrap(),
            overflow: Overflow::Block,
            payload_bytes_max: 100,
            effects_max: 100,
            outbox_bytes_max: 1000,
        },
        supervision: Supervision {
            restart: Restart::Temporary,
            from: RestartFrom::Initial,
            restarts_max: 3,
            within: Duration::from_secs(10),
            retries_max: 0,
            beyond: Beyond::Park,
        },
        handler: Rc::new(handler),
    }
}

/// An actor that does nothing with what it takes.
pub(crate) fn sink(name: &'static str) -> Species {
    plain(name, |_| Ok(()))
}

impl Species {
    /// Adds a state; the rules read `kind: do`, `kind: goto 1`, `*: defer`, and so on.
    pub(crate) fn state(mut self, name: &str, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| parse_rule(rule, &mut self.description.kinds));
        let rules = rules.collect();
        let state =
            StateDescription { name: name.to_owned(), temperature: Temperature::Warm, rules };
        self.description.states.push(state);
        self
    }

    /// One more rule for a state.
    pub(crate) fn rule(mut self, state: usize, rule: &str) -> Self {
        let rule = parse_rule(rule, &mut self.description.kinds);
        self.description.states[state].rules.push(rule);
        self
    }

    /// Rules for the whole actor.
    pub(crate) fn rules(mut self, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| parse_rule(rule, &mut self.description.kinds));
        self.description.rules = rules.collect();
        self
    }

    pub(crate) fn tells(mut self, ignored: bool, deferred: bool) -> Self {
        self.description.tells_ignored = ignored;
        self.description.tells_deferred = deferred;
        self
    }

    pub(crate) fn inbox(mut self, events_max: u32, overflow: Overflow) -> Self {
        self.limits.inbox_events_max = NonZeroU32::new(events_max).unwrap();
        self.limits.overflow = overflow;
        self
    }

    pub(crate) fn restarts(mut self, restart: Restart, from: RestartFrom) -> Self {
        (self.supervision.restart, self.supervision.from) = (restart, from);
        self
    }

    pub(crate) fn retries(mut self, retries_max: u32) -> Self {
        self.supervision.retries_max = retries_max;
        self
    }

    pub(crate) fn beyond(mut self, beyond: Beyond) -> Self {
        self.supervision.beyond = beyond;
        self
    }
}

/// `kind: reaction`, where the kind is added to the list if it is not there.
pub(crate) fn parse_rule(rule: &str, kinds: &mut Vec<String>) -> Rule {
    let (kind, reaction) = rule.split_once(": ").unwrap();
    let place = kinds.iter().position(|known| known == kind).unwrap_or_else(|| {
        kinds.push(kind.to_owned());
        kinds.len() - 1
    });
    let (word, target) = reaction.split_once(' ').unwrap_or((reaction, "0"));
    let target = target.parse().unwrap();
    let reaction = match word {
        "do" => Reaction::Do,
        "goto" => Reaction::Goto(target),
        "push" => Reaction::Push(target),
        "defer" => Reaction::Defer,
        "ignore" => Reaction::Ignore,
        other => panic!("no reaction is called `{other}`"),
    };
    Rule { kind: u32::try_from(place).unwrap(), reaction }
}

/// What a toy app consists of.
pub(crate) struct App {
    pub(crate) species: Vec<Species>,
    pub(crate) seed: u64,
    pub(crate) shards: usize,
    pub(crate) live_max: usize,
    /// Which actors live on which shard; the others live with their creator.
    pub(crate) homes: Vec<(&'static str, ShardIndex)>,
}

impl App {
    /// On a kernel that has no other beside it.
    pub(crate) fn alone(species: impl IntoIterator<Item = Species>) -> Self {
        let species = species.into_iter().collect();
        Self { species, seed: 7, shards: 0, live_max: 1000, homes: Vec::new() }
    }

    /// On two kernels.
    pub(crate) fn pair(
        species: impl IntoIterator<Item = Species>,
        homes: &[(&'static str, ShardIndex)],
    ) -> Self {
        Self { shards: 2, homes: homes.to_vec(), ..Self::alone(species) }
    }
}

/// The names that a toy app gives to kinds of events and to actors.
#[derive(Default)]
struct Names {
    kinds: RefCell<Vec<String>>,
    actors: RefCell<BTreeMap<String, ActorId>>,
    ids: RefCell<IdMap<String>>,
}

impl Names {
    fn kind(&self, name: &str) -> Kind {
        let mut kinds = self.kinds.borrow_mut();
        let place = kinds.iter().position(|known| known == name).unwrap_or_else(|| {
            kinds.push(name.to_owned());
            kinds.len() - 1
        });
        Kind(u32::try_from(place).unwrap())
    }

    fn kind_name(&self, kind: Kind) -> String {
        self.kinds.borrow()[kind.0 as usize].clone()
    }

    /// `kind`, or `kind text`.
    fn event(&self, text: &str) -> Event {
        let (kind, payload) = text.split_once(' ').unwrap_or((text, ""));
        let payload = Payload::from_slice(payload.as_bytes());
        Event { kind: self.kind(kind), encoding: Encoding::Text, payload }
    }

    fn event_text(&self, event: &Event) -> String {
        let kind = self.kind_name(event.kind);
        if event.payload.is_empty() {
            return kind;
        }
        let text = String::from_utf8_lossy(event.payload.as_slice());
        format!("{kind} {}", self.name_all(&text))
    }

    fn id(&self, name: &str) -> ActorId {
        let actors = self.actors.borrow();
        *actors.get(name).unwrap_or_else(|| panic!("no actor is called `{name}`"))
    }

    fn call(&self, name: &str, id: ActorId) {
        self.actors.borrow_mut().entry(name.to_owned()).or_insert(id);
        // A turn that failed may have had another name for it.
        self.ids.borrow_mut().insert(id, name.to_owned());
    }

    fn name(&self, id: ActorId) -> String {
        if id == ActorId::ENVIRONMENT {
            return "env".to_owned();
        }
        self.ids.borrow().get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// The text with names instead of ids.
    fn name_all(&self, text: &str) -> String {
        let is_digit = |c: char| c.is_ascii_hexdigit();
        let mut named = text.to_owned();
        for digits in text.split(|c| !is_digit(c)).filter(|digits| digits.len() == 16) {
            let id = ActorId::from_bits(u64::from_str_radix(digits, 16).unwrap());
            named = named.replace(digits, &self.name(id));
        }
        named
    }
}

/// What an instance remembers between its turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) number: i64,
    pub(crate) timer: TimerId,
    pub(crate) text: String,
    /// The states of a toy machine, the top last.
    pub(crate) stack: Vec<u32>,
    /// How far its tasks are.
    pub(crate) at: BTreeMap<u32, u32>,
}

/// What the handler of a toy sees and stages in, as a guest does through its imports.
pub(crate) struct Toy<'a> {
    world: &'a Blueprint,
    outbox: &'a mut Outbox,
    work: &'a Work,
    now: Duration,
    pub(crate) id: ActorId,
    definition: usize,
    pub(crate) memory: &'a mut Memory,
    asked: Vec<Arc<Group>>,
    told: Vec<String>,
    sent: Vec<String>,
    /// Answers what the toy draws, in an exploration.
    oracle: Option<&'a mut Oracle>,
}

impl Toy<'_> {
    /// A number below `bound`.
    pub(crate) fn draw(&mut self, bound: u32) -> Result<u32, Failure> {
        let oracle = self.oracle.as_mut().expect("the toy is explored");
        let drawn = oracle.number(self.id, bound);
        drawn.map_err(|diverged| Failure::new(Cause::Trap, diverged.to_string()))
    }

    /// The kind of the event; `init` in the first turn, `passed` for what was not taken.
    pub(crate) fn on(&self) -> String {
        match self.work {
            Work::Initialize(_) => "init".to_owned(),
            Work::Handle(message) => self.world.names.kind_name(message.event.kind),
            Work::Deliver { message, .. } => self.world.names.kind_name(message.event.kind),
            Work::Passed { .. } => "passed".to_owned(),
            Work::Resume { .. } => "resume".to_owned(),
            Work::Judge(_) => "judge".to_owned(),
        }
    }

    /// The task that goes on.
    pub(crate) fn task(&self) -> Option<u32> {
        self.work.task()
    }

    /// Whether the answer that the task gets is an error.
    pub(crate) fn is_refused(&self) -> bool {
        let Work::Deliver { message, .. } = self.work else { return false };
        matches!(message.errand.as_deref(), Some(Errand::Answer { failed: true, .. }))
    }

    /// The condition that the turn is about.
    pub(crate) fn condition(&self) -> Option<u32> {
        let Work::Judge(judgement) = self.work else { return None };
        Some(judgement.condition)
    }

    pub(crate) fn judge(&mut self, accepts: bool) {
        self.outbox.judge(accepts);
    }

    /// From here on a task waits.
    pub(crate) fn park(&mut self, task: u32, label: &str, wait: Wait) -> Handled {
        self.park_as(Park { task, of: task, label: label.into(), background: false, wait })
    }

    pub(crate) fn park_as(&mut self, park: Park) -> Handled {
        self.outbox.park(park, &self.world.species[self.definition].limits)
    }

    /// The turn of a task is over; whether another one goes on within this call: at most four do, in production.
    pub(crate) fn proceed(&mut self, task: u32) -> bool {
        self.outbox.proceed(task, if self.oracle.is_some() { 1 } else { 4 })
    }

    pub(crate) fn done(&mut self, task: u32) -> Handled {
        self.outbox.done(task, &self.world.species[self.definition].limits)
    }

    /// A wait for events of these kinds; `kind?3` is one under condition 3.
    pub(crate) fn events(&self, kinds: &[&str]) -> Wait {
        let wanted = kinds.iter().map(|kind| {
            let (kind, condition) = kind.split_once('?').unwrap_or((kind, ""));
            Wanted { kind: self.world.names.kind(kind), condition: condition.parse().ok() }
        });
        Wait::Receive(wanted.collect())
    }

    /// The handler waits for an event of one of these kinds.
    pub(crate) fn receive(&mut self, kinds: &[&str]) -> Handled {
        let wait = self.events(kinds);
        self.park(0, "handler", wait)
    }

    /// The handler asks, and waits for the answer.
    pub(crate) fn ask(&mut self, to: &str, event: &str) -> Handled {
        let correlation = self.request(to, event)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn request(&mut self, to: &str, event: &str) -> Result<Correlation, Failure> {
        let (to, event) = (self.world.names.id(to), self.world.names.event(event));
        let limits = &self.world.species[self.definition].limits;
        self.outbox.request(&self.world.key, self.id, to, event, limits)
    }

    /// The handler does something with a cell, and waits for the answer.
    pub(crate) fn operate(&mut self, cell: &str, operation: Operation) -> Handled {
        let cell = self.world.names.id(cell);
        let limits = &self.world.species[self.definition].limits;
        let correlation = self.outbox.operate(cell, operation, limits)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn create_cell(&mut self, kind: CellKind, name: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        self.stage(Effect::CreateCell { id, kind })
    }

    /// The handler creates an actor if the id is free, and waits for whether it was.
    pub(crate) fn try_create_at(&mut self, species: &str, name: &str) -> Handled {
        let (id, definition) = (self.world.names.id(name), self.world.definition(species));
        let limits = &self.world.species[self.definition].limits;
        let correlation = self.outbox.try_create(id, definition, init(""), limits)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn payload(&self) -> String {
        let payload = match self.work {
            Work::Initialize(init) => &init.payload,
            Work::Handle(message) => &message.event.payload,
            Work::Deliver { message, .. } => &message.event.payload,
            Work::Passed { event, .. } => &event.payload,
            Work::Judge(judgement) => &judgement.message.event.payload,
            Work::Resume { .. } => return String::new(),
        };
        String::from_utf8(payload.as_slice().to_vec()).unwrap()
    }

    pub(crate) fn name(&self) -> String {
        self.world.names.name(self.id)
    }

    /// Virtual time in milliseconds.
    pub(crate) fn now(&self) -> u128 {
        self.now.as_millis()
    }

    /// How many ticks the event of a timer stands for.
    pub(crate) fn ticks(&self) -> Option<u32> {
        self.work.firing().map(|firing| firing.ticks)
    }

    /// What this turn is about, if it is neither the first nor of an event that was taken: its kind, and whether it was
    /// deferred.
    pub(crate) fn passed(&self) -> Option<(String, bool)> {
        let Work::Passed { event, deferred } = self.work else { return None };
        Some((self.world.names.kind_name(event.kind), *deferred))
    }

    pub(crate) fn tell(&mut self, text: &str) {
        self.told.push(text.to_owned());
    }

    pub(crate) fn send(&mut self, to: &str, event: &str) -> Handled {
        self.send_to(self.world.names.id(to), event)
    }

    pub(crate) fn send_to(&mut self, to: ActorId, event: &str) -> Handled {
        self.sent.push(event.to_owned());
        let event = self.world.names.event(event);
        self.outbox.send(to, event, &self.world.species[self.definition].limits)
    }

    pub(crate) fn send_with(&mut self, to: &str, event: &str, options: SendOptions) -> Handled {
        let (to, event) = (self.world.names.id(to), self.world.names.event(event));
        let group = self.outbox.group().cloned();
        self.stage(Effect::Send { to, event, group, options })
    }

    pub(crate) fn create(&mut self, species: &str, name: &str) -> Handled {
        self.create_with(species, name, "")
    }

    pub(crate) fn create_with(&mut self, species: &str, name: &str, payload: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        self.create_at_with(species, id, None, payload)
    }

    pub(crate) fn create_named(&mut self, species: &str, name: &str) -> Handled {
        let id = self.world.key.named(self.world.definition(species), name);
        self.world.names.call(name, id);
        self.create_at_with(species, id, Some(name), "")
    }

    pub(crate) fn reserve(&mut self, species: &str, name: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        let definition = self.world.definition(species);
        self.stage(Effect::Reserve { id, definition })
    }

    pub(crate) fn create_at(&mut self, species: &str, name: &str) -> Handled {
        self.create_at_with(species, self.world.names.id(name), None, "")
    }

    pub(crate) fn create_at_with(
        &mut self,
        species: &str,
        id: ActorId,
        name: Option<&str>,
        payload: &str,
    ) -> Handled {
        let definition = self.world.definition(species);
        self.stage(Effect::Create {
            id,
            definition,
            name: name.map(Into::into),
            init: init(payload),
        })
    }

    pub(crate) fn watch(&mut self, name: &str) -> Handled {
        self.stage(Effect::Watch(self.world.names.id(name)))
    }

    pub(crate) fn watch_id(&mut self, id: ActorId) -> Handled {
        self.stage(Effect::Watch(id))
    }

    /// Starts a timer; times are in milliseconds.
    pub(crate) fn start(
        &mut self,
        after: u64,
        period: Option<u64>,
        event: &str,
    ) -> Result<TimerId, Failure> {
        let (after, period) = (Duration::from_millis(after), period.map(Duration::from_millis));
        let (id, event) = (self.outbox.next_timer(), self.world.names.event(event));
        let group = self.outbox.group().cloned();
        let start = TimerStart { id, after, period, event, group };
        self.stage(Effect::StartTimer(Box::new(start)))?;
        Ok(id)
    }

    pub(crate) fn stop(&mut self, timer: TimerId) -> Handled {
        self.stage(Effect::StopTimer(timer))
    }

    pub(crate) fn notify(&mut self, monitor: &str, event: &str) -> Handled {
        let event = self.world.names.event(event);
        self.stage(Effect::Notify { monitor: monitor.into(), event })
    }

    pub(crate) fn reply(&mut self, text: &str) -> Handled {
        let group = self.outbox.group().cloned().expect("there is a group");
        let reply = Ok((Encoding::Text, Payload::from_slice(text.as_bytes())));
        self.stage(Effect::Reply { group, reply })
    }

    pub(crate) fn refuse(&mut self, text: &str) -> Handled {
        let group = self.outbox.group().cloned().expect("there is a group");
        self.stage(Effect::Reply { group, reply: Err(text.to_owned()) })
    }

    /// Works in the group of the earliest request that was not answered.
    pub(crate) fn set_group_asked(&mut self) {
        self.outbox.set_group(self.asked.first().cloned());
    }

    pub(crate) fn group(&self) -> Option<u64> {
        self.outbox.group().map(|group| group.id.0)
    }

    pub(crate) fn asked(&self) -> Vec<u64> {
        self.asked.iter().map(|group| group.id.0).collect()
    }

    pub(crate) fn set_stack(&mut self, stack: &[u32]) {
        self.outbox.set_stack(stack.to_vec());
    }

    pub(crate) fn halt(&mut self) {
        self.outbox.halt();
    }

    fn stage(&mut self, effect: Effect) -> Handled {
        self.outbox.stage(effect, &self.world.species[self.definition].limits)
    }
}

/// A failure of the guest.
pub(crate) fn panics() -> Handled {
    Err(Failure::new(Cause::Panic, "boom"))
}

pub(crate) fn init(payload: &str) -> Init {
    Init { encoding: Encoding::Text, payload: Payload::from_slice(payload.as_bytes()) }
}

/// What does not change while the app runs.
pub(crate) struct Blueprint {
    names: Names,
    pub(crate) key: IdKey,
    species: Vec<Species>,
}

impl Blueprint {
    pub(crate) fn new(seed: u64, species: Vec<Species>) -> Self {
        let names = Names::default();
        names.kinds.borrow_mut().extend(Kind::RESERVED.map(str::to_owned));
        Self { names, key: IdKey::from_seed(seed), species }
    }

    pub(crate) fn definitions(&self, supervised: bool) -> Vec<Definition> {
        let definitions = self.species.iter().map(|species| Definition {
            name: species.name.into(),
            table: Table::new(&species.description, |name| self.names.kind(name)).unwrap(),
            limits: species.limits.clone(),
            supervision: species.supervision,
            supervised,
        });
        definitions.collect()
    }

    pub(crate) fn kind(&self, name: &str) -> Kind {
        self.names.kind(name)
    }

    /// How many kinds there are.
    pub(crate) fn kinds(&self) -> u32 {
        u32::try_from(self.names.kinds.borrow().len()).unwrap()
    }

    pub(crate) fn kind_name(&self, kind: Kind) -> String {
        self.names.kind_name(kind)
    }

    pub(crate) fn event(&self, text: &str) -> Event {
        self.names.event(text)
    }

    pub(crate) fn id(&self, name: &str) -> ActorId {
        self.names.id(name)
    }

    pub(crate) fn call(&self, name: &str, id: ActorId) {
        self.names.call(name, id);
    }

    pub(crate) fn name_all(&self, text: &str) -> String {
        self.names.name_all(text)
    }

    /// Lets a toy handle its turn; what it told.
    pub(crate) fn handle(
        &self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        memory: &mut Memory,
        oracle: Option<&mut Oracle>,
    ) -> (Handled, Vec<String>) {
        let (id, work, now) = (kernel.id(turn.slot), &turn.work, kernel.now());
        let definition = kernel.definition(turn.slot) as usize;
        let asked = kernel.asked(turn.slot).chain(work.group()).cloned().collect();
        let (told, sent) = (Vec::new(), Vec::new());
        let world = self;
        let mut toy =
            Toy { world, outbox, work, now, id, definition, memory, asked, told, sent, oracle };
        let result = (self.species[definition].handler)(&mut toy);
        (result, toy.told)
    }

    pub(crate) fn violation_text(&self, violation: &Violation) -> String {
        violation_text(&self.names, violation)
    }

    pub(crate) fn definition(&self, species: &str) -> u32 {
        let place = self.species.iter().position(|known| known.name == species);
        u32::try_from(place.unwrap_or_else(|| panic!("no species `{species}`"))).unwrap()
    }
}

struct Shard {
    kernel: Kernel,
    link: Link,
    outbox: Outbox,
    /// By slot: the memory of an instance.
    instances: Vec<Memory>,
}

/// A toy app that runs.
pub(crate) struct World {
    blueprint: Rc<Blueprint>,
    shards: Vec<Shard>,
    net: Option<Rc<RefCell<Net>>>,
    homes: Vec<(&'static str, ShardIndex)>,
    creations: u32,
    tickets: u64,
    /// What was observed, one line each.
    pub(crate) told: Vec<String>,
    /// Events of the environment and of turns that committed.
    pub(crate) sent: Vec<String>,
    /// Events that were taken by a turn that committed, or ignored, or reached nobody.
    pub(crate) settled: Vec<String>,
    pub(crate) stopped: bool,
}

impl World {
    pub(crate) fn new(app: App) -> Self {
        let App { species, seed, shards, live_max, homes } = app;
        let blueprint = Rc::new(Blueprint::new(seed, species));
        let definitions: Arc<[Definition]> = blueprint.definitions(true).into_iter().collect();
        let net = (shards > 0).then(|| Net::new(shards, live_max));
        let shard = |link| Shard {
            kernel: Kernel::new(definitions.clone()),
            link,
            outbox: Outbox::default(),
            instances: Vec::new(),
        };
        let shards = match &net {
            None => vec![shard(Link::Alone(Alone::new(live_max)))],
            Some(net) => {
                let indices = (0..).take(shards);
                indices.map(|index| shard(Link::Port(index, net.clone()))).collect()
            }
        };
        Self {
            blueprint,
            shards,
            net,
            homes,
            creations: 0,
            tickets: 0,
            told: Vec::new(),
            sent: Vec::new(),
            settled: Vec::new(),
            stopped: false,
        }
    }

    /// The environment creates an actor.
    pub(crate) fn create(&mut self, species: &str, name: &str) {
        self.create_with(species, name, "");
    }

    pub(crate) fn create_with(&mut self, species: &str, name: &str, payload: &str) {
        let id = self.blueprint.key.child(ActorId::ENVIRONMENT, self.creations);
        self.creations += 1;
        self.blueprint.names.call(name, id);
        self.settle_homes();
        let definition = self.blueprint.definition(species);
        let (group, label) = (None, Label::Name(name.into()));
        let created = self.shards[0].link.bind(id, ActorId::ENVIRONMENT, 0).unwrap();
        let parcel = Parcel::Create { id, definition, label, init: init(payload), group };
        self.put(if let Created::There(shard) = created { shard } else { 0 }, parcel);
    }

    /// The environment reserves an id.
    pub(crate) fn reserve(&mut self, species: &str, name: &str) {
        let id = self.blueprint.key.child(ActorId::ENVIRONMENT, self.creations);
        self.creations += 1;
        self.blueprint.names.call(name, id);
        let definition = self.blueprint.definition(species);
        self.shards[0].link.reserve(id, definition);
    }

    /// The environment sends an event.
    pub(crate) fn send(&mut self, to: &str, event: &str) {
        self.sent.push(event.to_owned());
        let event = self.blueprint.names.event(event);
        self.message(to, Message::plain(ActorId::ENVIRONMENT, event));
    }

    pub(crate) fn send_must_handle(&mut self, to: &str, event: &str) {
        let event = self.blueprint.names.event(event);
        let options = SendOptions { must_handle: true, instances_max: None };
        self.message(to, Message { options, ..Message::plain(ActorId::ENVIRONMENT, event) });
    }

    /// The environment sends an event and wants to know what becomes of it.
    pub(crate) fn send_ticketed(&mut self, to: &str, event: &str) {
        let event = self.blueprint.names.event(event);
        self.tickets += 1;
        let ticket = NonZeroU64::new(self.tickets).map(Ticket);
        self.message(to, Message { ticket, ..Message::plain(ActorId::ENVIRONMENT, event) });
    }

    /// The environment asks something; the number is that of the group and of the request.
    pub(crate) fn request(&mut self, to: &str, event: &str, number: u64) {
        let event = self.blueprint.names.event(event);
        let asker = Some(Asker { id: ActorId::ENVIRONMENT, correlation: number });
        let group = Some(Arc::new(Group { id: GroupId(number), name: None, asker }));
        self.message(to, Message { group, ..Message::plain(ActorId::ENVIRONMENT, event) });
    }

    fn message(&mut self, to: &str, message: Message) {
        let to = self.blueprint.names.id(to);
        let shard = match self.shards[0].link.find(to) {
            Some(Place::Shard(shard)) => shard,
            _ => 0,
        };
        self.put(shard, Parcel::Message { to, message });
    }

    fn put(&mut self, to: ShardIndex, parcel: Parcel) {
        match &self.net {
            Some(net) => net.borrow_mut().queues[usize::from(to)].push_back(parcel),
            None => {
                let Shard { kernel, link, .. } = &mut self.shards[0];
                kernel.receive(parcel, link);
            }
        }
        self.tell_outputs(usize::from(to));
    }

    /// Actors that have a home of their own are bound there once they have an id.
    fn settle_homes(&mut self) {
        let Some(net) = &self.net else { return };
        let actors = self.blueprint.names.actors.borrow();
        for &(name, home) in &self.homes {
            if let Some(&id) = actors.get(name) {
                net.borrow_mut().homes.insert(id, home);
            }
        }
    }

    /// Runs until nothing is left to do but to wait.
    pub(crate) fn run(&mut self) {
        for _ in 0..1_000_000 {
            let mut ran = false;
            for shard in 0..self.shards.len() {
                while self.receive(shard) {
                    ran = true;
                }
                ran |= !self.stopped && self.step(shard);
            }
            if !ran {
                return;
            }
        }
        panic!("a million turns, and still something to do");
    }

    /// Lets one parcel in; whether there was one.
    pub(crate) fn receive(&mut self, shard: usize) -> bool {
        let Some(net) = &self.net else { return false };
        let Some(parcel) = net.borrow_mut().queues[shard].pop_front() else { return false };
        let Shard { kernel, link, .. } = &mut self.shards[shard];
        kernel.receive(parcel, link);
        self.tell_outputs(shard);
        true
    }

    /// The first parcel in the queue of a shard comes last.
    pub(crate) fn rotate_queue(&mut self, shard: usize) {
        self.net.as_ref().unwrap().borrow_mut().queues[shard].rotate_left(1);
    }

    /// Saves all shards, and goes on with kernels that are made of that. Actors without a home live anywhere then.
    pub(crate) fn reload(&mut self) {
        while (0..self.shards.len()).any(|shard| self.receive(shard)) {}
        let places = |first: bool, link: &Link| if first { link.places() } else { Vec::new() };
        let parts = self.shards.iter().enumerate();
        let saved = Saved::merge(
            parts.map(|(number, shard)| shard.kernel.save(places(number == 0, &shard.link))),
        );
        let definitions: Arc<[Definition]> = self.blueprint.definitions(true).into_iter().collect();
        saved.check(&definitions, self.blueprint.kinds()).unwrap();
        let mut memories = IdMap::default();
        for Shard { kernel, instances, .. } in &self.shards {
            for (slot, id, _) in kernel.actors() {
                memories.insert(id, instances.get(slot.index()).cloned().unwrap_or_default());
            }
        }
        let homes = match &self.net {
            Some(net) => net.borrow_mut().resume(&saved),
            None => {
                self.shards[0].link = Link::Alone(Alone::of(&saved, 1000).unwrap());
                IdMap::default()
            }
        };
        let home = |actor: &SavedActor| homes.get(&actor.id()).map_or(0, |&s| usize::from(s));
        let parts = saved.split(self.shards.len(), home);
        for (shard, part) in self.shards.iter_mut().zip(parts) {
            shard.kernel = Kernel::resuming(definitions.clone(), part, &mut shard.link);
            shard.instances.clear();
            for (slot, id, _) in shard.kernel.actors() {
                if shard.instances.len() <= slot.index() {
                    shard.instances.resize_with(slot.index() + 1, Memory::default);
                }
                // What was staged may leave now, and somebody be created.
                shard.instances[slot.index()] = memories.get(&id).cloned().unwrap_or_default();
            }
        }
    }

    /// Virtual time in milliseconds.
    pub(crate) fn advance(&mut self, now: u64) {
        for shard in &mut self.shards {
            shard.kernel.advance(Duration::from_millis(now));
        }
    }

    /// Runs until no timer is armed; time goes from one to the next.
    pub(crate) fn run_timers(&mut self) {
        self.run();
        while let Some(due) = self.shards.iter().filter_map(|shard| shard.kernel.next_due()).min() {
            self.told.push(format!("at {} ms", due.as_millis()));
            self.advance(u64::try_from(due.as_millis()).unwrap());
            self.run();
        }
    }

    /// The app stops.
    pub(crate) fn abandon(&mut self) {
        for shard in 0..self.shards.len() {
            self.shards[shard].kernel.abandon();
            self.tell_outputs(shard);
        }
    }

    /// Runs one turn; whether there was one.
    pub(crate) fn step(&mut self, shard: usize) -> bool {
        let Shard { kernel, link, outbox, .. } = &mut self.shards[shard];
        let turn = kernel.next(outbox, link);
        self.tell_outputs(shard);
        let Some(turn) = turn else { return false };
        self.turn(shard, turn);
        self.tell_outputs(shard);
        true
    }

    fn turn(&mut self, shard: usize, turn: Turn) {
        let blueprint = self.blueprint.clone();
        let Shard { kernel, outbox, instances, .. } = &mut self.shards[shard];
        let (slot, id) = (turn.slot, kernel.id(turn.slot));
        if instances.len() <= slot.index() {
            instances.resize_with(slot.index() + 1, Memory::default);
        }
        let memory = &mut instances[slot.index()];
        if matches!(turn.work, Work::Initialize(_)) {
            *memory = Memory::default();
        }
        let before = memory.clone();
        let definition = kernel.definition(slot) as usize;
        let asked = kernel.asked(slot).chain(turn.work.group()).cloned().collect();
        self.told.push(work_text(&blueprint.names, id, &turn.work));
        let work = &turn.work;
        let settled = match work {
            Work::Initialize(_)
            | Work::Passed { deferred: true, .. }
            | Work::Resume { .. }
            | Work::Judge(_) => None,
            Work::Handle(_) | Work::Deliver { .. } | Work::Passed { .. } => {
                work.event().map(|event| blueprint.names.event_text(event))
            }
        };
        let (told, sent) = (Vec::new(), Vec::new());
        let mut toy = Toy {
            world: &blueprint,
            outbox,
            work,
            now: kernel.now(),
            id,
            definition,
            memory,
            asked,
            told,
            sent,
            oracle: None,
        };
        let result = (blueprint.species[definition].handler)(&mut toy);
        self.told.extend(toy.told.drain(..).map(|line| format!("  {line}")));
        let sent = toy.sent;
        self.settle_homes();
        let Shard { kernel, link, outbox, instances } = &mut self.shards[shard];
        let (turn, failure) = match result {
            Err(failure) => (turn, failure),
            Ok(()) => match kernel.commit(turn, outbox, link) {
                Ok(Ended::Alive | Ended::Dropped) => {
                    self.sent.extend(sent);
                    self.settled.extend(settled);
                    return;
                }
                Err(refused) => (refused.turn, refused.failure),
            },
        };
        let kind_name = |kind| blueprint.names.kind_name(kind);
        let turn = kernel.commit_but_last(turn, outbox, link, kind_name);
        instances[slot.index()] = before;
        let recovery = kernel.fail(turn, failure, link);
        self.stopped |= recovery == Recovery::Stopped;
    }

    fn tell_outputs(&mut self, shard: usize) {
        for output in self.shards[shard].kernel.take_outputs() {
            if let Output::DeadLetter(letter) = &output {
                self.settled.push(self.blueprint.names.event_text(&letter.event));
            }
            self.told.push(output_text(&self.blueprint.names, &output));
        }
    }

    /// All lines, and what is left.
    pub(crate) fn told(&self) -> String {
        let mut lines = self.told.clone();
        lines.extend(self.left());
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// The live actors that do more than to be idle, and what waits for them.
    fn left(&self) -> Vec<String> {
        let names = &self.blueprint.names;
        let mut left = Vec::new();
        for shard in &self.shards {
            for (slot, id, status) in shard.kernel.actors() {
                let waiting = shard.kernel.waiting(slot);
                let waiting: Vec<_> = waiting.map(|m| names.event_text(&m.event)).collect();
                let status = format!("{status:?}");
                let status = status.split('(').next().unwrap().to_lowercase();
                if status != "idle" || !waiting.is_empty() {
                    let waiting = waiting.join(", ");
                    left.push(format!("left: {} {status} [{waiting}]", names.name(id)));
                }
            }
        }
        left
    }

    /// The names of all live actors, sorted.
    pub(crate) fn live(&self) -> Vec<String> {
        let kernels = self.shards.iter().map(|shard| &shard.kernel);
        let mut live: Vec<_> = kernels
            .flat_map(|kernel| kernel.actors().map(|(_, id, _)| self.blueprint.names.name(id)))
            .collect();
        live.sort();
        live
    }

    pub(crate) fn id(&self, name: &str) -> ActorId {
        self.blueprint.names.id(name)
    }

    pub(crate) fn label(&self, name: &str) -> String {
        let id = self.id(name);
        let mut kernels = self.shards.iter().map(|shard| &shard.kernel);
        kernels.find_map(|kernel| Some(kernel.label(kernel.slot(id)?))).expect("it lives")
    }
}

fn work_text(names: &Names, id: ActorId, work: &Work) -> String {
    let name = names.name(id);
    match work {
        Work::Initialize(init) if init.payload.is_empty() => format!("{name}: init"),
        Work::Initialize(init) => {
            format!("{name}: init {}", String::from_utf8_lossy(init.payload.as_slice()))
        }
        Work::Handle(message) => {
            let event = names.event_text(&message.event);
            let ticks = match message.firing {
                Some(firing) => format!(" (timer {} x {})", firing.timer, firing.ticks),
                None if message.from == id => String::new(),
                None => format!(" from {}", names.name(message.from)),
            };
            format!("{name}: {event}{ticks}")
        }
        Work::Deliver { task, message } => {
            let (event, from) = (names.event_text(&message.event), names.name(message.from));
            format!("{name}, task {task}: {event} from {from}")
        }
        Work::Resume { task, message } => {
            let fired = if message.is_some() { ", its timer fired" } else { "" };
            format!("{name}, task {task}{fired}")
        }
        Work::Judge(judgement) => {
            let event = names.event_text(&judgement.message.event);
            format!("{name}: condition {} of {event}", judgement.condition)
        }
        Work::Passed { event, deferred } => {
            let how = if *deferred { "deferred" } else { "ignored" };
            format!("{name}: {how} {}", names.event_text(event))
        }
    }
}

fn output_text(names: &Names, output: &Output) -> String {
    match output {
        Output::Failed { turn, recovery, .. } => {
            let FailedTurn { actor, label: _, kind, state, suspended, failure } = turn;
            let kind = kind.map_or_else(|| "init".to_owned(), |kind| names.kind_name(kind));
            let state = state.as_ref().map_or_else(String::new, |state| format!(" in {state}"));
            let behind =
                suspended.as_ref().map_or_else(String::new, |task| format!(" behind `{task}`"));
            let text = names.name_all(&failure.to_string());
            let recovery = format!("{recovery:?}").to_lowercase();
            format!("{} failed on {kind}{state}{behind}: {text}; {recovery}", names.name(*actor))
        }
        Output::Halted { id, .. } => format!("{} is gone", names.name(*id)),
        Output::DeadLetter(letter) => {
            let (from, to) = (names.name(letter.from), names.name(letter.to));
            let event = names.event_text(&letter.event);
            format!("dead letter, {}: {event} from {from} to {to}", letter.reason)
        }
        Output::Violation(violation) => format!("violation: {}", violation_text(names, violation)),
        Output::Reply { correlation, reply, from } => {
            let reply = match reply {
                Ok((_, payload)) => String::from_utf8_lossy(payload.as_slice()).into_owned(),
                Err(message) => format!("error {message}"),
            };
            format!("reply to request {correlation} from {}: {reply}", names.name(*from))
        }
        Output::Admitted(ticket) => format!("ticket {} admitted", ticket.0),
        Output::Refused(ticket, reason) => format!("ticket {} refused, {reason}", ticket.0),
        Output::Notified { from, notifications } => {
            let events = notifications.iter();
            let events =
                events.map(|(monitor, event)| format!("{monitor} of {}", names.event_text(event)));
            let events: Vec<_> = events.collect();
            format!("{} notifies {}", names.name(*from), events.join(", "))
        }
    }
}

fn violation_text(names: &Names, violation: &Violation) -> String {
    match violation {
        Violation::MustHandle { receiver, kind, .. } => {
            format!("must-handle: {}, {}", names.name(*receiver), names.kind_name(*kind))
        }
        Violation::MaxInstances { receiver, kind, instances_max, .. } => {
            let (receiver, kind) = (names.name(*receiver), names.kind_name(*kind));
            format!("max-instances: {receiver}, {kind}, {instances_max}")
        }
        Violation::InboxFull { receiver, kind, .. } => {
            format!("inbox-full: {}, {}", names.name(*receiver), names.kind_name(*kind))
        }
        Violation::IdInUse { id, holder } => {
            format!("id-in-use: {}, held by {holder}", names.name(*id))
        }
        Violation::UnboundId { id, kind, .. } => {
            format!("unbound-id: {}, {}", names.name(*id), names.kind_name(*kind))
        }
    }
}
