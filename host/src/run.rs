//! Production: one kernel per shard, one shard per worker thread, one queue into each shard.
//!
//! An actor lives on one shard. What it sends to actors of the same shard touches nothing shared; the rest is
//! pushed at the commit, effect by effect, into the queue of the shard that has the receiver. Deliberately not
//! here: what an app does (the kernel), and moving actors between shards.

mod clock;
mod network;
mod report;
mod shard;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use coyote_kernel::{
    ActorId, Asker, DeadReason, Definition, Encoding, Group, IdKey, Init, Label, Message, Parcel,
    Payload, Place, Role, ShardIndex, Status, Ticket,
};
use crossbeam_channel::unbounded;
use futures_channel::oneshot;
use serde::Serialize;

pub use self::report::{ActorCounts, ActorFailure, DroppedEvent, RunReport, RunVerdict};

use self::clock::Clock;
use self::network::{Activity, Directory, Network, Port};
use self::shard::Shard;
use crate::app::{ActorKind, App, KindIndex, Monitor};
use crate::observe::{Observer, Silent};
use crate::sandbox::{Component, Kinds, LoadError, Sandbox, SandboxConfig, Shared, TICK};

/// What goes into the queue of a shard.
#[derive(Debug)]
pub(crate) enum Letter {
    /// From another shard, or from outside.
    Parcel(Parcel),
    /// A request from outside ends at this time, answered or not.
    Deadline { at: Duration, correlation: u64 },
    /// Somebody wants to know how things are.
    Report(oneshot::Sender<RunReport>),
    /// Somebody wants to know how an actor is.
    Status { id: ActorId, answer: oneshot::Sender<Option<Status>> },
    /// No timer fires any more.
    Drain,
    /// The thread ends.
    End,
}

/// Why a host cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A component is refused.
    #[error("actor `{actor}`: {source}")]
    Actor {
        /// The kind of actor, by its name in the manifest.
        actor: String,
        /// Why.
        source: LoadError,
    },
    /// The component of a monitor is refused.
    #[error("monitor `{monitor}`: {source}")]
    Monitor {
        /// The monitor.
        monitor: String,
        /// Why.
        source: LoadError,
    },
    /// The machine cannot give what the manifest asks for.
    #[error("cannot set up the sandbox: {reason}")]
    Sandbox {
        /// Why.
        reason: String,
    },
    /// A thread cannot be started.
    #[error("cannot start a worker thread")]
    Thread {
        /// Why.
        source: std::io::Error,
    },
    /// The actors that the manifest starts cannot be created.
    #[error("cannot start `{actor}`: {source}")]
    Start {
        /// The kind.
        actor: String,
        /// Why.
        source: SendError,
    },
}

/// Why something from outside was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The manifest has no such kind of actor.
    #[error("the app has no kind of actor `{kind}`")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// The id was never issued in this app.
    #[error("the id `{id}` was never issued")]
    UnknownId {
        /// The id.
        id: ActorId,
    },
    /// The kind and name, or the id, are in use.
    #[error("the id `{id}` is in use")]
    IdInUse {
        /// The id.
        id: ActorId,
    },
    /// The kind of event has no name, too long a name, or one that has a meaning of its own.
    #[error("`{kind}` is no kind of event that can be sent")]
    Kind {
        /// The kind.
        kind: String,
    },
    /// There are as many actors as the manifest allows.
    #[error("there is no room for one more actor")]
    TooManyActors,
    /// The event reached nobody.
    #[error("the event became a dead letter: {reason}")]
    DeadLetter {
        /// Why, such as `halted`.
        reason: String,
    },
    /// The host ended before the event was taken.
    #[error("the host has ended")]
    Ended,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The request was not sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The actor answered with an error.
    #[error("the actor refused: {0}")]
    Refused(String),
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Deadline,
    /// The host ended before there was an answer.
    #[error("the host has ended")]
    Ended,
}

/// An event from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideEvent {
    kind: String,
    encoding: Encoding,
    payload: Vec<u8>,
}

impl OutsideEvent {
    /// An event that says no more than its kind.
    #[must_use]
    pub fn bare(kind: impl Into<String>) -> Self {
        Self::new(kind, Encoding::Bytes, Vec::new())
    }

