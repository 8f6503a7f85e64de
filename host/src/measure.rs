//! One actor outside of any app, whose images are taken and put back: for benchmarks and tests of snapshots.

use std::path::PathBuf;
use std::sync::Arc;

use coyote_kernel::{ActorId, Encoding, Event, Failure, IdKey, Message, Payload, Table, Work};

use crate::app::{ActorKind, App};
use crate::observe::Silent;
use crate::run::{BuildError, Loader, Purpose};
use crate::sandbox::{
    Component, ImageNumber, Images, Instance, Realised, Shared, Tracking, TurnScope,
};

/// An image that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(ImageNumber);

/// How it is found out what a turn changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By comparing the whole memory.
    Compare,
    /// By what the guest marks.
    Marks,
}

/// An actor of the first kind in a manifest, and its images.
pub struct Snapshots {
    component: Component,
    kind: Arc<ActorKind>,
    shared: Arc<Shared>,
    table: Table,
    way: Tracking,
    images: Images,
    realised: Realised,
    scope: Option<Box<TurnScope>>,
}

impl std::fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshots").field("kind", &self.kind.name).finish_non_exhaustive()
    }
}

impl Snapshots {
    /// A fresh instance.
    ///
    /// # Errors
    ///
    /// The component cannot be loaded.
    ///
    /// # Panics
    ///
    /// The fresh instance fails, or its state is more than its memory.
    pub fn new(app: App, cache: Option<PathBuf>, way: Way) -> Result<Self, BuildError> {
        let kind = Arc::new(app.actors()[0].clone());
        let mut loader = Loader::new(app, cache, Purpose::Explore)?;
        let (component, definition) = loader.actor(&kind)?;
        assert!(component.has_image(), "its state is more than its memory");
        let way = match way {
            Way::Compare => Tracking::Compare,
            Way::Marks => Tracking::Marks,
        };
        let shared = Arc::new(Shared {
            app: loader.app(),
            kinds: loader.into_kinds(),
            key: IdKey::from_seed(0),
            observer: Arc::new(Silent),
        });
        let realised = Realised::new(fresh(&component, &shared, &kind, way));
        let images = Images::new(kind.sandbox.memory_bytes_max);
        let (table, scope) = (definition.table, Some(Box::default()));
        Ok(Self { component, kind, shared, table, way, images, realised, scope })
    }

    /// Handles an event of the first kind that the component lists; the fuel that it took.
    ///
    /// # Errors
    ///
    /// The turn fails, with its message. From then on there is a fresh instance.
    pub fn turn(&mut self, payload: &[u8]) -> Result<u64, String> {
        let kind = self.table.kinds().next().expect("it handles something");
        let event =
            Event { kind, encoding: Encoding::Bytes, payload: Payload::from_slice(payload) };
        let work = Work::Handle(Message::plain(ActorId::ENVIRONMENT, event));
        let Self { component, table, realised, scope, .. } = self;
        let result = realised.instance.turn(&work, table, &component.exports, scope);
        let result = result.map(|()| realised.instance.fuel_used());
        result.map_err(|Failure { message, .. }| {
            self.renew();
            message.to_string()
        })
    }

    /// Takes the image.
    pub fn snapshot(&mut self) -> Taken {
        Taken(self.images.snapshot(&mut self.realised))
    }

    /// Makes the instance what it was, or another one if its memory has become longer.
    ///
    /// # Panics
    ///
    /// The memory cannot grow to where it has been.
    pub fn restore(&mut self, Taken(image): Taken) {
        if self.memory().len() > self.images.memory_bytes(image) {
            self.renew();
        }
        self.images.restore(&mut self.realised, image).expect("it has been so long before");
    }

    /// Puts a fresh instance in the place of the one that there is.
    fn renew(&mut self) {
        self.realised = Realised::new(fresh(&self.component, &self.shared, &self.kind, self.way));
    }

    /// The memory of the instance.
    ///
    /// # Panics
    ///
    /// Never: [`Self::new`] has looked.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.realised.instance.memory().expect("it is all memory")
    }

    /// What all images take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.images.bytes()
    }

    /// The key of an image.
    #[must_use]
    pub fn key(&self, Taken(image): Taken) -> u128 {
        self.images.key(image)
    }

    /// Forgets all images.
    pub fn forget(&mut self) {
        self.images.clear();
        self.renew();
    }
}

fn fresh(
    component: &Component,
    shared: &Arc<Shared>,
    kind: &Arc<ActorKind>,
    way: Tracking,
) -> Instance {
    let (id, label) = (ActorId::ENVIRONMENT, kind.name.as_str().into());
    let instance = Instance::tracked(component, shared, kind, id, label, way);
    instance.expect("a fresh instance does nothing")
}

#[cfg(test)]
mod tests;
