//! Faults: where each may strike now, and what it does.

use alloc::vec::Vec;

use super::{Kernel, Work};
use crate::actor::Slot;
use crate::exchange::Exchange;
use crate::fault::FaultStep;
use crate::step::Enabled;

impl Kernel {
    /// The faults that may strike now.
    pub(super) fn enabled_faults(&self, enabled: &mut Vec<Enabled>) {
        let _ = enabled;
    }

    /// Strikes.
    pub(super) fn strike<X: Exchange>(
        &mut self,
        slot: Slot,
        fault: FaultStep,
        place: usize,
        exchange: &mut X,
    ) -> Option<Work> {
        let _ = (slot, fault, place, exchange);
        None
    }
}