    /// An event with a payload in some encoding.
    #[must_use]
    pub fn new(kind: impl Into<String>, encoding: Encoding, payload: Vec<u8>) -> Self {
        Self { kind: kind.into(), encoding, payload }
    }

    /// An event with a value as JSON.
    ///
    /// # Errors
    ///
    /// The value has no form in JSON, such as a map whose keys are no strings.
    pub fn json(
        kind: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::new(kind, Encoding::Json, serde_json::to_vec(value)?))
    }
}

/// A first payload: a value as JSON.
///
/// # Errors
///
/// The value has no form in JSON, such as a map whose keys are no strings.
pub fn json(value: &impl Serialize) -> Result<Init, serde_json::Error> {
    let payload = Payload::from_slice(&serde_json::to_vec(value)?);
    Ok(Init { encoding: Encoding::Json, payload })
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How to read the payload.
    pub encoding: Encoding,
    /// The bytes.
    pub payload: Vec<u8>,
}

type PendingAnswer = oneshot::Sender<Result<Answer, RequestError>>;
type PendingSend = oneshot::Sender<Result<(), DeadReason>>;

/// What the shards and the host's API share.
pub(crate) struct Core {
    sandbox: Sandbox,
    shared: Arc<Shared>,
    definitions: Arc<[Definition]>,
    components: Vec<Component>,
    actors: Vec<Arc<ActorKind>>,
    network: Arc<Network>,
    clock: Clock,
    seed: u64,
    /// Whether all actors of the manifest are created.
    started: AtomicBool,
    stopped: AtomicBool,
    answers: Mutex<HashMap<u64, PendingAnswer>>,
    sends: Mutex<HashMap<Ticket, PendingSend>>,
    numbers: AtomicU64,
    environment: Mutex<Environment>,
}

/// What the environment has created.
#[derive(Debug, Default)]
struct Environment {
    creations: u32,
    groups: u32,
    ordinals: HashMap<KindIndex, u32>,
}

impl Core {
    /// Hands an answer to whoever asked; whether somebody still waits for it.
    fn answer(&self, correlation: u64, reply: Result<(Encoding, Payload), RequestError>) -> bool {
        let Some(asker) = lock(&self.answers).remove(&correlation) else {
            // A deadline that comes after the answer is nothing to tell of.
            return reply == Err(RequestError::Deadline);
        };
        let answer = reply
            .map(|(encoding, payload)| Answer { encoding, payload: payload.as_slice().to_vec() });
        asker.send(answer).is_ok()
    }

    fn admitted(&self, ticket: Ticket, fate: Result<(), DeadReason>) {
        if let Some(sender) = lock(&self.sends).remove(&ticket) {
            // Whoever sent it may have stopped waiting.
            let _ = sender.send(fate);
        }
    }

    fn stop(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            self.shared.observer.stopped();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets up a [`Host`].
pub struct HostBuilder {
    app: App,
    workers: Option<NonZeroUsize>,
    seed: Option<u64>,
    cache: Option<PathBuf>,
    observer: Arc<dyn Observer>,
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder").field("app", &self.app.name()).finish_non_exhaustive()
    }
}

impl HostBuilder {
    /// How many worker threads there are; by default as many as the machine has cores.
    #[must_use]
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The seed from which ids and random choices derive. It comes before that of the manifest; without
    /// either one is drawn, because ids must not be guessed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keeps compiled components in this folder. Whoever may write there may run native code in the host.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Who is told what happens.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Loads all components, starts the worker threads, and creates the actors that the manifest starts.
    ///
    /// # Errors
    ///
    /// See [`BuildError`].
    pub fn build(self) -> Result<Host, BuildError> {
        let loaded = Loaded::new(self.app, self.cache)?;
        let seed = self.seed.or(loaded.app.seed()).map_or_else(random_seed, Ok)?;
        let workers = self.workers.or_else(|| thread::available_parallelism().ok());
        Host::start(loaded, seed, workers.map_or(1, NonZeroUsize::get), self.observer)
    }
}

fn random_seed() -> Result<u64, BuildError> {
    getrandom::u64().map_err(|error| BuildError::Sandbox { reason: error.to_string() })
}

/// Loads the components of an app, one by one.
pub(crate) struct Loader {
    app: Arc<App>,
    sandbox: Sandbox,
    kinds: Kinds,
    /// What components have while they describe themselves.
    describing: Arc<Shared>,
}

impl Loader {
    pub(crate) fn new(app: App, cache: Option<PathBuf>) -> Result<Self, BuildError> {
        let app = Arc::new(app);
        let sandbox = sandbox(&app, cache)?;
        let describing = Arc::new(Shared {
            app: app.clone(),
            kinds: Kinds::new(),
            key: IdKey::from_seed(0),
            observer: Arc::new(Silent),
        });
        Ok(Self { app, sandbox, kinds: Kinds::new(), describing })
    }

