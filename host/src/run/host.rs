//! What an embedder has in hand.

use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use coyote_kernel::{ActorId, IdKey, Init, Place, ShardIndex, Status};
use crossbeam_channel::unbounded;
use futures_channel::oneshot;

use super::Letter;
use super::core::{Core, lock, spawn};
use super::load::{BuildError, Loaded, Purpose};
use super::network::{Activity, Directory, Network, Port};
use super::outside::{Answer, OutsideEvent, RequestError, SendError};
use super::report::{RunReport, RunVerdict};
use super::shard::Shard;
use super::snapshot::{Gathering, resume};
use super::watch::{Before, Notice, Watcher, gates};
use crate::app::App;
use crate::clock::Clock;
use crate::observe::{Observer, Silent};
use crate::sandbox::Shared;
use crate::snapshot::{Snapshot, SnapshotError};

/// Sets up a [`Host`].
pub struct HostBuilder {
    app: App,
    workers: Option<NonZeroUsize>,
    seed: Option<u64>,
    cache: Option<PathBuf>,
    observer: Arc<dyn Observer>,
    snapshot: Option<Snapshot>,
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

    /// The app goes on where it was when this snapshot was taken: nothing is started, timers have the time left that they
    /// had, and ids derive from the seed of the snapshot. Who had asked something from outside is not there any more;
    /// answers to that are dropped.
    #[must_use]
    pub fn begin_at(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Loads all components, starts the worker threads, and creates the actors that the manifest starts.
    ///
    /// # Errors
    ///
    /// See [`BuildError`].
    pub fn build(self) -> Result<Host, BuildError> {
        let loaded = Loaded::new(self.app, self.cache, Purpose::Run)?;
        let seed = self.seed.or(loaded.app.seed()).map_or_else(random_seed, Ok)?;
        let workers = self.workers.or_else(|| thread::available_parallelism().ok());
        let workers = workers.map_or(1, NonZeroUsize::get);
        Host::start(loaded, seed, workers, self.observer, self.snapshot.as_ref())
    }
}

fn random_seed() -> Result<u64, BuildError> {
    getrandom::u64().map_err(|error| BuildError::Sandbox { reason: error.to_string() })
}

/// A running app.
///
/// It has worker threads of its own, and needs no runtime: the futures that it gives can be awaited in any.
/// Dropping it ends the app at once; [`Host::drain`] lets it finish.
pub struct Host {
    core: Arc<Core>,
    workers: Vec<JoinHandle<Shard>>,
    watchers: Vec<JoinHandle<Watcher>>,
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
        let (workers, seed, cache, snapshot) = (None, None, None, None);
        HostBuilder { app, workers, seed, cache, observer: Arc::new(Silent), snapshot }
    }

