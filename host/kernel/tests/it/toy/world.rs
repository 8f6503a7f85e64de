//! Toy apps that run.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    ActorId, Alone, Asker, Created, Definition, Ended, Event, Exchange, Group, GroupId, IdKey,
    IdMap, Kernel, Kind, Label, Message, Outbox, Output, Parcel, Place, Recovery, Saved,
    SavedActor, SendOptions, ShardIndex, Table, Ticket, Turn, Violation, Work,
};

use super::names::{Names, output_text, violation_text, work_text};
use super::{App, Handled, Memory, Species, Toy, init};
use crate::link::{Link, Net};

/// What does not change while the app runs.
pub(crate) struct Blueprint {
    pub(super) names: Names,
    pub(crate) key: IdKey,
    pub(super) species: Vec<Species>,
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