    pub(crate) fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    /// Loads the component of one kind of actor.
    pub(crate) fn actor(
        &mut self,
        actor: &ActorKind,
    ) -> Result<(Component, Definition), BuildError> {
        let refused = |source| BuildError::Actor { actor: actor.name.clone(), source };
        let component = self.load(Role::Actor, actor.clone()).map_err(refused)?;
        let definition = Definition {
            name: actor.name.as_str().into(),
            table: component.table(&mut self.kinds).map_err(refused)?,
            limits: actor.limits.clone(),
            supervision: actor.supervision,
        };
        Ok((component, definition))
    }

    /// Loads the component of a monitor.
    pub(crate) fn monitor(&mut self, monitor: &Monitor) -> Result<Component, BuildError> {
        let refused = |source| BuildError::Monitor { monitor: monitor.name.clone(), source };
        let component = self.load(Role::Monitor, monitor.as_actor()).map_err(refused)?;
        component.table(&mut self.kinds).map_err(refused)?;
        Ok(component)
    }

    fn load(&self, role: Role, actor: ActorKind) -> Result<Component, LoadError> {
        Component::load(&self.sandbox, role, &Arc::new(actor), &self.describing)
    }
}

/// An app with its components, checked.
struct Loaded {
    app: Arc<App>,
    sandbox: Sandbox,
    kinds: Kinds,
    definitions: Vec<Definition>,
    components: Vec<Component>,
}

impl Loaded {
    /// Loads all components: those of actors in the order of their names, then those of monitors.
    fn new(app: App, cache: Option<PathBuf>) -> Result<Self, BuildError> {
        let mut loader = Loader::new(app, cache)?;
        let app = loader.app();
        let (mut components, mut definitions) = (Vec::new(), Vec::new());
        for actor in app.actors() {
            let (component, definition) = loader.actor(actor)?;
            components.push(component);
            definitions.push(definition);
        }
        for monitor in app.monitors() {
            loader.monitor(monitor)?;
        }
        let Loader { sandbox, kinds, .. } = loader;
        Ok(Self { app, sandbox, kinds, definitions, components })
    }
}

fn sandbox(app: &App, cache: Option<PathBuf>) -> Result<Sandbox, BuildError> {
    let limits = app.actors().iter().map(|actor| actor.sandbox);
    let limits = limits.chain(app.monitors().iter().map(|monitor| monitor.sandbox));
    let config = SandboxConfig {
        memory_bytes_max: limits.map(|limits| limits.memory_bytes_max).max().unwrap_or(1),
        instances_max: app.limits().actors_max.get(),
        deadlines: app.actors().iter().any(|actor| actor.sandbox.deadline.is_some()),
        cache,
    };
    Sandbox::new(&config).map_err(|error| BuildError::Sandbox { reason: format!("{error:#}") })
}

/// A running app.
///
/// It has worker threads of its own, and needs no runtime: the futures that it gives can be awaited in any.
/// Dropping it ends the app at once; [`Host::drain`] lets it finish.
pub struct Host {
    core: Arc<Core>,
    workers: Vec<JoinHandle<RunReport>>,
    ticker: Option<JoinHandle<()>>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("app", &self.core.shared.app.name()).finish_non_exhaustive()
    }
}

impl Host {
    /// Begins to set up a host for an app.
    #[must_use]
    pub fn builder(app: App) -> HostBuilder {
        HostBuilder { app, workers: None, seed: None, cache: None, observer: Arc::new(Silent) }
    }

