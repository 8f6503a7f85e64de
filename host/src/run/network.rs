//! What the shards of a host share: where ids are bound, the queues between shards, and the count of what is
//! left to do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use coyote_kernel::{
    ActorId, CellKind, Created, DeadLetter, Event, Exchange, IdMap, Parcel, Place, ShardIndex,
};
use crossbeam_channel::Sender;

use super::Letter;
use super::watch::{Gate, Notice};
use crate::clock::Deadline;

/// How many children of one creator go to one shard before the next ones go to the next: actors that were
/// created together talk to each other more than to others.
const BLOCK: u32 = 16;

/// The directory is split so that shards rarely wait for each other.
const PARTS: usize = 64;

/// Where every id is bound that was ever issued.
#[derive(Debug)]
pub(super) struct Directory {
    parts: [RwLock<IdMap<Place>>; PARTS],
    live: AtomicUsize,
    live_max: usize,
}

impl Directory {
    pub(super) fn new(live_max: usize) -> Self {
        let parts = std::array::from_fn(|_| RwLock::default());
        Self { parts, live: AtomicUsize::new(0), live_max }
    }

    /// What every id stands for.
    pub(super) fn places(&self) -> Vec<(ActorId, Place)> {
        let mut places = Vec::new();
        for part in &self.parts {
            let part = part.read().unwrap_or_else(PoisonError::into_inner);
            places.extend(part.iter().map(|(&id, &place)| (id, place)));
        }
        places
    }

    /// Makes it known what an id stood for when a snapshot was taken.
    pub(super) fn resume(&self, id: ActorId, place: Place) {
        let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
        part.insert(id, place);
        self.live.fetch_add(place.shard().is_some().into(), Ordering::Relaxed);
    }

    fn part(&self, id: ActorId) -> &RwLock<IdMap<Place>> {
        // The map of a part uses the low bits.
        let part = (id.bits() >> 32) % PARTS as u64;
        let part = usize::try_from(part).expect("below the number of parts");
        &self.parts[part]
    }

