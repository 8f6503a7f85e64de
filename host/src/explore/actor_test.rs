//! One actor alone, in a plain test: what it does with an event, without the others.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use coyote_kernel::strategy::{Diverged, Oracle, Question, Strategy};
use coyote_kernel::{
    ActorId, CellKind, Created, Event, Exchange, Guests as _, IdMap, Init, Kernel, Kind, Label,
    Message, Outbox, Output, Parcel, Payload, Place, Recovery, Reply, ShardIndex, Turn,
};

use super::stage::Stage;
use super::turns::Turns;
use crate::app::App;
use crate::observe::Silent;
use crate::run::{BuildError, OutsideEvent, SendError};

/// Everybody but the actor under test.
const ELSEWHERE: ShardIndex = 1;

/// Drives one actor: its real component, its inbox and its timers, with nobody else there. What it asks of the world
/// comes back as [`Did`].
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use coyote_host::{ActorTest, App, Did, Init, OutsideEvent};
///
/// let mut server = ActorTest::new(App::load("app.toml".as_ref())?, "server")?;
/// server.initialize(Init::empty());
/// let client = server.peer();
/// let did = server.send(client, OutsideEvent::json("ping", &client)?)?;
/// assert!(matches!(&did[..], [Did::Sent { to, event, .. }] if *to == client && event == "pong"));
/// # Ok(()) }
/// ```
pub struct ActorTest {
    kernel: Kernel,
    elsewhere: Elsewhere,
    turns: Turns,
    outbox: Outbox,
    oracle: Option<Box<Oracle>>,
    draws: Vec<u32>,
    id: ActorId,
    definition: u32,
    peers: u32,
    stage: Stage,
}

impl fmt::Debug for ActorTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorTest").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One thing that an actor did, in the order in which it takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// Sent an event.
    Sent {
        /// To whom.
        to: ActorId,
        /// The kind.
        event: String,
        /// The payload.
        payload: Vec<u8>,
    },
    /// Created an actor.
    Created {
        /// Its id.
        id: ActorId,
        /// Its kind.
        kind: String,
        /// Its first payload.
        payload: Vec<u8>,
    },
    /// Notified a monitor.
    Notified {
        /// Its name.
        monitor: String,
        /// The kind of the event.
        event: String,
        /// The payload.
        payload: Vec<u8>,
    },
    /// Answered a request.
    Replied(Result<Vec<u8>, String>),
    /// Asked to be told when an actor is gone.
    Watched(ActorId),
    /// Halted.
    Halted,
    /// Failed, and what became of it.
    Failed {
        /// The sort of reason, such as `assertion`.
        cause: String,
        /// For the author of the actor.
        message: String,
        /// Whether it lives on.
        lives_on: bool,
    },
    /// Left an event to nobody.
    DeadLetter {
        /// The kind.
        event: String,
        /// Why.
        reason: String,
    },
}

impl ActorTest {
    /// A fresh actor of this kind; nothing of it has run yet.
    ///
    /// # Errors
    ///
    /// The app has no such kind, or a component is refused.
    pub fn new(app: App, kind: &str) -> Result<Self, ActorTestError> {
        Self::with_cache(app, kind, None)
    }