    fn start(
        loaded: Loaded,
        seed: u64,
        workers: usize,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, BuildError> {
        let Loaded { app, sandbox, kinds, definitions, components } = loaded;
        let actors = app.actors().iter().cloned().map(Arc::new).collect();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| unbounded()).unzip();
        let network = Arc::new(Network {
            directory: Directory::new(app.limits().actors_max.get() as usize),
            activity: Activity::default(),
            queues: senders,
        });
        let core = Arc::new(Core {
            sandbox,
            shared: Arc::new(Shared { app, kinds, key: IdKey::from_seed(seed), observer }),
            definitions: definitions.into(),
            components,
            actors,
            network: network.clone(),
            clock: Clock::start(),
            seed,
            started: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            answers: Mutex::default(),
            sends: Mutex::default(),
            numbers: AtomicU64::new(0),
            environment: Mutex::default(),
        });
        let mut host = Self { core: core.clone(), workers: Vec::new(), ticker: None };
        for (here, queue) in receivers.into_iter().enumerate() {
            let here = ShardIndex::try_from(here).expect("a host has fewer shards");
            let shard = Shard::new(core.clone(), Port { here, network: network.clone() }, queue);
            host.workers.push(spawn(format!("coyote-{here}"), move || shard.run())?);
        }
        host.ticker = core.ticker()?;
        // Nobody sees the app as quiescent before it was started.
        network.activity.begin();
        let started = host.create_started();
        core.started.store(true, Ordering::SeqCst);
        if network.activity.end(1) {
            core.shared.observer.quiescent();
        }
        started.map(|()| host)
    }

    /// Creates the actors that the manifest starts, in its order.
    fn create_started(&self) -> Result<(), BuildError> {
        let app = self.core.shared.app.clone();
        let mut ids: Vec<Vec<ActorId>> = Vec::new();
        let mut environment = lock(&self.core.environment);
        for start in app.starts() {
            let new = (0..start.count.get()).map(|instance| {
                self.core.new_id(start.actor, start.name_of(instance), &mut environment)
            });
            ids.push(new.collect());
        }
        for (start, ids_of_start) in app.starts().iter().zip(&ids) {
            let init = start.initial.as_ref().map_or_else(Init::empty, |initial| {
                let json = initial
                    .to_json(|entry, instance| ids[entry.index()][instance as usize].to_string());
                Init { encoding: Encoding::Json, payload: Payload::from_slice(json.as_bytes()) }
            });
            for (instance, &id) in (0..).zip(ids_of_start) {
                let name = start.name_of(instance);
                self.core
                    .create_at(start.actor, id, name, init.clone(), &mut environment)
                    .map_err(|source| BuildError::Start {
                        actor: app.actor(start.actor).name.clone(),
                        source,
                    })?;
            }
        }
        Ok(())
    }

    /// Creates an actor. It is initialised soon after.
    ///
    /// # Errors
    ///
    /// There is no such kind, the name is in use, or there are too many actors.
    pub fn create(&self, kind: &str, name: Option<&str>, init: Init) -> Result<ActorId, SendError> {
        let app = &self.core.shared.app;
        let index =
            app.kind_of(kind).ok_or_else(|| SendError::UnknownKind { kind: kind.to_owned() })?;
        let mut environment = lock(&self.core.environment);
        let name = name.map(str::to_owned);
        let id = self.core.new_id(index, name.clone(), &mut environment);
        self.core.create_at(index, id, name, init, &mut environment)?;
        Ok(id)
    }

    /// The id of the actor with this kind and name, whether it exists or not.
    ///
    /// # Errors
    ///
    /// There is no such kind.
    pub fn id_of(&self, kind: &str, name: &str) -> Result<ActorId, SendError> {
        let index = self.core.shared.app.kind_of(kind);
        let index = index.ok_or_else(|| SendError::UnknownKind { kind: kind.to_owned() })?;
        Ok(self.core.shared.key.named(index.number(), name))
    }

    /// Sends an event. If the inbox of the receiver is full and its policy is to block, the event waits in front
    /// of it, however many there are: whoever may send without end awaits [`Host::send_admitted`] instead.
    ///
    /// # Errors
    ///
    /// The id was never issued, or the kind is no kind that can be sent.
    pub fn send(&self, to: ActorId, event: OutsideEvent) -> Result<(), SendError> {
        self.core.send(to, event, None, None)
    }

