//! Snapshots: a whole app between two turns, as a file.
//!
//! A [`Snapshot`] is the bytes of one whose checksum is right. Both drivers make them by [`capture`] and go on from them by
//! [`Opened::restore`]. `file` knows what the bytes mean.
//!
//! Deliberately not here: how an app comes to rest (the drivers), what a kernel is made of (the kernel).

mod file;

use std::borrow::Borrow;
use std::path::Path;

use coyote_kernel::{ActorId, Definition, Failure, Saved, SavedActor};

pub use self::file::SnapshotFileError;
pub(crate) use self::file::{Head, Header, Outside};
use self::file::{InstanceRecord, MonitorRecord, Parts, Reader, Writer};
use crate::app::Environment;
use crate::sandbox::{Instance, Kept, Kinds};

/// A whole app between two turns: all that its future depends on, apart from its components and its manifest.
///
/// It says everything that the app knows, and the seed from which its ids derive: whoever has it can send to any actor.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    bytes: Vec<u8>,
    parts: Parts,
    /// The file that it is from.
    name: String,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("digest", &self.digest()).finish_non_exhaustive()
    }
}

/// Why there is no snapshot, or nothing goes on from one.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] SnapshotFileError),
    /// It is of another app.
    #[error("the snapshot is of the app `{of}`, not of `{app}`")]
    OtherApp {
        /// The app that is there.
        app: String,
        /// That of the snapshot.
        of: String,
    },
    /// It was taken of other components.
    #[error("the snapshot was taken with another component of {}", .components.join(", "))]
    OtherComponents {
        /// The actors and monitors whose components have changed, have come or are gone.
        components: Vec<String>,
    },
    /// Some actors have more state than their memory.
    #[error("a snapshot is not possible: {}", .reasons.join("; "))]
    NotCapturable {
        /// The kinds of actors and the monitors, each with the reason.
        reasons: Vec<String>,
    },
    /// The manifest has a limit now that it had not.
    #[error("the snapshot has {actors} actors, the manifest allows {actors_max}")]
    TooManyActors {
        /// Those of the snapshot, cells included.
        actors: usize,
        /// The limit.
        actors_max: usize,
    },
    /// An instance cannot be what it was.
    #[error("`{label}` cannot go on: {failure}")]
    Instance {
        /// The actor or monitor.
        label: String,
        /// Why.
        failure: Failure,
    },
    /// The machine has no random numbers.
    #[error("no random numbers: {reason}")]
    Random {
        /// Why.
        reason: String,
    },
    /// The host has ended.
    #[error("the host has ended")]
    Ended,
}

impl Snapshot {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It cannot be read, is no snapshot, or is damaged.
    pub fn load(path: &Path) -> Result<Self, SnapshotFileError> {
        let bytes = std::fs::read(path).map_err(|error| SnapshotFileError::Read {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Self::from_bytes(bytes, &path.display().to_string())
    }

    /// What stood in a file of this name.
    ///
    /// # Errors
    ///
    /// It is no snapshot, or is damaged.
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self, SnapshotFileError> {
        let parts = Parts::of(&bytes, name)?;
        Ok(Self { bytes, parts, name: name.to_owned() })
    }

    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The name of the app.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.parts.header.app
    }

    /// What tells it from all others: 32 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_text(self.number())
    }

    /// The digest as a number.
    pub(crate) fn number(&self) -> u128 {
        self.parts.digest
    }

    /// Begins to go on from it, in an app with this header.
    ///
    /// # Errors
    ///
    /// It is of another app or of other components, or is damaged.
    pub(crate) fn open(&self, header: &Header) -> Result<Opened<'_>, SnapshotError> {
        let Header { app, components } = header;
        let of = &self.parts.header;
        if of.app != *app {
            return Err(SnapshotError::OtherApp { app: app.clone(), of: of.app.clone() });
        }
        let changed = changed(components, &of.components);
        if !changed.is_empty() || of.components != *components {
            return Err(SnapshotError::OtherComponents { components: changed });
        }
        let opened = Reader::new(&self.bytes, &self.parts);
        let (reader, head) = opened.map_err(|reason| damaged(&self.name, reason))?;
        Ok(Opened { reader, head, name: &self.name })
    }
}

impl Outside {
    pub(crate) fn of(environment: &Environment) -> Self {
        let (unnamed, groups, ordinals) = environment.counts();
        Self { unnamed, groups, ordinals }
    }

