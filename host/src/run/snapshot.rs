//! Snapshots of a running app.
//!
//! A letter goes to every shard. Each that opens it has finished its turn, and lends itself; the last one holds all of
//! them. It takes in what is on its way between them until nothing is, so that nothing is lost and nothing is there twice,
//! waits for the monitors to come after, writes everything down, and lets all go on. What code outside of the app sends
//! meanwhile comes before or after, and creates wait.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use coyote_kernel::{ActorId, IdMap, Place, Saved, SavedActor, Slot};
use crossbeam_channel::{Sender, unbounded};
use futures_channel::oneshot;

use super::core::{Core, lock};
use super::shard::Shard;
use super::watch::{Before, Captured, Notice};
use crate::app::MonitorRun;
use crate::sandbox::{Component, Instance, Kept};
use crate::snapshot::{
    Bounds, Head, Opened, Outside, Restored, Snapshot, SnapshotError, Whose, capture,
};

type Taken = Result<Snapshot, SnapshotError>;

/// Shards that come to rest for a snapshot.
pub(super) struct Gathering {
    /// How many there are.
    expected: usize,
    lent: Mutex<Vec<Lent>>,
    answer: Mutex<Option<oneshot::Sender<Taken>>>,
}

impl fmt::Debug for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// A shard at rest, and where it goes back to.
struct Lent {
    shard: Shard,
    back: Sender<Shard>,
}

impl Gathering {
    /// So many shards are to come; the answer goes there.
    pub(super) fn new(expected: usize, answer: oneshot::Sender<Taken>) -> Arc<Self> {
        let (lent, answer) = (Mutex::default(), Mutex::new(Some(answer)));
        Arc::new(Self { expected, lent, answer })
    }

    /// Lends a shard, and gives it back when the snapshot is taken.
    pub(super) fn join(&self, shard: Shard) -> Shard {
        let (back, returned) = unbounded();
        let mut lent = lock(&self.lent);
        lent.push(Lent { shard, back });
        let all = (lent.len() == self.expected).then(|| std::mem::take(&mut *lent));
        drop(lent);
        if let Some(mut all) = all {
            let taken = take(&mut all);
            for Lent { shard, back } in all {
                // Each waits for itself.
                let _ = back.send(shard);
            }
            if let Some(answer) = lock(&self.answer).take() {
                // Whoever asked may have gone.
                let _ = answer.send(taken);
            }
        }
        returned.recv().expect("who borrows a shard gives it back")
    }
}

/// An instance to be captured.
enum Shown<'a> {
    Live(&'a Instance),
    /// Of an actor whose last turn failed and that resumes.
    Revived(Box<Instance>),
}

impl Borrow<Instance> for Shown<'_> {
    fn borrow(&self) -> &Instance {
        match self {
            Self::Live(instance) => instance,
            Self::Revived(instance) => instance,
        }
    }
}

/// Takes the snapshot of an app whose shards are all at rest.
fn take(shards: &mut [Lent]) -> Taken {
    let core = shards[0].shard.core().clone();
    // Whoever creates an actor binds its id first and sends it then.
    let environment = lock(&core.environment);
    while shards.iter_mut().map(|lent| lent.shard.collect_parcels()).filter(|&any| any).count() > 0
    {
    }
    let monitors = lend_monitors(&core);
    let places = core.network.directory.places();
    let parts = shards.iter().map(|lent| lent.shard.save());
    let mut saved = Saved::merge(parts);
    saved.set_unbound(places);
    check_capturable(&core, &saved)?;
    let mut homes: IdMap<(usize, Slot)> = IdMap::default();
    for (place, Lent { shard, .. }) in shards.iter().enumerate() {
        homes.extend(shard.slots().map(|(id, slot)| (id, (place, slot))));
    }
    let head = Head {
        seed: core.seed,
        environment: Outside::of(&environment),
        next_number: core.next_number(),
        late_kinds: core.shared.kinds.late(),
        saved,
        actors: 0,
        monitors: 0,
    };
    let watching = monitors.iter().filter_map(Captured::watching);
    let watching = watching
        .map(|watching| watching.map(|it| it.map(Shown::Live)))
        .collect::<Result<_, _>>()?;
    capture(&core.header, head, watching, |actor| {
        let (place, slot) = homes[&actor.id()];
        let shard = &shards[place].shard;
        match shard.instance(slot) {
            Some(instance) => Ok(Shown::Live(instance)),
            None => match shard.revive(slot) {
                Ok(instance) => Ok(Shown::Revived(Box::new(instance))),
                Err(failure) => {
                    Err(SnapshotError::Instance { label: actor.id().to_string(), failure })
                }
            },
        }
    })
}

