//! What exploration costs in the kernel alone: apps of native guests that hold a few numbers each, under random walks and
//! exhaustive searches. Counts are the same in every run, so that instructions can be divided by them:
//!
//! ```text
//! cargo build --release -p coyote-kernel --example steps
//! valgrind --tool=callgrind target/release/examples/steps random callers 3 10 1000
//! target/release/examples/steps stateful paxos 2 3
//! ```

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and tells")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use coyote_kernel::strategy::{Oracle, Random, derive_seed};
use coyote_kernel::{
    ActorId, ActorLimits, Alone, Atlas, Beyond, Bounds, Definition, Delivery, Description,
    Encoding, Ended, Event, Exchange, Execution, Failure, Guests, IdKey, Init, Kernel, Kind, Label,
    Method, Outbox, Overflow, Parcel, Payload, Recovery, Restart, RestartFrom, Rules, Search,
    SearchBounds, Slot, Snapshots, Supervision, Table, Turn, Work, World,
};

/// What every event has for a kind; what it says is in the payload.
const KIND: Kind = Kind(7);

/// What an actor is: the number of its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Asks the server so many times.
    Client,
    /// Answers clients.
    Server,
    /// Two-phase commit: asks all participants, then tells them what they agree on.
    Coordinator,
    /// Votes.
    Participant,
    /// Single-decree Paxos: one ballot.
    Proposer,
    /// Promises and accepts.
    Acceptor,
}

const ROLES: [Role; 6] = [
    Role::Client,
    Role::Server,
    Role::Coordinator,
    Role::Participant,
    Role::Proposer,
    Role::Acceptor,
];

/// The state of an actor.
type Numbers = [u32; 4];

/// An app: how many actors of one role, and how many of the other.
#[derive(Clone, Copy)]
struct App {
    name: &'static str,
    /// Clients, participants, proposers.
    many: u32,
    /// Requests of a client; acceptors.
    more: u32,
    delivery: Delivery,
}

impl App {
    fn cast(self) -> Vec<Role> {
        let of = |role, count: u32| std::iter::repeat_n(role, count as usize);
        match self.name {
            "callers" | "requests" => {
                of(Role::Server, 1).chain(of(Role::Client, self.many)).collect()
            }
            "2pc" => of(Role::Coordinator, 1).chain(of(Role::Participant, self.many)).collect(),
            "paxos" => of(Role::Acceptor, self.more).chain(of(Role::Proposer, self.many)).collect(),
            other => panic!("no app `{other}`"),
        }
    }
}

/// The instances of one app.
struct Natives {
    app: App,
    cast: Vec<Role>,
    ids: Vec<ActorId>,
    states: Vec<Numbers>,
    limits: ActorLimits,
    steps: u64,
}

struct Call<'a> {
    natives: &'a Natives,
    me: usize,
    state: Numbers,
    outbox: &'a mut Outbox,
}