    /// The environment that has created so much.
    pub(crate) fn environment(&self) -> Environment {
        Environment::of(self.unnamed, self.groups, &self.ordinals)
    }
}

/// The digest of a snapshot as people see it.
pub(crate) fn digest_text(digest: u128) -> String {
    format!("{digest:032x}")
}

fn damaged(name: &str, reason: impl ToString) -> SnapshotError {
    let (name, reason) = (name.to_owned(), reason.to_string());
    SnapshotError::File(SnapshotFileError::Damaged { name, reason })
}

/// The names of the components that are not the same in both lists.
pub(crate) fn changed(here: &[(String, u128)], there: &[(String, u128)]) -> Vec<String> {
    let changed = here.iter().filter(|component| !there.contains(component));
    let gone = there.iter().filter(|(name, _)| here.iter().all(|(own, _)| own != name));
    changed.chain(gone).map(|(name, _)| name.clone()).collect()
}

/// A monitor that watches, to be captured.
pub(crate) struct Watching<I> {
    pub(crate) name: String,
    pub(crate) state: u32,
    pub(crate) instance: I,
}

impl<I> Watching<I> {
    /// The same with another hold of the instance.
    pub(crate) fn map<J>(self, change: impl FnOnce(I) -> J) -> Watching<J> {
        let Self { name, state, instance } = self;
        Watching { name, state, instance: change(instance) }
    }
}

/// Takes a snapshot. `head` is complete but for the numbers of actors and monitors; `instance` gives the instance of an
/// actor that [has one](SavedActor::has_instance).
///
/// # Errors
///
/// An instance has more state than its memory: `instance` says why. Or there is too much.
pub(crate) fn capture<I: Borrow<Instance>>(
    header: &Header,
    mut head: Head,
    monitors: Vec<Watching<I>>,
    mut instance: impl FnMut(&SavedActor) -> Result<I, SnapshotError>,
) -> Result<Snapshot, SnapshotError> {
    let actors = std::mem::take(&mut head.saved.actors);
    let count = |count: usize| u32::try_from(count).expect("a manifest has a bound");
    (head.actors, head.monitors) = (count(actors.len()), count(monitors.len()));
    let mut key = [0; 16];
    getrandom::fill(&mut key)
        .map_err(|error| SnapshotError::Random { reason: error.to_string() })?;
    let mut writer = Writer::new(header, &head, key)?;
    for Watching { name, state, instance } in monitors {
        let kept = kept(instance.borrow(), &name)?;
        writer.monitor(
            &MonitorRecord { name, state, instance: record(&kept) },
            kept.memory,
            kept.dead_bytes,
        )?;
    }
    for actor in actors {
        if !actor.has_instance() {
            writer.actor(actor, None)?;
            continue;
        }
        let instance = instance(&actor)?;
        let kept = kept(instance.borrow(), &actor.id().to_string())?;
        writer.actor(actor, Some((record(&kept), kept.memory, kept.dead_bytes)))?;
    }
    let name = "the snapshot";
    Ok(Snapshot::from_bytes(writer.finish()?, name)?)
}

fn kept<'a>(instance: &'a Instance, label: &str) -> Result<Kept<'a>, SnapshotError> {
    let reason = || vec![format!("`{label}` has more state than its memory")];
    instance.kept().ok_or_else(|| SnapshotError::NotCapturable { reasons: reason() })
}

fn record(kept: &Kept<'_>) -> InstanceRecord {
    let memory_bytes = kept.memory.len() as u64;
    InstanceRecord { memory_bytes, turn: kept.turn, drawn: kept.drawn }
}

/// A snapshot that something goes on from.
pub(crate) struct Opened<'a> {
    reader: Reader<'a>,
    /// What belongs to no single actor.
    pub(crate) head: Head,
    name: &'a str,
}

/// Whose instance it is that was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose<'a> {
    /// An actor of this definition.
    Actor { definition: usize, id: ActorId, label: &'a str },
    /// The monitor at this place among those of the app.
    Monitor(usize),
}

/// A whole app, with what was made of its instances.
pub(crate) struct Restored<T> {
    pub(crate) saved: Saved,
    /// In the order of the actors; none of those that have no instance.
    pub(crate) instances: Vec<Option<T>>,
    /// By the places of monitors in the app: the state, and what was made of the instance.
    pub(crate) monitors: Vec<(usize, u32, T)>,
}

