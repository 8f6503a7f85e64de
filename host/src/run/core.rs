//! What the shards and the host's interface share.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use coyote_kernel::{
    ActorId, Asker, DeadReason, Definition, Encoding, Group, Message, Parcel, Payload, Place,
    Ticket,
};
use futures_channel::oneshot;

use super::Letter;
use super::load::BuildError;
use super::network::Network;
use super::outside::{Answer, OutsideEvent, RequestError, SendError};
use super::report::RunReport;
use crate::app::{ActorKind, Creation, Environment};
use crate::clock::Clock;
use crate::sandbox::{Component, Sandbox, Shared, TICK};
use crate::snapshot::Header;

type PendingAnswer = oneshot::Sender<Result<Answer, RequestError>>;
type PendingSend = oneshot::Sender<Result<(), DeadReason>>;

/// What the shards and the host's API share.
pub(super) struct Core {
    pub(super) sandbox: Sandbox,
    pub(super) shared: Arc<Shared>,
    pub(super) definitions: Arc<[Definition]>,
    pub(super) components: Vec<Component>,
    pub(super) actors: Vec<Arc<ActorKind>>,
    pub(super) network: Arc<Network>,
    pub(super) clock: Clock,
    pub(super) seed: u64,
    /// Whether all actors of the manifest are created.
    pub(super) started: AtomicBool,
    /// Whether a failure has stopped the app: no turn begins any more.
    pub(super) stopped: AtomicBool,
    /// Whether all workers have ended: what still waits for a monitor is not looked at any more.
    pub(super) ended: AtomicBool,
    pub(super) answers: Mutex<HashMap<u64, PendingAnswer>>,
    pub(super) sends: Mutex<HashMap<Ticket, PendingSend>>,
    pub(super) numbers: AtomicU64,
    pub(super) environment: Mutex<Environment>,
    /// Of which app and components a snapshot is.
    pub(super) header: Header,
    /// What the monitors report.
    pub(super) watched: Mutex<RunReport>,
}

impl Core {
    /// Hands an answer to whoever asked; whether somebody still waits for it.
    pub(super) fn answer(
        &self,
        correlation: u64,
        reply: Result<(Encoding, Payload), RequestError>,
    ) -> bool {
        let Some(asker) = lock(&self.answers).remove(&correlation) else {
            // A deadline that comes after the answer is nothing to tell of.
            return reply == Err(RequestError::Deadline);
        };
        let answer = reply
            .map(|(encoding, payload)| Answer { encoding, payload: payload.as_slice().to_vec() });
        asker.send(answer).is_ok()
    }

    pub(super) fn admitted(&self, ticket: Ticket, fate: Result<(), DeadReason>) {
        if let Some(sender) = lock(&self.sends).remove(&ticket) {
            // Whoever sent it may have stopped waiting.
            let _ = sender.send(fate);
        }
    }

    pub(super) fn stop(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            self.shared.observer.stopped();
        }
    }

    /// Gives tokens of activity back, and tells the observer if nothing is left to do.
    pub(super) fn rest(&self, tokens: usize) {
        if self.network.activity.end(tokens) && self.started.load(Ordering::SeqCst) {
            self.shared.observer.quiescent();
        }
    }

    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn next_ticket(&self) -> Ticket {
        Ticket(NonZeroU64::new(self.next_number()).expect("numbers begin with 1"))
    }

    pub(super) fn empty_report(&self) -> RunReport {
        let seconds = self.clock.elapsed().as_secs_f64();
        RunReport { seconds, seed: self.seed, ..RunReport::default() }
    }

    /// Creates an actor for the environment, which stays locked meanwhile: its creates keep their order.
    pub(super) fn create(&self, creation: Creation) -> Result<(), SendError> {
        let Creation { id, kind, label, ordinal, init } = creation;
        if self.network.directory.room() == 0 {
            return Err(SendError::TooManyActors);
        }
        let shard = self.network.bind(id, 0, ordinal).map_err(|_| SendError::IdInUse { id })?;
        let definition = kind.number();
        let parcel = Parcel::Create { id, definition, label, init, group: None };
        self.network.push(shard, Letter::Parcel(parcel));
        Ok(())
    }

    pub(super) fn send(
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
            Some(Place::Shard(shard) | Place::Cell { shard, .. }) => shard,
            // A shard counts what reaches nobody.
            Some(Place::Reserved { .. } | Place::Gone) => 0,
            None => return Err(SendError::UnknownId { id: to }),
        };
        self.network.push(shard, Letter::Parcel(Parcel::Message { to, message }));
        Ok(())
    }

    pub(super) fn request(
        &self,
        to: ActorId,
        event: OutsideEvent,
        correlation: u64,
        deadline: Duration,
    ) -> Result<(), SendError> {
        let id = lock(&self.environment).group(&self.shared.key);
        let asker = Some(Asker { id: ActorId::ENVIRONMENT, correlation });
        self.send(to, event, Some(Arc::new(Group { id, name: None, asker })), None)?;
        let at = self.clock.now().saturating_add(deadline);
        self.network.push(0, Letter::Deadline { at, correlation });
        Ok(())
    }

    /// Starts the thread that ends turns whose deadline has passed, if there are deadlines.
    pub(super) fn ticker(self: &Arc<Self>) -> Result<Option<JoinHandle<()>>, BuildError> {
        if self.actors.iter().all(|actor| actor.sandbox.deadline.is_none()) {
            return Ok(None);
        }
        let core = self.clone();
        let tick = move || {
            while !core.ended.load(Ordering::SeqCst) {
                thread::park_timeout(TICK);
                core.sandbox.tick();
            }
        };
        spawn("coyote-ticker".to_owned(), tick).map(Some)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn spawn<T: Send + 'static>(
    name: String,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, BuildError> {
    let builder = thread::Builder::new().name(name);
    builder.spawn(run).map_err(|source| BuildError::Thread { source })
}
