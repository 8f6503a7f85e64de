//! Shared cells: to actors a receiver of operations, to the kernel an actor without turns (C1, C2).

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::time::Duration;

use super::Kernel;
use super::touch::Touch;
use crate::actor::{Definition, Init, Label, Slot, Status};
use crate::cell::{Cell, CellKind};
use crate::event::{Errand, Message};
use crate::exchange::Exchange;
use crate::id::ActorId;
use crate::limits::{ActorLimits, Beyond, Overflow, Restart, RestartFrom, Supervision};
use crate::table::{Description, Table};

/// These definitions, and behind them one for each kind of cell.
pub(super) fn with_cells(definitions: &[Definition]) -> Arc<[Definition]> {
    definitions.iter().cloned().chain(CellKind::ALL.map(definition)).collect()
}

/// Nothing of it but the name means anything.
fn definition(kind: CellKind) -> Definition {
    Definition {
        name: kind.name().into(),
        table: Table::new(&Description::default(), |_| unreachable!("there is no kind"))
            .expect("nothing is declared"),
        limits: ActorLimits {
            inbox_events_max: NonZeroU32::MAX,
            overflow: Overflow::Block,
            payload_bytes_max: 0,
            effects_max: 0,
            outbox_bytes_max: 0,
        },
        supervision: Supervision {
            restart: Restart::Temporary,
            from: RestartFrom::Initial,
            restarts_max: 0,
            within: Duration::ZERO,
            retries_max: 0,
            beyond: Beyond::Park,
        },
        supervised: false,
    }
}

impl Kernel {
    fn cell_definition(&self, kind: CellKind) -> u32 {
        let place = self.definitions.len() - CellKind::ALL.len() + kind as usize;
        u32::try_from(place).expect("a manifest has a bound")
    }

    /// Whether a definition is that of cells.
    pub(super) fn is_of_cells(&self, definition: u32) -> bool {
        definition as usize >= self.definitions.len() - CellKind::ALL.len()
    }

    /// A new cell lives with its creator. A map has at most as many keys as its creator's inbox has places.
    pub(super) fn create_cell<X: Exchange>(
        &mut self,
        slot: Slot,
        id: ActorId,
        kind: CellKind,
        exchange: &mut X,
    ) {
        let definition = self.cell_definition(kind);
        let creator = self.actor_mut(slot);
        let label = Label::Ordinal(creator.next_ordinal(definition));
        creator.count_child(definition);
        let limits = &self.definitions[self.actor(slot).definition as usize].limits;
        let keys_max = limits.inbox_events_max.get();
        let stamp = self.stamp(slot, None);
        self.touch(Touch::Bound(id));
        exchange.bind_cell(id, kind);
        self.cells += 1;
        self.insert(id, definition, label, Init::empty(), None, stamp);
        let place = self.slot(id).expect("it was put there above");
        let cell = self.actor_mut(place);
        (cell.status, cell.init, cell.stamp) = (Status::Cell, None, None);
        cell.rare().cell = Some(Cell::new(kind, keys_max));
    }

    /// Carries out all operations that wait, in the order in which they came.
    pub(super) fn operate_all<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        while let Some(message) = self.actor_mut(slot).inbox.pull(0) {
            self.operate(slot, message, exchange);
        }
    }

    /// Carries out an operation, and answers it.
    pub(super) fn operate<X: Exchange>(&mut self, slot: Slot, message: Message, exchange: &mut X) {
        let id = self.actor(slot).id;
        let Message { from, errand, stamp, .. } = message;
        let Some(Errand::Operation { correlation, operation }) = errand.map(|errand| *errand)
        else {
            unreachable!("nothing else enters a cell");
        };
        if let Some(stamp) = stamp {
            self.note_past(slot, &stamp);
        }
        let cell = self.actor_mut(slot).rare().cell.as_mut().expect("a cell holds something");
        let reply = cell.apply(operation);
        self.answer(slot, id, (from, correlation), reply, exchange);
    }
}