/// What the app says about those who go on.
pub(crate) struct Bounds<'a> {
    pub(crate) definitions: &'a [Definition],
    /// Those of all monitors of the app, in its order, with how many states they have.
    pub(crate) monitors: Vec<(&'a str, u32)>,
    pub(crate) kinds: &'a Kinds,
    /// Most actors at once.
    pub(crate) actors_max: usize,
    /// Most memory of an instance, in bytes.
    pub(crate) memory_bytes_max: &'a dyn Fn(Whose<'_>) -> u64,
}

impl Opened<'_> {
    /// Reads all of it. What is made of an instance is the business of the driver.
    ///
    /// # Errors
    ///
    /// It is damaged, or the manifest does not allow what is in it.
    pub(crate) fn restore<T>(
        mut self,
        bounds: &Bounds<'_>,
        mut make: impl FnMut(Whose<'_>, &Kept<'_>) -> Result<T, Failure>,
    ) -> Result<Restored<T>, SnapshotError> {
        let (actors, actors_max) = (self.head.actors as usize, bounds.actors_max);
        if actors > actors_max {
            return Err(SnapshotError::TooManyActors { actors, actors_max });
        }
        let name = self.name;
        if !bounds.kinds.resume(&self.head.late_kinds) {
            return Err(damaged(name, "its kinds of events are not those of the app"));
        }
        let bad = |reason: String| damaged(name, reason);
        let mut memory = Vec::new();
        let mut monitors: Vec<(usize, u32, T)> = Vec::new();
        for _ in 0..self.head.monitors {
            let MonitorRecord { name, state, instance } = self.reader.monitor().map_err(bad)?;
            let place = bounds.monitors.iter().position(|(known, _)| **known == *name);
            let place = place.filter(|place| monitors.iter().all(|(known, ..)| known != place));
            let place = place.filter(|&place| state < bounds.monitors[place].1);
            let place = place.ok_or_else(|| bad("a monitor is not that of the app".into()))?;
            let whose = Whose::Monitor(place);
            let made = self.instance(bounds, whose, &name, instance, &mut memory, &mut make)?;
            monitors.push((place, state, made));
        }
        let mut instances = Vec::new();
        for _ in 0..actors {
            let (actor, record) = self.reader.actor().map_err(bad)?;
            let definition = actor.definition() as usize;
            let known = bounds.definitions.get(definition);
            let made = match (record, known) {
                (None, _) if !actor.has_instance() => None,
                (Some(record), Some(known)) if actor.has_instance() => {
                    let label = actor.label(known);
                    let whose = Whose::Actor { definition, id: actor.id(), label: &label };
                    Some(self.instance(bounds, whose, &label, record, &mut memory, &mut make)?)
                }
                _ => return Err(bad("an actor has no instance, or one too many".to_owned())),
            };
            instances.push(made);
            self.head.saved.actors.push(actor);
        }
        self.reader.finish().map_err(bad)?;
        let saved = self.head.saved;
        saved
            .check(bounds.definitions, bounds.kinds.count())
            .map_err(|unfit| damaged(name, unfit))?;
        Ok(Restored { saved, instances, monitors })
    }

    fn instance<T>(
        &mut self,
        bounds: &Bounds<'_>,
        whose: Whose<'_>,
        label: &str,
        record: InstanceRecord,
        memory: &mut Vec<u8>,
        make: &mut impl FnMut(Whose<'_>, &Kept<'_>) -> Result<T, Failure>,
    ) -> Result<T, SnapshotError> {
        let failed = |failure| SnapshotError::Instance { label: label.to_owned(), failure };
        let InstanceRecord { memory_bytes, turn, drawn } = record;
        let bytes_max = (bounds.memory_bytes_max)(whose);
        if memory_bytes > bytes_max {
            let message =
                format!("limit `memory`: {memory_bytes} bytes, at most {bytes_max} are allowed");
            return Err(failed(Failure::new(coyote_kernel::Cause::OutOfMemory, message)));
        }
        let read = self.reader.memory(memory_bytes, memory);
        read.map_err(|reason| damaged(self.name, reason))?;
        make(whose, &Kept { memory, dead_bytes: 0, turn, drawn }).map_err(failed)
    }
}