impl Call<'_> {
    /// Sends an event: the place of the sender, and two numbers.
    fn send(&mut self, to: usize, what: u32, value: u32) {
        let me = u32::try_from(self.me).expect("few actors");
        let bytes = [me, what, value].map(u32::to_le_bytes);
        let payload = Payload::from_slice(bytes.as_flattened());
        let event = Event { kind: KIND, encoding: Encoding::Bytes, payload };
        self.outbox.send(self.natives.ids[to], event, &self.natives.limits).expect("few effects");
    }

    fn send_all(&mut self, role: Role, what: u32, value: u32) {
        for to in 0..self.natives.cast.len() {
            if self.natives.cast[to] == role {
                self.send(to, what, value);
            }
        }
    }

    fn count(&self, role: Role) -> u32 {
        let count = self.natives.cast.iter().filter(|&&other| other == role).count();
        u32::try_from(count).expect("few actors")
    }

    fn start(&mut self, oracle: &mut Option<Box<Oracle>>) {
        match self.natives.cast[self.me] {
            Role::Client => self.send(0, 0, 0),
            Role::Coordinator => self.send_all(Role::Participant, 0, 0),
            Role::Participant => {
                let oracle = oracle.as_mut().expect("an explored turn has an oracle");
                self.state[0] = oracle.number(self.natives.ids[self.me], 2).expect("no trace");
            }
            Role::Proposer => {
                let ballot = u32::try_from(self.me).expect("few actors");
                self.send_all(Role::Acceptor, 0, ballot);
            }
            Role::Server | Role::Acceptor => {}
        }
    }

    fn receive(&mut self, from: usize, what: u32, value: u32) {
        match (self.natives.cast[self.me], what) {
            (Role::Client, _) => {
                self.state[0] += 1;
                if self.state[0] < self.natives.app.more {
                    self.send(0, 0, self.state[0]);
                }
            }
            (Role::Server, _) => {
                // Callers come in an order, requests are counted.
                let memory = if self.natives.app.name == "callers" { 3 } else { 1 };
                self.state[0] = self.state[0] * memory + value + 1;
                self.send(from, 0, 0);
            }
            (Role::Coordinator, vote) => {
                self.state[vote as usize] += 1;
                let all = self.count(Role::Participant);
                if vote == 2 && self.state[2] == 1 {
                    self.send_all(Role::Participant, 2, 0);
                } else if self.state[1] == all {
                    self.send_all(Role::Participant, 1, 0);
                }
            }
            (Role::Participant, 0) => self.send(from, 1 + self.state[0], 0),
            (Role::Participant, verdict) => self.state[1] = verdict,
            // Promised, with the ballot and the value that was accepted, if there is one.
            (Role::Proposer, 1) => {
                self.state[0] += 1;
                self.state[1] = self.state[1].max(value);
                if self.state[0] == self.count(Role::Acceptor) / 2 + 1 {
                    let ballot = u32::try_from(self.me).expect("few actors");
                    let chosen = if self.state[1] > 0 { self.state[1] % 100 } else { ballot };
                    self.state[2] = chosen;
                    self.send_all(Role::Acceptor, 2, ballot * 100 + chosen);
                }
            }
            (Role::Proposer, _) => self.state[3] += 1,
            (Role::Acceptor, 0) => {
                if value > self.state[0] {
                    self.state[0] = value;
                    self.send(from, 1, self.state[1]);
                }
            }
            (Role::Acceptor, _) => {
                if value / 100 >= self.state[0] {
                    self.state[0] = value / 100;
                    self.state[1] = value;
                    self.send(from, 3, 0);
                }
            }
        }
    }
}

impl Guests for Natives {
    fn begin(&mut self) {
        self.states.iter_mut().for_each(|state| *state = Numbers::default());
    }

    fn turn(
        &mut self,
        _: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
        self.steps += 1;
        let me = turn.slot.index();
        let mut call = Call { natives: self, me, state: self.states[me], outbox };
        match &turn.work {
            Work::Handle(message) => {
                let mut numbers = message.event.payload.as_slice().chunks(4).map(|bytes| {
                    u32::from_le_bytes(bytes.try_into().expect("a number has four bytes"))
                });
                let mut next = || numbers.next().expect("three numbers");
                let (from, what, value) = (next(), next(), next());
                call.receive(from as usize, what, value);
            }
            _ => call.start(oracle),
        }
        self.states[me] = call.state;
        Ok(())
    }

    fn kind_name(&self, _: Kind) -> String {
        "event".to_owned()
    }

    fn commit(&mut self, _: Slot, _: Ended) {}

    fn recover(&mut self, _: Slot, _: Recovery) {}

    fn watch(&mut self, _: u32, _: Option<&Event>) -> Result<Option<u32>, Failure> {
        Ok(None)
    }
}

impl Snapshots for Natives {
    type Instances = Vec<Numbers>;

    fn instances(&self) -> Vec<Numbers> {
        self.states.clone()
    }

    fn put_back(&mut self, instances: &Vec<Numbers>) {
        self.states.clone_from(instances);
    }

    fn image(&self, slot: Slot) -> u128 {
        let numbers = self.states[slot.index()].iter();
        numbers.fold(0, |image, &number| image << 32 | u128::from(number))
    }

    fn monitor_image(&self, _: u32) -> u128 {
        0
    }

    fn tells_time(&self) -> bool {
        false
    }
}

fn limits() -> ActorLimits {
    ActorLimits {
        inbox_events_max: NonZeroU32::new(1000).expect("it is not zero"),
        overflow: Overflow::Block,
        payload_bytes_max: 1000,
        effects_max: 1000,
        outbox_bytes_max: 100_000,
    }
}