/// All monitors, after they have seen all that the shards told them.
fn lend_monitors(core: &Core) -> Vec<Captured> {
    let ask = |gate: &super::watch::Gate| {
        let (to, captured) = unbounded();
        gate.push(Notice::Capture(to)).then_some(captured)
    };
    let asked: Vec<_> = core.network.gates.iter().filter_map(ask).collect();
    asked.into_iter().filter_map(|captured| captured.recv().ok()).collect()
}

/// Whether all instances that are there are nothing but their memory.
fn check_capturable(core: &Core, saved: &Saved) -> Result<(), SnapshotError> {
    let with_instances = saved.actors.iter().filter(|actor| actor.has_instance());
    let kinds = with_instances.filter_map(|actor| {
        let kind = actor.definition() as usize;
        let reason = core.components[kind].why_no_image()?;
        Some((kind, format!("`{}`: {reason}", core.actors[kind].name)))
    });
    let kinds: BTreeMap<_, _> = kinds.collect();
    if kinds.is_empty() {
        return Ok(());
    }
    Err(SnapshotError::NotCapturable { reasons: kinds.into_values().collect() })
}

/// What goes on from a snapshot: a part for each shard, and the monitors.
pub(super) struct Resumed {
    /// By shard: the actors, and their instances in the same order.
    pub(super) shards: Vec<(Saved, Vec<Option<Instance>>)>,
    /// By the places of monitors in the app.
    pub(super) monitors: BTreeMap<usize, Before>,
}

/// Reads a snapshot and spreads its actors over the shards.
pub(super) fn resume(
    core: &Core,
    opened: Opened<'_>,
    monitors: &[Option<(Component, coyote_kernel::MonitorDefinition)>],
    shards: usize,
) -> Result<Resumed, SnapshotError> {
    let app = &core.shared.app;
    let watching: Vec<_> =
        app.monitors().iter().map(|monitor| Arc::new(monitor.as_actor())).collect();
    let bounds = Bounds {
        definitions: &core.definitions,
        monitors: monitors
            .iter()
            .flatten()
            .map(|(_, known)| (&*known.name, known.states()))
            .collect(),
        kinds: &core.shared.kinds,
        actors_max: app.limits().actors_max.get() as usize,
        memory_bytes_max: &|whose| match whose {
            Whose::Actor { definition, .. } => core.actors[definition].sandbox.memory_bytes_max,
            Whose::Monitor(place) => watching[place].sandbox.memory_bytes_max,
        },
    };
    let restored = opened.restore(&bounds, |whose, kept: &Kept<'_>| {
        let (component, kind, id, label) = match whose {
            Whose::Actor { definition, id, label } => {
                (&core.components[definition], &core.actors[definition], id, label)
            }
            Whose::Monitor(place) => {
                let (component, known) = monitors[place].as_ref().expect("no monitor is started");
                (component, &watching[place], ActorId::ENVIRONMENT, &*known.name)
            }
        };
        let mut instance = Instance::new(component, &core.shared, kind, id, label.into())?;
        instance.take_over(kept)?;
        Ok(instance)
    })?;
    let Restored { saved, instances, monitors: restored } = restored;
    let mut before: BTreeMap<_, _> = (0..)
        .zip(app.monitors())
        .filter(|(_, monitor)| monitor.run != MonitorRun::Off)
        .map(|(place, _)| (place, Before::Absent))
        .collect();
    for (place, state, instance) in restored {
        before.insert(place, Before::Watched(state, Box::new(instance)));
    }
    Ok(Resumed { shards: spread(core, saved, instances, shards), monitors: before })
}

/// Binds all ids, neighbours to one shard.
fn spread(
    core: &Core,
    saved: Saved,
    instances: Vec<Option<Instance>>,
    shards: usize,
) -> Vec<(Saved, Vec<Option<Instance>>)> {
    let directory = &core.network.directory;
    for (id, definition) in saved.unbound() {
        let place = definition.map_or(Place::Gone, |definition| Place::Reserved { definition });
        directory.resume(id, place);
    }
    let mut homes: IdMap<usize> = IdMap::default();
    let mut of_shards: Vec<_> = std::iter::repeat_with(Vec::new).take(shards).collect();
    for ((number, actor), instance) in (0..).zip(&saved.actors).zip(instances) {
        let shard = core.network.spread(number);
        homes.insert(actor.id(), shard.into());
        let cell = actor.cell_kind().map(|kind| Place::Cell { shard, kind });
        directory.resume(actor.id(), cell.unwrap_or(Place::Shard(shard)));
        of_shards[usize::from(shard)].push(instance);
    }
    let home = |actor: &SavedActor| homes[&actor.id()];
    saved.split(shards, home).into_iter().zip(of_shards).collect()
}
