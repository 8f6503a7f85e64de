//! What the master and the cells of sort-ring say.

use coyote_guest::prelude::*;

/// The initial payload of a cell.
#[payload]
pub struct Setup {
    /// Who says what to do.
    pub master: ActorId,
    /// The next cell of the row, if it is not the last one.
    pub right: Option<ActorId>,
    /// The number to begin with.
    pub value: u32,
    /// The bug, if it is false: whether the left cell of a pair says that it is done, and not the right one.
    pub left_reports: bool,
}

/// From the master to a cell: it is to compare itself with its right neighbour.
#[event]
pub struct Compare;

/// From a cell to its right neighbour.
#[event]
pub struct Offer {
    /// Who.
    pub from: ActorId,
    /// Its number.
    pub value: u32,
}

/// The answer to an [`Offer`].
#[event]
pub struct Keep {
    /// The smaller of the two numbers.
    pub smaller: u32,
}

/// From a cell to the master: a pair is in order.
#[event]
pub struct Done;

/// From the master to a cell: what has it got?
#[event]
pub struct Collect;

/// From a cell to the master.
#[event]
pub struct Collected {
    /// Who.
    pub cell: ActorId,
    /// Its number.
    pub value: u32,
}