    /// Sends an event, and waits until it is in the inbox of the receiver.
    ///
    /// # Errors
    ///
    /// As [`Host::send`]; or the event became a dead letter, or the host ended before.
    pub fn send_admitted(
        &self,
        to: ActorId,
        event: OutsideEvent,
    ) -> impl Future<Output = Result<(), SendError>> + Send + use<> {
        let ticket = Ticket(self.core.next_number());
        let (sender, receiver) = oneshot::channel();
        lock(&self.core.sends).insert(ticket, sender);
        let sent = self.core.send(to, event, None, Some(ticket));
        let core = self.core.clone();
        async move {
            if let Err(error) = sent {
                lock(&core.sends).remove(&ticket);
                return Err(error);
            }
            match receiver.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(reason)) => Err(SendError::DeadLetter { reason: reason.to_string() }),
                Err(oneshot::Canceled) => Err(SendError::Ended),
            }
        }
    }

    /// Sends an event that asks for an answer, and waits for it, or for the deadline. The event is sent at
    /// once, not when the future is first polled.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub fn request(
        &self,
        to: ActorId,
        event: OutsideEvent,
        deadline: Duration,
    ) -> impl Future<Output = Result<Answer, RequestError>> + Send + use<> {
        let correlation = self.core.next_number();
        let (sender, receiver) = oneshot::channel();
        lock(&self.core.answers).insert(correlation, sender);
        let sent = self.core.request(to, event, correlation, deadline);
        let core = self.core.clone();
        async move {
            if let Err(error) = sent {
                lock(&core.answers).remove(&correlation);
                return Err(error.into());
            }
            receiver.await.unwrap_or(Err(RequestError::Ended))
        }
    }

    /// How an actor is; none if it is gone, or was never there.
    pub fn status(&self, id: ActorId) -> impl Future<Output = Option<Status>> + Send + use<> {
        let (answer, receiver) = oneshot::channel();
        if let Some(Place::Shard(shard)) = self.core.network.directory.find(id) {
            self.core.network.push(shard, Letter::Status { id, answer });
        }
        async move { receiver.await.ok().flatten() }
    }

    /// What the run is like so far.
    pub fn report(&self) -> impl Future<Output = RunReport> + Send + use<> {
        let ask = |shard| {
            let (answer, receiver) = oneshot::channel();
            self.core.network.push(shard, Letter::Report(answer));
            receiver
        };
        let answers: Vec<_> = (0..).take(self.workers.len()).map(ask).collect();
        let mut report = self.core.empty_report();
        async move {
            for answer in answers {
                if let Ok(of_shard) = answer.await {
                    report.merge(of_shard);
                }
            }
            report
        }
    }

    /// Waits until nothing is left to do and no timer is armed; whether that came in time. It blocks the thread:
    /// in asynchronous code listen to [`Observer::quiescent`] instead.
    #[must_use]
    pub fn until_quiescent(&self, timeout: Duration) -> bool {
        self.core.network.activity.until_quiescent(timeout)
    }

    /// Lets what is under way finish, timers excepted, then ends the app. What is left after the timeout becomes
    /// dead letters. It blocks the thread.
    #[must_use]
    pub fn drain(mut self, timeout: Duration) -> RunReport {
        let network = &self.core.network;
        let was_quiescent = network.activity.until_quiescent(Duration::ZERO);
        let stopped = self.core.stopped.load(Ordering::SeqCst);
        if !stopped && !was_quiescent {
            for shard in (0..).take(self.workers.len()) {
                network.push(shard, Letter::Drain);
            }
        }
        let verdict = if stopped {
            RunVerdict::Stopped
        } else if was_quiescent {
            RunVerdict::Quiescent
        } else if network.activity.until_quiescent(timeout) {
            RunVerdict::Drained
        } else {
            RunVerdict::DrainTimeout
        };
        let mut report = self.end();
        report.verdict = verdict;
        report
    }

    fn end(&mut self) -> RunReport {
        for shard in (0..).take(self.workers.len()) {
            self.core.network.push(shard, Letter::End);
        }
        let mut report = self.core.empty_report();
        for worker in self.workers.drain(..) {
            report.merge(worker.join().expect("a shard does not panic"));
        }
        self.core.stopped.store(true, Ordering::SeqCst);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            ticker.join().expect("the ticker does not panic");
        }
        lock(&self.core.answers).clear();
        lock(&self.core.sends).clear();
        report
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if !self.workers.is_empty() {
            drop(self.end());
        }
    }
}