    pub(super) fn find(&self, id: ActorId) -> Option<Place> {
        self.part(id).read().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    pub(super) fn room(&self) -> usize {
        self.live_max.saturating_sub(self.live.load(Ordering::Relaxed))
    }

    fn bind(&self, id: ActorId, shard: ShardIndex) -> Result<(), ShardIndex> {
        let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = part.get(&id).and_then(|place| place.shard()) {
            return Err(holder);
        }
        part.insert(id, Place::Shard(shard));
        self.live.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn bind_cell(&self, id: ActorId, shard: ShardIndex, kind: CellKind) {
        let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
        part.insert(id, Place::Cell { shard, kind });
        self.live.fetch_add(1, Ordering::Relaxed);
    }

    fn reserve(&self, id: ActorId, definition: u32) {
        let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
        part.entry(id).or_insert(Place::Reserved { definition });
    }

    fn retire(&self, id: ActorId) {
        let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
        part.insert(id, Place::Gone);
        self.live.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts what is left to do, as tokens: one for each letter on its way, and one at least for each shard that
/// is busy or has a timer armed. Only the holder of a token makes new ones, so zero is final until somebody
/// outside sends something.
#[derive(Debug, Default)]
pub(super) struct Activity {
    tokens: AtomicUsize,
    rest: Mutex<()>,
    rested: Condvar,
}

impl Activity {
    pub(super) fn begin(&self) {
        self.tokens.fetch_add(1, Ordering::SeqCst);
    }

    /// Gives tokens back; whether they were the last.
    pub(super) fn end(&self, tokens: usize) -> bool {
        let last = self.tokens.fetch_sub(tokens, Ordering::SeqCst) == tokens;
        if last {
            let _rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
            self.rested.notify_all();
        }
        last
    }

    fn is_quiescent(&self) -> bool {
        self.tokens.load(Ordering::SeqCst) == 0
    }

    /// Waits until nothing is left to do; whether that came in time.
    pub(super) fn until_quiescent(&self, timeout: Duration) -> bool {
        let deadline = Deadline::after(timeout);
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_quiescent() {
            let Some(left) = deadline.left() else { return false };
            rest = self.rested.wait_timeout(rest, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// Everything that shards share.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) directory: Directory,
    pub(super) activity: Activity,
    pub(super) queues: Vec<Sender<Letter>>,
    /// The ways to the monitors that run.
    pub(super) gates: Vec<Gate>,
}

impl Network {
    /// Puts a letter into the queue of a shard. Letters from one thread arrive in order, and a letter that
    /// was put after another one in time arrives after it: the queue is linearizable.
    pub(super) fn push(&self, to: ShardIndex, letter: Letter) {
        self.activity.begin();
        if self.queues[usize::from(to)].send(letter).is_err() {
            // The shard has ended, so the app has.
            self.activity.end(1);
        }
    }

    /// Puts what a turn notified a monitor of into its queue, which is linearizable too; whether the monitor is still
    /// there.
    fn notify(&self, gate: &Gate, from: ActorId, events: Vec<Event>) -> bool {
        self.activity.begin();
        let pushed = gate.push(Notice::Notified { from, events });
        if !pushed {
            self.activity.end(1);
        }
        pushed
    }

    fn shards(&self) -> u32 {
        u32::try_from(self.queues.len()).expect("a host has fewer shards")
    }

    /// Where the actor with this number among those of a snapshot is to live.
    pub(super) fn spread(&self, number: u32) -> ShardIndex {
        let shard = number / BLOCK % self.shards();
        ShardIndex::try_from(shard).expect("below the number of shards")
    }

    /// Binds the id of a new actor; where it is to live. Children of one creator go to its own shard first, then
    /// in blocks to the others.
    pub(super) fn bind(
        &self,
        id: ActorId,
        creator: ShardIndex,
        ordinal: u32,
    ) -> Result<ShardIndex, ShardIndex> {
        let shard = (u32::from(creator) + ordinal / BLOCK) % self.shards();
        let shard = ShardIndex::try_from(shard).expect("below the number of shards");
        self.directory.bind(id, shard).map(|()| shard)
    }
}

/// The network as one shard sees it.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) here: ShardIndex,
    pub(super) network: Arc<Network>,
    /// Notifications for monitors that were given up.
    pub(super) unmonitored: u64,
}

impl Port {
    /// Tells the monitors that want to know of what reached nobody: the hook `event-dropped`.
    pub(super) fn tell_of_dropped(&mut self, letter: &DeadLetter, kind_name: &str) {
        for gate in &self.network.gates {
            let Some(kind) = gate.dropped else { continue };
            let events = vec![letter.notice(kind, kind_name)];
            if !self.network.notify(gate, ActorId::ENVIRONMENT, events) {
                self.unmonitored += 1;
            }
        }
    }
}

impl Exchange for Port {
    fn here(&self) -> ShardIndex {
        self.here
    }

    fn find(&self, id: ActorId) -> Option<Place> {
        self.network.directory.find(id)
    }

    fn room(&self) -> usize {
        self.network.directory.room()
    }

    fn bind(&mut self, id: ActorId, _: ActorId, ordinal: u32) -> Result<Created, ShardIndex> {
        let shard = self.network.bind(id, self.here, ordinal)?;
        Ok(if shard == self.here { Created::Here } else { Created::There(shard) })
    }

    fn bind_cell(&mut self, id: ActorId, kind: CellKind) {
        self.network.directory.bind_cell(id, self.here, kind);
    }

    fn reserve(&mut self, id: ActorId, definition: u32) {
        self.network.directory.reserve(id, definition);
    }

    fn retire(&mut self, id: ActorId) {
        self.network.directory.retire(id);
    }

    fn push(&mut self, to: ShardIndex, parcel: Parcel) {
        self.network.push(to, Letter::Parcel(parcel));
    }

    fn notify(
        &mut self,
        from: ActorId,
        mut notifications: Vec<(Box<str>, Event)>,
    ) -> Vec<(Box<str>, Event)> {
        for gate in &self.network.gates {
            let of_gate = notifications.extract_if(.., |(name, _)| gate.is_of(name));
            let events: Vec<_> = of_gate.map(|(_, event)| event).collect();
            let count = events.len() as u64;
            if count > 0 && !self.network.notify(gate, from, events) {
                self.unmonitored += count;
            }
        }
        notifications
    }
}
