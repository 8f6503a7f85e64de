//! The world beyond a toy kernel: nothing, or other kernels in the same thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use coyote_kernel::{
    ActorId, Alone, CellKind, Created, Exchange, IdMap, Parcel, Place, Saved, ShardIndex,
};

/// What the shards of a toy app share.
#[derive(Default)]
pub(crate) struct Net {
    places: IdMap<Place>,
    pub(crate) queues: Vec<VecDeque<Parcel>>,
    /// Where actors are to live that do not live with their creator.
    pub(crate) homes: IdMap<ShardIndex>,
    /// Whether actors without a home live anywhere, as their ids say, and not with their creator.
    pub(crate) spreads: bool,
    live: usize,
    live_max: usize,
}

impl Net {
    pub(crate) fn new(shards: usize, live_max: usize) -> Rc<RefCell<Self>> {
        let queues = (0..shards).map(|_| VecDeque::new()).collect();
        Rc::new(RefCell::new(Self { queues, live_max, ..Self::default() }))
    }
}

impl Net {
    /// Binds what was saved anew; where each actor is to live.
    pub(crate) fn resume(&mut self, saved: &Saved) -> IdMap<ShardIndex> {
        assert!(self.queues.iter().all(VecDeque::is_empty), "a letter would be lost");
        self.places.clear();
        self.live = saved.actors.len();
        let unbound = saved.unbound().map(|(id, definition)| {
            (id, definition.map_or(Place::Gone, |definition| Place::Reserved { definition }))
        });
        self.places.extend(unbound);
        let mut homes = IdMap::default();
        for actor in &saved.actors {
            let (id, shards) = (actor.id(), self.queues.len() as u64);
            let shard = self.homes.get(&id).copied();
            let shard = shard.unwrap_or(ShardIndex::try_from(id.bits() % shards).unwrap());
            let cell = actor.cell_kind().map(|kind| Place::Cell { shard, kind });
            self.places.insert(id, cell.unwrap_or(Place::Shard(shard)));
            homes.insert(id, shard);
        }
        homes
    }
}

/// The exchange of one toy kernel.
pub(crate) enum Link {
    Alone(Alone),
    Port(ShardIndex, Rc<RefCell<Net>>),
}

impl Link {
    /// What every id stands for.
    pub(crate) fn places(&self) -> Vec<(ActorId, Place)> {
        match self {
            Self::Alone(alone) => alone.places().collect(),
            Self::Port(_, net) => net.borrow().places.iter().map(|(&id, &p)| (id, p)).collect(),
        }
    }
}

impl Exchange for Link {
    fn here(&self) -> ShardIndex {
        match self {
            Self::Alone(alone) => alone.here(),
            Self::Port(here, _) => *here,
        }
    }

    fn find(&self, id: ActorId) -> Option<Place> {
        match self {
            Self::Alone(alone) => alone.find(id),
            Self::Port(_, net) => net.borrow().places.get(&id).copied(),
        }
    }

    fn room(&self) -> usize {
        match self {
            Self::Alone(alone) => alone.room(),
            Self::Port(_, net) => {
                let net = net.borrow();
                net.live_max.saturating_sub(net.live)
            }
        }
    }

    fn bind(&mut self, id: ActorId, creator: ActorId, ordinal: u32) -> Result<Created, ShardIndex> {
        match self {
            Self::Alone(alone) => alone.bind(id, creator, ordinal),
            Self::Port(here, net) => {
                let mut net = net.borrow_mut();
                if let Some(holder) = net.places.get(&id).and_then(|place| place.shard()) {
                    return Err(holder);
                }
                let home = net.homes.get(&id).copied().unwrap_or(if net.spreads {
                    ShardIndex::try_from(id.bits() % net.queues.len() as u64).unwrap()
                } else {
                    *here
                });
                net.places.insert(id, Place::Shard(home));
                net.live += 1;
                Ok(if home == *here { Created::Here } else { Created::There(home) })
            }
        }
    }

    fn bind_cell(&mut self, id: ActorId, kind: CellKind) {
        match self {
            Self::Alone(alone) => alone.bind_cell(id, kind),
            Self::Port(here, net) => {
                let mut net = net.borrow_mut();
                net.places.insert(id, Place::Cell { shard: *here, kind });
                net.live += 1;
            }
        }
    }

    fn reserve(&mut self, id: ActorId, definition: u32) {
        match self {
            Self::Alone(alone) => alone.reserve(id, definition),
            Self::Port(_, net) => {
                net.borrow_mut().places.entry(id).or_insert(Place::Reserved { definition });
            }
        }
    }

    fn retire(&mut self, id: ActorId) {
        match self {
            Self::Alone(alone) => alone.retire(id),
            Self::Port(_, net) => {
                let mut net = net.borrow_mut();
                net.places.insert(id, Place::Gone);
                net.live -= 1;
            }
        }
    }

    fn push(&mut self, to: ShardIndex, parcel: Parcel) {
        match self {
            Self::Alone(alone) => alone.push(to, parcel),
            Self::Port(_, net) => net.borrow_mut().queues[usize::from(to)].push_back(parcel),
        }
    }
}
