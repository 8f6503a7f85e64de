//! The environment as a creator of actors (T6): ids and labels of whom it creates, the same under every
//! driver.

use std::collections::BTreeMap;

use coyote_kernel::{ActorId, Encoding, GroupId, IdKey, Init, Label, Payload};

use super::{KindIndex, Start};

/// What the environment has created. Ids, labels and groups derive from these counts (I4, I11).
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// How many actors without a name.
    unnamed: u32,
    groups: u32,
    /// How many of each kind.
    ordinals: BTreeMap<KindIndex, u32>,
}

/// An actor that the environment creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Creation {
    pub(crate) id: ActorId,
    /// Its number is that of the definition.
    pub(crate) kind: KindIndex,
    pub(crate) label: Label,
    /// Its place among the children of its kind, counted from 1.
    pub(crate) ordinal: u32,
    pub(crate) init: Init,
}

impl Environment {
    /// Whom start entries start, in the order of creation. The payloads of all can name all.
    pub(crate) fn start(&mut self, key: &IdKey, starts: &[Start]) -> Vec<Creation> {
        let mut ids_of = |start: &Start| {
            let instances = 0..start.count.get();
            let id = |instance| self.id(key, start.actor, start.name_of(instance).as_deref());
            instances.map(id).collect::<Vec<_>>()
        };
        let ids: Vec<_> = starts.iter().map(&mut ids_of).collect();
        let mut creations = Vec::new();
        for (start, ids_of_start) in starts.iter().zip(&ids) {
            let init = init(start, &ids);
            for (instance, &id) in (0..).zip(ids_of_start) {
                let name = start.name_of(instance);
                creations.push(self.creation(id, start.actor, name.as_deref(), init.clone()));
            }
        }
        creations
    }

    /// One more actor.
    pub(crate) fn create(
        &mut self,
        key: &IdKey,
        kind: KindIndex,
        name: Option<&str>,
        init: Init,
    ) -> Creation {
        let id = self.id(key, kind, name);
        self.creation(id, kind, name, init)
    }

    /// What it has created so far: actors without a name, groups, and how many actors of each kind.
    pub(crate) fn counts(&self) -> (u32, u32, Vec<(u32, u32)>) {
        let ordinals = self.ordinals.iter().map(|(kind, &count)| (kind.number(), count));
        (self.unnamed, self.groups, ordinals.collect())
    }

    /// An environment that has created so much.
    pub(crate) fn of(unnamed: u32, groups: u32, ordinals: &[(u32, u32)]) -> Self {
        let ordinals = ordinals.iter().map(|&(kind, count)| (KindIndex::new(kind as usize), count));
        Self { unnamed, groups, ordinals: ordinals.collect() }
    }

    /// A new group, which a request opens (G2).
    pub(crate) fn group(&mut self, key: &IdKey) -> GroupId {
        self.groups += 1;
        key.group(ActorId::ENVIRONMENT, self.groups)
    }

    fn id(&mut self, key: &IdKey, kind: KindIndex, name: Option<&str>) -> ActorId {
        match name {
            Some(name) => key.named(kind.number(), name),
            None => {
                self.unnamed += 1;
                key.child(ActorId::ENVIRONMENT, self.unnamed - 1)
            }
        }
    }

    fn creation(
        &mut self,
        id: ActorId,
        kind: KindIndex,
        name: Option<&str>,
        init: Init,
    ) -> Creation {
        let ordinal = self.ordinals.entry(kind).or_default();
        *ordinal += 1;
        let label = name.map_or(Label::Ordinal(*ordinal), |name| Label::Name(name.into()));
        Creation { id, kind, label, ordinal: *ordinal, init }
    }
}

/// The first payload of each actor that an entry starts; `ids` are those of all entries.
fn init(start: &Start, ids: &[Vec<ActorId>]) -> Init {
    start.initial.as_ref().map_or_else(Init::empty, |initial| {
        let json =
            initial.to_json(|entry, instance| ids[entry.index()][instance as usize].to_string());
        Init { encoding: Encoding::Json, payload: Payload::from_slice(json.as_bytes()) }
    })
}