impl Core {
    fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    fn empty_report(&self) -> RunReport {
        let seconds = self.clock.now().as_secs_f64();
        RunReport { seconds, seed: self.seed, ..RunReport::default() }
    }

    fn new_id(
        &self,
        kind: KindIndex,
        name: Option<String>,
        environment: &mut Environment,
    ) -> ActorId {
        match name {
            Some(name) => self.shared.key.named(kind.number(), &name),
            None => {
                environment.creations += 1;
                self.shared.key.child(ActorId::ENVIRONMENT, environment.creations - 1)
            }
        }
    }

    fn create_at(
        &self,
        kind: KindIndex,
        id: ActorId,
        name: Option<String>,
        init: Init,
        environment: &mut Environment,
    ) -> Result<(), SendError> {
        let ordinal = environment.ordinals.entry(kind).or_default();
        *ordinal += 1;
        let label = name.map_or(Label::Ordinal(*ordinal), |name| Label::Name(name.into()));
        if self.network.directory.room() == 0 {
            return Err(SendError::TooManyActors);
        }
        let shard = self.network.bind(id, 0, *ordinal).map_err(|_| SendError::IdInUse { id })?;
        let definition = kind.number();
        let parcel = Parcel::Create { id, definition, label, init, group: None };
        self.network.push(shard, Letter::Parcel(parcel));
        Ok(())
    }

    fn send(
        &self,
        to: ActorId,
        event: OutsideEvent,
        group: Option<Arc<Group>>,
        ticket: Option<Ticket>,
    ) -> Result<(), SendError> {
        let OutsideEvent { kind, encoding, payload } = event;
        let kind = self.shared.kinds.intern_sendable(&kind).ok_or(SendError::Kind { kind })?;
        let payload = Payload::from_slice(&payload);
        let event = coyote_kernel::Event { kind, encoding, payload };
        let message = Message { group, ticket, ..Message::plain(ActorId::ENVIRONMENT, event) };
        let shard = match self.network.directory.find(to) {
            Some(Place::Shard(shard)) => shard,
            // A shard counts what reaches nobody.
            Some(Place::Reserved { .. } | Place::Gone) => 0,
            None => return Err(SendError::UnknownId { id: to }),
        };
        self.network.push(shard, Letter::Parcel(Parcel::Message { to, message }));
        Ok(())
    }

    fn request(
        &self,
        to: ActorId,
        event: OutsideEvent,
        correlation: u64,
        deadline: Duration,
    ) -> Result<(), SendError> {
        let mut environment = lock(&self.environment);
        environment.groups += 1;
        let id = self.shared.key.group(ActorId::ENVIRONMENT, environment.groups);
        drop(environment);
        let asker = Some(Asker { id: ActorId::ENVIRONMENT, correlation });
        self.send(to, event, Some(Arc::new(Group { id, name: None, asker })), None)?;
        let at = self.clock.now().saturating_add(deadline);
        self.network.push(0, Letter::Deadline { at, correlation });
        Ok(())
    }

    /// Starts the thread that ends turns whose deadline has passed, if there are deadlines.
    fn ticker(self: &Arc<Self>) -> Result<Option<JoinHandle<()>>, BuildError> {
        if self.actors.iter().all(|actor| actor.sandbox.deadline.is_none()) {
            return Ok(None);
        }
        let core = self.clone();
        let tick = move || {
            while !core.stopped.load(Ordering::SeqCst) {
                thread::park_timeout(TICK);
                core.sandbox.tick();
            }
        };
        spawn("coyote-ticker".to_owned(), tick).map(Some)
    }
}

fn spawn<T: Send + 'static>(
    name: String,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, BuildError> {
    let builder = thread::Builder::new().name(name);
    builder.spawn(run).map_err(|source| BuildError::Thread { source })
}