    /// As [`Self::new`], with compiled components kept in this folder.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_cache(
        app: App,
        kind: &str,
        cache: Option<PathBuf>,
    ) -> Result<Self, ActorTestError> {
        let unknown = || SendError::UnknownKind { kind: kind.to_owned() };
        let definition = app.kind_of(kind).ok_or_else(unknown)?.number();
        let stage = Stage::new(app, 0, cache, Arc::new(Silent), None)?;
        let mut elsewhere = Elsewhere::default();
        let id = stage.code.shared.key.child(ActorId::ENVIRONMENT, 0);
        elsewhere.places.insert(id, Place::Shard(0));
        let turns = Turns::new(stage.code.clone(), Vec::new(), usize::MAX, 0).forgetful();
        let kernel = Kernel::new(stage.definitions());
        Ok(Self {
            kernel,
            elsewhere,
            turns,
            outbox: Outbox::default(),
            oracle: None,
            draws: Vec::new(),
            id,
            definition,
            peers: 0,
            stage,
        })
    }

    /// The id of the actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.id
    }

    /// The id of somebody else, who does nothing but to receive: to be put into payloads, or to send in whose name.
    pub fn peer(&mut self) -> ActorId {
        self.peers += 1;
        let id = self.stage.code.shared.key.child(ActorId::ENVIRONMENT, self.peers);
        self.elsewhere.places.insert(id, Place::Shard(ELSEWHERE));
        id
    }

    /// What the actor draws from here on, first to last; 0 once they are used up.
    pub fn draws(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.draws = numbers.into_iter().collect();
    }

    /// Runs the first turn; what it did.
    pub fn initialize(&mut self, init: Init) -> Vec<Did> {
        let (id, definition) = (self.id, self.definition);
        let (label, group) = (Label::Ordinal(1), None);
        let parcel = Parcel::Create { id, definition, label, init, group };
        self.kernel.receive(parcel, &mut self.elsewhere);
        self.run()
    }

    /// Sends an event, and runs all turns that follow from it; what they did.
    ///
    /// # Errors
    ///
    /// The kind is no kind that can be sent.
    pub fn send(&mut self, from: ActorId, event: OutsideEvent) -> Result<Vec<Did>, SendError> {
        let OutsideEvent { kind, encoding, payload } = event;
        let known = self.stage.code.shared.kinds.intern_sendable(&kind);
        let kind = known.ok_or(SendError::Kind { kind })?;
        let event = Event { kind, encoding, payload: Payload::from_slice(&payload) };
        let message = Message::plain(from, event);
        self.kernel.receive(Parcel::Message { to: self.id, message }, &mut self.elsewhere);
        Ok(self.run())
    }

    /// Lets virtual time pass until the next timer fires, and runs all turns that follow; what they did. None if no
    /// timer is armed.
    pub fn fire(&mut self) -> Option<Vec<Did>> {
        let due = self.kernel.next_due()?;
        self.kernel.advance(due);
        Some(self.run())
    }

    /// The name of the state on top; none for a plain actor, and for one that is gone.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.kernel.state_name(self.kernel.slot(self.id)?)
    }

    /// The state of the actor, as its component renders it.
    pub fn render(&mut self) -> Option<String> {
        let slot = self.kernel.slot(self.id)?;
        self.turns.state_text(slot)
    }

    /// The kinds of the events that wait, deferred ones included, the oldest first.
    #[must_use]
    pub fn inbox(&self) -> Vec<String> {
        let kinds = &self.stage.code.shared.kinds;
        let waiting = self.kernel.slot(self.id).into_iter();
        let waiting = waiting.flat_map(|slot| self.kernel.waiting(slot));
        waiting.map(|message| kinds.name(message.event.kind)).collect()
    }

    fn run(&mut self) -> Vec<Did> {
        let script = Script(std::mem::take(&mut self.draws).into());
        self.oracle = Some(Box::new(Oracle::new(Box::new(script))));
        let mut did = Vec::new();
        while let Some(turn) = self.kernel.next(&mut self.outbox, &mut self.elsewhere) {
            self.turn(turn);
            self.tell(&mut did);
        }
        self.tell(&mut did);
        did
    }

    fn turn(&mut self, turn: Turn) {
        let slot = turn.slot;
        let Self { kernel, elsewhere, turns, outbox, oracle, .. } = self;
        let (turn, failure) = match turns.turn(kernel, &turn, outbox, oracle) {
            Ok(()) => match kernel.commit(turn, outbox, elsewhere) {
                Ok(ended) => return turns.commit(slot, ended),
                Err(refused) => refused.into_failure(|kind| turns.kind_name(kind)),
            },
            Err(failure) => (turn, failure),
        };
        outbox.clear();
        let recovery = kernel.fail(turn, failure, elsewhere);
        turns.recover(slot, recovery);
    }

    /// Tells what left the actor, and what the kernel says about it.
    fn tell(&mut self, did: &mut Vec<Did>) {
        let kinds = &self.stage.code.shared.kinds;
        let bytes = |payload: &Payload| payload.as_slice().to_vec();
        let name = |kind: Kind| kinds.name(kind);
        let outputs = self.kernel.take_outputs();
        for output in &outputs {
            if let Output::Notified { notifications, .. } = output {
                did.extend(notifications.iter().map(|(monitor, event)| Did::Notified {
                    monitor: monitor.to_string(),
                    event: name(event.kind),
                    payload: bytes(&event.payload),
                }));
            }
        }
        for parcel in self.elsewhere.parcels.drain(..) {
            did.push(match parcel {
                Parcel::Message { to, message: Message { event, .. } } => {
                    Did::Sent { to, event: name(event.kind), payload: bytes(&event.payload) }
                }
                Parcel::Create { id, definition, init, .. } => {
                    let kind = self.stage.app.actors()[definition as usize].name.clone();
                    Did::Created { id, kind, payload: bytes(&init.payload) }
                }
                Parcel::Watch { target, .. } => Did::Watched(target),
                Parcel::Held { .. } | Parcel::Released { .. } => continue,
            });
        }
        for output in outputs {
            did.push(match output {
                Output::Failed { turn, recovery, .. } => Did::Failed {
                    cause: turn.failure.cause.to_string(),
                    message: turn.failure.message,
                    lives_on: matches!(recovery, Recovery::Restarted | Recovery::Resumed),
                },
                Output::Halted { .. } => Did::Halted,
                Output::DeadLetter(letter) => Did::DeadLetter {
                    event: name(letter.event.kind),
                    reason: letter.reason.to_string(),
                },
                Output::Reply { reply, .. } => Did::Replied(replied(reply)),
                Output::Violation(_)
                | Output::Admitted(_)
                | Output::Refused(..)
                | Output::Notified { .. } => continue,
            });
        }
    }
}

