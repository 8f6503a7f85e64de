//! Who takes part in an app, by number.

use alloc::vec::Vec;

use super::Sent;
use crate::delivery::Delivery;
use crate::id::ActorId;
use crate::kernel::Kernel;

/// Most who take part.
pub(super) const NAMES_MAX: usize = 64;

/// Most monitors.
pub(super) const MONITORS_MAX: usize = 14;

/// Who takes part in an app that is nothing but actors, monitors and messages, as far as they are known.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(super) delivery: Delivery,
    /// Actors, there or not, and whoever else has sent what is on its way. First those that were there at the start, by slot.
    pub(super) names: Vec<ActorId>,
    /// By name: as many messages on their way to it as cannot make a difference.
    pub(super) rooms: Vec<usize>,
    /// By name: the definition; none of whoever is no actor, or has gone before it was known.
    definitions: Vec<Option<u32>>,
    pub(super) monitors: usize,
    /// Whether it can matter that a message is lost: a monitor is told, or it is a violation.
    losses_matter: bool,
}

/// Why there is no position of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OffChart {
    /// It is more than actors, monitors and messages, or too many of them.
    Strange,
    /// Somebody takes part who was not known before. It is known now, and there are other positions.
    Grown,
    /// Actors that were taken for interchangeable are not. That is known now, and keys are others.
    Asymmetric,
}

impl Cast {
    /// Of a [plain](Kernel::is_plain) app with so many monitors, some of which may be told of what is lost; none if there are
    /// too many.
    pub(crate) fn new(
        kernel: &Kernel,
        monitors: u32,
        losses_matter: bool,
    ) -> Result<Self, OffChart> {
        let (names, rooms, monitors) = (Vec::new(), Vec::new(), monitors as usize);
        let definitions = Vec::new();
        if monitors > MONITORS_MAX {
            return Err(OffChart::Strange);
        }
        let delivery = kernel.rules().delivery;
        let mut cast = Self { delivery, names, rooms, definitions, monitors, losses_matter };
        cast.meet(kernel)?;
        Ok(cast)
    }

    /// Gets to know whoever takes part. Whether that was anybody new.
    pub(super) fn meet(&mut self, kernel: &Kernel) -> Result<bool, OffChart> {
        let known = self.names.len();
        for slot in kernel.slots() {
            let definition = Some(kernel.definition(slot));
            self.add(kernel.id(slot), kernel.room_of(slot) as usize, definition);
        }
        for pending in kernel.all_pending() {
            if let Some(message) = pending.message {
                self.add(message.from, 0, None);
                self.losses_matter |= message.options.must_handle;
            }
        }
        if self.names.len() > NAMES_MAX {
            Err(OffChart::Strange)
        } else {
            Ok(self.names.len() > known)
        }
    }

    fn add(&mut self, id: ActorId, room: usize, definition: Option<u32>) {
        if !self.names.contains(&id) {
            self.names.push(id);
            self.rooms.push(room);
            self.definitions.push(definition);
        }
    }

    /// Whether it can matter that messages are lost, of which one may have to be handled. Those are known from when the
    /// kernel had the first of them.
    pub(super) fn minds_loss(&self, must_handle: bool) -> bool {
        self.losses_matter || must_handle
    }

    /// In which orders messages may arrive.
    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The definition of an actor.
    pub(crate) fn definition(&self, number: usize) -> Option<u32> {
        self.definitions[number]
    }

    /// Whether it is the environment, and no actor.
    pub(super) fn is_outside(&self, number: usize) -> bool {
        self.names[number] == ActorId::ENVIRONMENT
    }

    /// Where messages begin.
    pub(super) fn fixed(&self) -> usize {
        self.names.len() + self.monitors
    }

    pub(crate) fn number(&self, id: ActorId) -> Option<usize> {
        self.names.iter().position(|&name| name == id)
    }

    /// The number of a receiver. Nearly always it is in the slot of that number.
    #[inline]
    pub(super) fn receiver(&self, sent: &Sent) -> Option<usize> {
        let slot = sent.to as usize;
        if self.names.get(slot) == Some(&sent.receiver) {
            return Some(slot);
        }
        self.number(sent.receiver)
    }
}
