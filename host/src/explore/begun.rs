//! Where executions begin that do not begin at the start of the app: a snapshot, read once for all workers.

use std::sync::Arc;

use coyote_kernel::{ActorId, Definition, MonitorDefinition, Saved};

use super::turns::{Code, Part};
use crate::sandbox::{Image, Instance, Kept};
use crate::snapshot::{Bounds, Opened, Outside, Restored, SnapshotError, Whose};

/// An app as it was when a snapshot was taken.
pub(super) struct Begun {
    /// The name of the snapshot.
    pub(super) digest: u128,
    pub(super) saved: Saved,
    pub(super) environment: Outside,
    /// By slot.
    pub(super) actors: Vec<Option<BegunActor>>,
    /// By the places of monitors in the app: the state, and the instance.
    pub(super) monitors: Vec<(usize, u32, Image)>,
}

/// An actor that has had its first turn.
pub(super) struct BegunActor {
    pub(super) part: usize,
    pub(super) id: ActorId,
    pub(super) label: Arc<str>,
    pub(super) image: Image,
}

impl Begun {
    pub(super) fn new(
        opened: Opened<'_>,
        digest: u128,
        code: &Code,
        definitions: &[Definition],
        monitors: &[MonitorDefinition],
    ) -> Result<Self, SnapshotError> {
        let Code { shared, parts, actors } = code;
        let environment = opened.head.environment.clone();
        let part_of = |whose: Whose<'_>| match whose {
            Whose::Actor { definition, .. } => definition,
            Whose::Monitor(place) => actors + place,
        };
        let bounds = Bounds {
            definitions,
            monitors: monitors.iter().map(|known| (&*known.name, known.states())).collect(),
            kinds: &shared.kinds,
            actors_max: shared.app.limits().actors_max.get() as usize,
            memory_bytes_max: &|whose| parts[part_of(whose)].kind.sandbox.memory_bytes_max,
        };
        // What equals another one's page is shared with it.
        let mut last: Vec<Option<Image>> = vec![None; parts.len()];
        let restored = opened.restore(&bounds, |whose, kept| {
            let part = part_of(whose);
            let (id, label) = match whose {
                Whose::Actor { id, label, .. } => (id, label),
                Whose::Monitor(_) => (ActorId::ENVIRONMENT, &*parts[part].kind.name),
            };
            let image = image(code, &parts[part], (id, label), kept, last[part].as_ref())?;
            last[part] = Some(image.clone());
            Ok(BegunActor { part, id, label: label.into(), image })
        })?;
        let Restored { saved, instances, monitors } = restored;
        let monitors = monitors.into_iter().map(|(place, state, it)| (place, state, it.image));
        Ok(Self { digest, saved, environment, actors: instances, monitors: monitors.collect() })
    }

    /// Whether a monitor of the app watched when the snapshot was taken.
    pub(super) fn watches(&self, place: usize) -> bool {
        self.monitors.iter().any(|&(known, ..)| known == place)
    }

    /// The state of a monitor that watched.
    pub(super) fn monitor_state(&self, place: usize) -> u32 {
        let mut monitors = self.monitors.iter();
        let known = monitors.find(|(known, ..)| *known == place);
        known.expect("a test has only monitors that watched").1
    }
}

fn image(
    code: &Code,
    part: &Part,
    (id, label): (ActorId, &str),
    kept: &Kept<'_>,
    last: Option<&Image>,
) -> Result<Image, coyote_kernel::Failure> {
    let Part { component, kind, .. } = part;
    let mut instance = Instance::new(component, &code.shared, kind, id, label.into())?;
    instance.take_over(kept)?;
    Ok(instance.image(last).expect("what takes over a memory has an image"))
}
