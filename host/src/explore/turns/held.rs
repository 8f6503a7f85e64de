//! All instances as values, for a search that goes back.

use std::sync::Arc;

use coyote_kernel::{ActorId, Slot, Snapshots};

use super::{Guest, State, Turns};
use crate::sandbox::ImageNumber;

/// What an instance is, as a value.
#[derive(Clone, Debug)]
pub(in crate::explore) struct Held {
    pub(super) part: usize,
    pub(super) id: ActorId,
    pub(super) label: Arc<str>,
    pub(super) image: Option<ImageNumber>,
}

impl Guest {
    fn held(&self) -> Held {
        let image = match self.state {
            State::Unborn => None,
            State::Image(image) => Some(image),
            State::Live(_) => unreachable!("a search refuses what has no images"),
        };
        Held { part: self.part, id: self.id, label: self.label.clone(), image }
    }
}

impl Held {
    fn guest(&self) -> Guest {
        let (label, state) = (self.label.clone(), self.state());
        Guest { part: self.part, id: self.id, label, state, next: None }
    }

    fn state(&self) -> State {
        self.image.map_or(State::Unborn, State::Image)
    }

    /// Whether it is the same actor, whatever its state. The id of one that is gone may have another holder.
    fn is_of(&self, guest: &Guest) -> bool {
        (self.part, self.id) == (guest.part, guest.id) && Arc::ptr_eq(&self.label, &guest.label)
    }
}

/// Of apps whose components all [have images](crate::sandbox::Component::has_image).
impl Snapshots for Turns {
    /// The actors by slot, and the monitors.
    type Instances = (Vec<Option<Held>>, Vec<Held>);

    fn instances(&self) -> Self::Instances {
        let actors = self.guests.iter().map(|guest| guest.as_ref().map(Guest::held));
        (actors.collect(), self.monitors.iter().map(Guest::held).collect())
    }

    fn put_back(&mut self, (actors, monitors): &Self::Instances) {
        self.guests.resize_with(actors.len(), || None);
        for (guest, held) in self.guests.iter_mut().zip(actors) {
            match (guest, held) {
                (Some(guest), Some(held)) if held.is_of(guest) => guest.state = held.state(),
                (guest, held) => *guest = held.as_ref().map(Held::guest),
            }
        }
        for (monitor, held) in self.monitors.iter_mut().zip(monitors) {
            monitor.state = held.state();
        }
    }

    fn image(&self, slot: Slot) -> u128 {
        self.guests.get(slot.index()).and_then(Option::as_ref).map_or(0, |guest| self.key_of(guest))
    }

    fn monitor_image(&self, monitor: u32) -> u128 {
        self.key_of(&self.monitors[monitor as usize])
    }

    fn tells_time(&self) -> bool {
        self.tells_time
    }

    fn keep(&mut self, slot: Slot, key: u128) {
        let guest = self.guests.get(slot.index()).and_then(Option::as_ref);
        let is_image = |guest: &Guest| !matches!(guest.state, State::Live(_));
        if guest.is_none_or(is_image) && self.kept.insert(key, guest.map(Guest::held)).is_none() {
            self.bytes += size_of::<(u128, Option<Held>)>();
        }
    }

    fn put_kept(&mut self, slot: Slot, key: u128) -> bool {
        let Some(held) = self.kept.get(&key) else { return false };
        self.guests.clear();
        self.guests.resize_with(slot.index() + 1, || None);
        self.guests[slot.index()] = held.as_ref().map(Held::guest);
        true
    }

    fn keep_monitor(&mut self, monitor: u32, state: u32, key: u128) {
        if let State::Image(image) = self.monitors[monitor as usize].state
            && self.kept_monitors.insert(key, (image, state)).is_none()
        {
            self.bytes += size_of::<(u128, ImageNumber, u32)>();
        }
    }

    fn put_monitor(&mut self, monitor: u32, key: u128) -> Option<u32> {
        let (image, state) = *self.kept_monitors.get(&key)?;
        self.monitors[monitor as usize].state = State::Image(image);
        Some(state)
    }

    fn compare_all(&mut self, all: bool) {
        self.comparing = all;
    }
}

impl Turns {
    fn key_of(&self, guest: &Guest) -> u128 {
        match guest.state {
            State::Image(image) => self.images.key(image),
            State::Unborn | State::Live(_) => 0,
        }
    }
}
