//! What lies beyond one kernel: where ids are bound, and the way to other shards.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::actor::{Init, Label};
use crate::cell::CellKind;
use crate::event::{Event, Group, Message};
use crate::id::{ActorId, IdMap};
use crate::kernel::hash_of;
use crate::saved::Saved;

/// The number of a shard: one kernel and the thread that drives it.
pub type ShardIndex = u16;

/// What an id that was issued stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An actor that lives on this shard.
    Shard(ShardIndex),
    /// Nobody yet; it may be bound to an actor of this definition.
    Reserved {
        /// The index of the definition.
        definition: u32,
    },
    /// An actor that has halted. The id may be bound again (I8).
    Gone,
    /// A cell.
    Cell {
        /// The shard that it lives on.
        shard: ShardIndex,
        /// What it holds.
        kind: CellKind,
    },
}

impl Place {
    /// The shard that whatever has the id lives on.
    #[must_use]
    pub fn shard(self) -> Option<ShardIndex> {
        match self {
            Self::Shard(shard) | Self::Cell { shard, .. } => Some(shard),
            Self::Reserved { .. } | Self::Gone => None,
        }
    }
}

/// Where a new actor is to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// In the kernel that asks.
    Here,
    /// On another shard.
    There(ShardIndex),
}

/// What one shard tells another. Parcels from one shard arrive in the order they were pushed.
#[derive(Debug)]
pub enum Parcel {
    /// An event for an actor there.
    Message {
        /// The receiver.
        to: ActorId,
        /// The event.
        message: Message,
    },
    /// An actor that is to live there; its id is bound already.
    Create {
        /// Its id.
        id: ActorId,
        /// The index of its definition.
        definition: u32,
        /// Its name for people.
        label: Label,
        /// Its first payload.
        init: Init,
        /// The group it starts in.
        group: Option<Arc<Group>>,
    },
    /// An actor wants to know when one there is gone.
    Watch {
        /// Who wants to know.
        watcher: ActorId,
        /// Of whom.
        target: ActorId,
    },
    /// An event of this sender waits before a full inbox.
    Held {
        /// The sender.
        sender: ActorId,
    },
    /// That event has entered the inbox.
    Released {
        /// The sender.
        sender: ActorId,
    },
}

/// The world beyond one kernel.
///
/// All shards of an app share the bindings of ids. Pushes must be linearizable: then delivery is
/// causal (S1, S2), since every effect is pushed before the next one of its turn.
pub trait Exchange {
    /// The shard of the kernel that asks.
    fn here(&self) -> ShardIndex;

    /// What an id stands for; none if it was never issued.
    fn find(&self, id: ActorId) -> Option<Place>;

    /// How many more actors may live.
    fn room(&self) -> usize;

    /// Binds an id that is new, reserved or free again, and says where its actor is to live.
    ///
    /// # Errors
    ///
    /// The id is bound; where its holder lives.
    fn bind(&mut self, id: ActorId, creator: ActorId, ordinal: u32) -> Result<Created, ShardIndex>;

    /// Binds an id that is new to a cell in the kernel that asks.
    fn bind_cell(&mut self, id: ActorId, kind: CellKind);

    /// Makes an id known; one that is known stays as it is.
    fn reserve(&mut self, id: ActorId, definition: u32);

    /// Frees the id of an actor that is gone.
    fn retire(&mut self, id: ActorId);

    /// Sends a parcel to a shard.
    fn push(&mut self, to: ShardIndex, parcel: Parcel);

    /// Tells monitors what a turn notified them of, in order: at its commit, before its first effect leaves, so that
    /// nobody who acts on the turn can be ahead of it (T3, O2). What is given back becomes an
    /// [`Output::Notified`](crate::Output::Notified): an exchange without monitors gives everything back.
    fn notify(
        &mut self,
        from: ActorId,
        notifications: Vec<(Box<str>, Event)>,
    ) -> Vec<(Box<str>, Event)> {
        let _ = from;
        notifications
    }
}

/// The exchange of a kernel that has no other beside it.
#[derive(Clone, Debug)]
pub struct Alone {
    /// Shared with snapshots.
    places: Arc<IdMap<Place>>,
    /// The sum of the hashes of all of them.
    key: u128,
    live: usize,
    live_max: usize,
}

impl Alone {
    /// An exchange without any id, for an app of at most `live_max` actors at once.
    #[must_use]
    pub fn new(live_max: usize) -> Self {
        Self { places: Arc::default(), key: 0, live: 0, live_max }
    }
}

impl Alone {
    /// What every id stands for.
    pub fn places(&self) -> impl Iterator<Item = (ActorId, Place)> {
        self.places.iter().map(|(&id, &place)| (id, place))
    }

    /// The exchange of an app that was saved; none if it has more actors than `live_max`.
    #[must_use]
    pub fn of(saved: &Saved, live_max: usize) -> Option<Self> {
        let mut exchange = Self { live: saved.actors.len(), ..Self::new(live_max) };
        for actor in &saved.actors {
            let shard = 0;
            let cell = actor.cell_kind().map(|kind| Place::Cell { shard, kind });
            exchange.put(actor.id(), cell.unwrap_or(Place::Shard(shard)));
        }
        for (id, definition) in saved.unbound() {
            let reserved = definition.map(|definition| Place::Reserved { definition });
            exchange.put(id, reserved.unwrap_or(Place::Gone));
        }
        (exchange.live <= live_max).then_some(exchange)
    }

    /// What every id stands for, for the key of the app.
    pub(crate) fn key(&self) -> u128 {
        self.key
    }

    fn put(&mut self, id: ActorId, place: Place) {
        self.key = self.key.wrapping_add(hash_of((id, place)));
        if let Some(earlier) = Arc::make_mut(&mut self.places).insert(id, place) {
            self.key = self.key.wrapping_sub(hash_of((id, earlier)));
        }
    }
}

impl Exchange for Alone {
    fn here(&self) -> ShardIndex {
        0
    }

    fn find(&self, id: ActorId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    fn room(&self) -> usize {
        self.live_max.saturating_sub(self.live)
    }

    fn bind(&mut self, id: ActorId, _: ActorId, _: u32) -> Result<Created, ShardIndex> {
        if let Some(holder) = self.places.get(&id).and_then(|place| place.shard()) {
            return Err(holder);
        }
        self.put(id, Place::Shard(0));
        self.live += 1;
        Ok(Created::Here)
    }

    fn bind_cell(&mut self, id: ActorId, kind: CellKind) {
        self.put(id, Place::Cell { shard: 0, kind });
        self.live += 1;
    }

    fn reserve(&mut self, id: ActorId, definition: u32) {
        if !self.places.contains_key(&id) {
            self.put(id, Place::Reserved { definition });
        }
    }

    fn retire(&mut self, id: ActorId) {
        self.put(id, Place::Gone);
        self.live -= 1;
    }

    fn push(&mut self, _: ShardIndex, _: Parcel) {
        unreachable!("there is no other shard");
    }
}