fn stage(app: App) -> Execution<Natives> {
    let description = Description { kinds: vec!["event".to_owned()], ..Description::default() };
    let definition = |role: Role| Definition {
        name: format!("{role:?}").into(),
        table: Table::new(&description, |_| KIND).expect("it declares nothing"),
        limits: limits(),
        supervision: Supervision {
            restart: Restart::Temporary,
            from: RestartFrom::Initial,
            restarts_max: 0,
            within: Duration::ZERO,
            retries_max: 0,
            beyond: Beyond::Park,
        },
        supervised: false,
    };
    let definitions: Arc<[Definition]> = ROLES.into_iter().map(definition).collect();
    let rules = Rules { delivery: app.delivery, ..Rules::default() };
    let (mut kernel, mut exchange) = (Kernel::exploring(definitions, rules), Alone::new(1000));
    let (key, cast) = (IdKey::from_seed(7), app.cast());
    let mut ids = Vec::new();
    for (number, &role) in (0..).zip(&cast) {
        let id = key.child(ActorId::ENVIRONMENT, number);
        exchange.bind(id, ActorId::ENVIRONMENT, 0).expect("it is new");
        let label = Label::Ordinal(number);
        let (definition, init) = (role as u32, Init::empty());
        kernel.receive(Parcel::Create { id, definition, label, init, group: None }, &mut exchange);
        ids.push(id);
    }
    let states = vec![Numbers::default(); cast.len()];
    let natives = Natives { app, cast, ids, states, limits: limits(), steps: 0 };
    let bounds = Bounds { steps_max: 100_000, temperature_max: 0 };
    let world = World { kernel, exchange, monitors: Arc::new([]), states: None };
    Execution::new(world, natives, bounds)
}

fn walk(app: App, executions: u64) {
    let mut execution = stage(app);
    let mut oracle = Box::new(Oracle::new(Box::new(Random::default())));
    let start = Instant::now();
    for number in 0..executions {
        (oracle, _) = execution.run(oracle, derive_seed(7, number));
    }
    let (steps, seconds) = (execution.guests.steps, start.elapsed().as_secs_f64());
    println!(
        "{executions} executions, {steps} steps, {:.0} ns a step",
        seconds * 1e9 / steps as f64
    );
}

/// The same, where what is known of steps is looked up.
fn walk_on_atlas(app: App, executions: u64) {
    let mut execution = stage(app);
    let mut oracle = Box::new(Oracle::new(Box::new(Random::default())));
    let mut atlas = Atlas::new(1 << 30, 0);
    let start = Instant::now();
    for number in 0..executions {
        (oracle, _) = execution.explore(oracle, derive_seed(7, number), &mut atlas);
    }
    let (walked, seconds) = (atlas.take_counts(), start.elapsed().as_secs_f64());
    println!(
        "{executions} executions, {} walked, {} steps in them, {:.0} executions/s",
        walked.executions,
        walked.steps,
        executions as f64 / seconds
    );
}

fn search(app: App, method: Method, charts: bool, symmetry: bool) {
    let mut execution = stage(app);
    let bounds = SearchBounds { states_max: 10_000_000, traces_max: 10_000_000, depth_max: 10_000 };
    let start = Instant::now();
    let searched = Search { method, bounds, keeps_going: false, charts, symmetry }
        .run(&mut execution, |_| true);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{:?} {} states, {} traces, {} transitions, {} final, {} bugs, complete: {}; {seconds:.3} s, {:.0} transitions/s, {:.0} states/s",
        searched.interchangeable,
        searched.states,
        searched.traces,
        searched.transitions,
        searched.finals.len(),
        searched.found.len(),
        searched.complete,
        searched.transitions as f64 / seconds,
        searched.states as f64 / seconds,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [how, name, many, more, rest @ ..] = &arguments[..] else {
        panic!("how, an app, two numbers");
    };
    let number = |text: &String| text.parse::<u32>().expect("a number");
    let delivery = |name: &str| Delivery::ALL.into_iter().find(|known| known.name() == name);
    let app = App {
        name: name.clone().leak(),
        many: number(many),
        more: number(more),
        delivery: rest.iter().find_map(|name| delivery(name)).unwrap_or_default(),
    };
    match how.as_str() {
        "random" => walk(app, rest.first().map_or(1000, number).into()),
        "walk" => walk_on_atlas(app, rest.first().map_or(1000, number).into()),
        "stateful" => search(app, Method::Stateful, true, true),
        "breadth-first" => search(app, Method::BreadthFirst, true, true),
        "stateful-each" => search(app, Method::Stateful, true, false),
        "breadth-first-each" => search(app, Method::BreadthFirst, true, false),
        "stateful-in-kernel" => search(app, Method::Stateful, false, false),
        "breadth-first-in-kernel" => search(app, Method::BreadthFirst, false, false),
        "dpor" => search(app, Method::Dpor, false, false),
        other => panic!("no way `{other}`"),
    }
}