fn replied(reply: Reply) -> Result<Vec<u8>, String> {
    reply.map(|(_, payload)| payload.as_slice().to_vec())
}

/// Why an actor cannot be tested.
#[derive(Debug, thiserror::Error)]
pub enum ActorTestError {
    /// The app has no such kind of actor.
    #[error(transparent)]
    Kind(#[from] SendError),
    /// A component is refused.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Where everything goes that leaves the actor.
#[derive(Debug, Default)]
struct Elsewhere {
    places: IdMap<Place>,
    parcels: Vec<Parcel>,
}

impl Exchange for Elsewhere {
    fn bind_cell(&mut self, id: ActorId, kind: CellKind) {
        self.places.insert(id, Place::Cell { shard: 0, kind });
    }

    fn here(&self) -> ShardIndex {
        0
    }

    fn find(&self, id: ActorId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    fn room(&self) -> usize {
        usize::MAX
    }

    fn bind(&mut self, id: ActorId, _: ActorId, _: u32) -> Result<Created, ShardIndex> {
        if let Some(&Place::Shard(holder)) = self.places.get(&id) {
            return Err(holder);
        }
        self.places.insert(id, Place::Shard(ELSEWHERE));
        Ok(Created::There(ELSEWHERE))
    }

    fn reserve(&mut self, id: ActorId, definition: u32) {
        self.places.entry(id).or_insert(Place::Reserved { definition });
    }

    fn retire(&mut self, id: ActorId) {
        self.places.insert(id, Place::Gone);
    }

    fn push(&mut self, _: ShardIndex, parcel: Parcel) {
        self.parcels.push(parcel);
    }
}

/// Draws what a test says.
struct Script(VecDeque<u32>);

impl Strategy for Script {
    fn begin(&mut self, _: u64) {}

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        Ok(self.0.pop_front().unwrap_or(0).min(question.bound() - 1))
    }

    fn is_fair(&self) -> bool {
        false
    }
}
