//! What all actors of an app share: the names, and the turn that is under way.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc, time::Duration};

use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    ActorId, ActorLimits, Failure, Firing, Group, GroupId, IdKey, Kind, Outbox, Overflow,
};

/// What an actor may use: more than any sane one does.
pub(crate) const LIMITS: ActorLimits = ActorLimits {
    inbox_events_max: std::num::NonZeroU32::new(10_000).expect("not zero"),
    overflow: Overflow::Block,
    payload_bytes_max: 1 << 20,
    effects_max: 10_000,
    outbox_bytes_max: 16 << 20,
};

/// What all actors of an app share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) key: IdKey,
    kinds: RefCell<Kinds>,
    /// The names of the kinds of actors, by definition.
    pub(crate) definitions: Vec<String>,
    /// The definition of a kind that nobody has named, if that is no mistake.
    pub(crate) unknown: Option<u32>,
    /// There during a turn.
    pub(crate) scope: RefCell<Option<Scope>>,
    /// The log lines of the turn.
    pub(crate) log: RefCell<Vec<String>>,
}

/// What an actor can reach in its turn.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) id: ActorId,
    pub(crate) label: String,
    pub(crate) outbox: Outbox,
    pub(crate) oracle: Option<Box<Oracle>>,
    pub(crate) now: Duration,
    pub(crate) kind: Option<Kind>,
    pub(crate) firing: Option<Firing>,
    /// Requests that the actor has not answered, and groups that the turn opened.
    pub(crate) groups: Vec<Arc<Group>>,
}

impl Scope {
    /// That of a monitor, which does nothing but to tell its state.
    pub(crate) fn of_monitor() -> Self {
        Self {
            id: ActorId::ENVIRONMENT,
            label: String::new(),
            outbox: Outbox::default(),
            oracle: None,
            now: Duration::ZERO,
            kind: None,
            firing: None,
            groups: Vec::new(),
        }
    }

    /// A group that the turn may name.
    pub(crate) fn group(&self, id: GroupId) -> Arc<Group> {
        let mut known = self.outbox.group().into_iter().chain(&self.groups);
        let group = known.find(|group| group.id == id).cloned();
        group.unwrap_or_else(|| Arc::new(Group { id, name: None, asker: None }))
    }
}

/// Kinds of events, interned.
#[derive(Debug)]
struct Kinds {
    numbers: BTreeMap<String, Kind>,
    names: Vec<String>,
}

impl Shared {
    pub(crate) fn new(definitions: Vec<String>, unknown: Option<u32>) -> Self {
        let kinds = Kinds { numbers: BTreeMap::new(), names: Vec::new() };
        let shared = Self {
            key: IdKey::from_seed(0),
            kinds: RefCell::new(kinds),
            definitions,
            unknown,
            scope: RefCell::new(None),
            log: RefCell::default(),
        };
        for name in Kind::RESERVED {
            shared.kind(name);
        }
        shared
    }

    /// The number of a kind of event.
    pub(crate) fn kind(&self, name: &str) -> Kind {
        let Kinds { numbers, names } = &mut *self.kinds.borrow_mut();
        if let Some(&kind) = numbers.get(name) {
            return kind;
        }
        let kind = Kind(u32::try_from(names.len()).expect("names take memory"));
        names.push(name.to_owned());
        numbers.insert(name.to_owned(), kind);
        kind
    }

    /// The name of a kind of event.
    pub(crate) fn kind_name(&self, kind: Kind) -> String {
        self.kinds.borrow().names[kind.0 as usize].clone()
    }

    /// The definition of a kind of actor.
    pub(crate) fn definition(&self, name: &str) -> Option<u32> {
        let place = self.definitions.iter().position(|known| known == name);
        place.and_then(|place| u32::try_from(place).ok()).or(self.unknown)
    }
}

/// Ends the turn that is under way.
pub(crate) fn fail(failure: Failure) -> ! {
    // Not a panic of the author's: nothing is printed.
    std::panic::resume_unwind(Box::new(failure))
}