    fn start(
        loaded: Loaded,
        seed: u64,
        workers: usize,
        observer: Arc<dyn Observer>,
        snapshot: Option<&Snapshot>,
    ) -> Result<Self, BuildError> {
        let header = loaded.header();
        let opened = snapshot.map(|snapshot| snapshot.open(&header)).transpose();
        let opened = opened.map_err(BuildError::Snapshot)?;
        let head = opened.as_ref().map(|opened| &opened.head);
        let seed = head.map_or(seed, |head| head.seed);
        let now = head.map_or(Duration::ZERO, |head| head.saved.now);
        let next_number = head.map_or(1, |head| head.next_number.max(1));
        let environment = head.map(|head| head.environment.environment()).unwrap_or_default();
        let Loaded { app, sandbox, kinds, definitions, components, monitors } = loaded;
        let actors = app.actors().iter().cloned().map(Arc::new).collect();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| unbounded()).unzip();
        let (gates, watched) = gates(&app, &monitors);
        let network = Arc::new(Network {
            directory: Directory::new(app.limits().actors_max.get() as usize),
            activity: Activity::default(),
            queues: senders,
            gates,
        });
        let core = Arc::new(Core {
            sandbox,
            shared: Arc::new(Shared { app, kinds, key: IdKey::from_seed(seed), observer }),
            definitions: definitions.into(),
            components,
            actors,
            network: network.clone(),
            clock: Clock::resume(now),
            seed,
            started: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            answers: Mutex::default(),
            sends: Mutex::default(),
            numbers: AtomicU64::new(next_number),
            environment: Mutex::new(environment),
            header,
            watched: Mutex::default(),
        });
        let (workers, watchers) = (Vec::new(), Vec::new());
        let mut host = Self { core: core.clone(), workers, watchers, ticker: None };
        let mut monitors: Vec<_> = monitors.into_iter().map(Some).collect();
        let resumed = opened.map(|opened| resume(&core, opened, &monitors, receivers.len()));
        let mut resumed = resumed.transpose().map_err(BuildError::Snapshot)?;
        for (gate, (place, queue)) in watched.into_iter().enumerate() {
            let monitor = monitors[place].take().expect("a monitor has one gate");
            let before = resumed.as_mut().and_then(|resumed| resumed.monitors.remove(&place));
            let before = before.unwrap_or(Before::Nothing);
            host.watchers.push(Watcher::start(&core, gate, (place, queue), monitor, before)?);
        }
        let goes_on = resumed.is_some();
        let mut parts = resumed.into_iter().flat_map(|resumed| resumed.shards);
        for (here, queue) in receivers.into_iter().enumerate() {
            let here = ShardIndex::try_from(here).expect("a host has fewer shards");
            let port = Port { here, network: network.clone(), unmonitored: 0 };
            let mut shard = Shard::new(core.clone(), port, queue);
            if let Some((saved, instances)) = parts.next() {
                shard.resume(saved, instances);
            }
            host.workers.push(spawn(format!("coyote-{here}"), move || shard.run())?);
        }
        host.ticker = core.ticker()?;
        // Nobody sees the app as quiescent before it was started.
        network.activity.begin();
        let started = if goes_on { Ok(()) } else { host.create_started() };
        core.started.store(true, Ordering::SeqCst);
        core.rest(1);
        started.map(|()| host)
    }

    /// Creates the actors that the manifest starts, in its order.
    fn create_started(&self) -> Result<(), BuildError> {
        let Shared { app, key, .. } = &*self.core.shared;
        let mut environment = lock(&self.core.environment);
        for creation in environment.start(key, app.starts()) {
            let kind = creation.kind;
            self.core.create(creation).map_err(|source| BuildError::Start {
                actor: app.actor(kind).name.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Creates an actor. It is initialised soon after.
    ///
    /// # Errors
    ///
    /// There is no such kind, the name is in use, or there are too many actors.
    pub fn create(&self, kind: &str, name: Option<&str>, init: Init) -> Result<ActorId, SendError> {
        let Shared { app, key, .. } = &*self.core.shared;
        let index =
            app.kind_of(kind).ok_or_else(|| SendError::UnknownKind { kind: kind.to_owned() })?;
        let mut environment = lock(&self.core.environment);
        let creation = environment.create(key, index, name, init);
        let id = creation.id;
        self.core.create(creation)?;
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
        let ticket = self.core.next_ticket();
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
        let (core, mut report) = (self.core.clone(), self.core.empty_report());
        async move {
            for answer in answers {
                if let Ok(of_shard) = answer.await {
                    report.merge(of_shard);
                }
            }
            report.merge(lock(&core.watched).clone());
            report
        }
    }

    /// Takes a snapshot: all turns that are under way end, what is on its way arrives, and the app waits until it is
    /// written down; then it goes on. It does not depend on whether the future is polled.
    ///
    /// # Errors
    ///
    /// An actor has more state than its memory, or there is too much; or the host has ended.
    pub fn snapshot(&self) -> impl Future<Output = Result<Snapshot, SnapshotError>> + Send + use<> {
        let (answer, receiver) = oneshot::channel();
        let shards = self.workers.len();
        let gathering = Gathering::new(shards, answer);
        // Two snapshots come to all shards in the same order.
        let order = lock(&self.core.environment);
        for shard in (0..).take(shards) {
            self.core.network.push(shard, Letter::Gather(gathering.clone()));
        }
        drop(order);
        async move { receiver.await.unwrap_or(Err(SnapshotError::Ended)) }
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
        let in_time = network.activity.until_quiescent(timeout);
        let verdict = if was_quiescent {
            RunVerdict::Quiescent
        } else if in_time {
            RunVerdict::Drained
        } else {
            RunVerdict::DrainTimeout
        };
        let (mut report, watchers) = self.end();
        if verdict == RunVerdict::Quiescent {
            watchers.iter().for_each(Watcher::tell_if_hot);
        }
        report.verdict =
            if self.core.stopped.load(Ordering::SeqCst) { RunVerdict::Stopped } else { verdict };
        report.merge(lock(&self.core.watched).clone());
        report
    }

    fn end(&mut self) -> (RunReport, Vec<Watcher>) {
        for shard in (0..).take(self.workers.len()) {
            self.core.network.push(shard, Letter::End);
        }
        let joined =
            self.workers.drain(..).map(|worker| worker.join().expect("a shard does not panic"));
        let mut shards: Vec<_> = joined.collect();
        self.core.ended.store(true, Ordering::SeqCst);
        // What one shard sent after another had ended must not be lost; nobody takes turns any more.
        while shards.iter_mut().map(Shard::collect_rest).filter(|&any| any).count() > 0 {}
        let mut report = self.core.empty_report();
        let label = |id: ActorId| shards.iter().find_map(|shard| shard.label(id));
        let label = |id: ActorId| label(id).unwrap_or_else(|| id.to_string());
        shards.iter().for_each(|shard| report.add_waiting(shard.waiting(&label)));
        shards.into_iter().for_each(|shard| report.merge(shard.end()));
        for gate in &self.core.network.gates {
            gate.push(Notice::End);
        }
        let joined = self
            .watchers
            .drain(..)
            .map(|thread| thread.join().expect("a monitor's thread does not panic"));
        let watchers = joined.collect();
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            ticker.join().expect("the ticker does not panic");
        }
        lock(&self.core.answers).clear();
        lock(&self.core.sends).clear();
        (report, watchers)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if !self.workers.is_empty() {
            drop(self.end());
        }
    }
}
