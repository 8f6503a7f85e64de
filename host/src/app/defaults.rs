//! What holds where the manifest says nothing. Each default is written here and nowhere else: the
//! manifest is parsed with them, and the JSON Schema shows them. Sizes and durations are texts, as
//! an author would write them.

use std::num::{NonZeroU32, NonZeroU64};

use coyote_kernel::{Beyond, Overflow, Restart, RestartFrom};

use super::bounds;

/// Most actors alive at once.
pub(super) const ACTORS_MAX: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");
/// Most dead letters that are kept for inspection; their number is counted beyond it.
pub(super) const DEAD_LETTERS_MAX: u32 = 1_000;
/// Most events that were sent to an actor and not yet taken.
pub(super) const INBOX_EVENTS_MAX: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");
/// What happens to the event that finds an inbox full.
pub(super) const OVERFLOW: Overflow = Overflow::Block;
/// Largest payload that an actor may send.
pub(super) const PAYLOAD_MAX: &str = "64KiB";
/// Most effects that one turn may stage.
pub(super) const EFFECTS_MAX: u32 = 10_000;
/// Most payload bytes that one turn may stage.
pub(super) const OUTBOX_MAX: &str = "1MiB";
/// Most linear memory of one instance, all its memories together.
pub(super) const MEMORY_MAX: &str = "1MiB";
/// Most wasm instructions of one turn, approximately.
pub(super) const FUEL_MAX: NonZeroU64 = NonZeroU64::new(1_000_000_000).expect("not zero");
/// Longest log line; the rest of a longer one is cut off.
pub(super) const LOG_LINE_MAX: &str = "4KiB";
/// Most log lines of one turn; what is beyond is counted and dropped.
pub(super) const LOG_LINES_MAX: u32 = 1_000;
/// Whether an actor that failed comes back.
pub(super) const RESTART: Restart = Restart::Temporary;
/// In which state an actor comes back.
pub(super) const RESTART_FROM: RestartFrom = RestartFrom::Initial;
/// What happens when an actor does not come back.
pub(super) const BEYOND: Beyond = Beyond::Park;
/// Most restarts within [`RESTARTS_WITHIN`].
pub(super) const RESTARTS_MAX: u32 = 3;
/// The window in which restarts are counted.
pub(super) const RESTARTS_WITHIN: &str = "5s";
/// How often the event of a failed turn is offered again.
pub(super) const RETRIES_MAX: u32 = 0;
/// How many instances a start entry makes.
pub(super) const START_COUNT: NonZeroU32 = NonZeroU32::new(1).expect("not zero");
/// How many executions of a test are explored.
pub(super) const ITERATIONS: NonZeroU64 = NonZeroU64::new(10_000).expect("not zero");
/// Most counted steps of one execution: as many as Coyote's. An app whose work takes longer is cut,
/// and half of it is what a liveness monitor waits.
pub(super) const STEPS_MAX: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");
/// Most strikes of one fault in one execution.
pub(super) const FAULT_BUDGET: NonZeroU32 = NonZeroU32::new(1).expect("not zero");

/// A default that no manifest may spell out would be wrong. (The texts are read with every manifest
/// that leaves them out.)
const _: () = {
    assert!(ACTORS_MAX.get() <= bounds::ACTORS_MAX);
    assert!(DEAD_LETTERS_MAX <= bounds::DEAD_LETTERS_MAX);
    assert!(INBOX_EVENTS_MAX.get() <= bounds::INBOX_EVENTS_MAX);
    assert!(EFFECTS_MAX <= bounds::EFFECTS_MAX);
    assert!(LOG_LINES_MAX <= bounds::LOG_LINES_MAX);
    assert!(RESTARTS_MAX <= bounds::RESTARTS_MAX);
    assert!(STEPS_MAX.get() <= bounds::STEPS_MAX);
    assert!(FAULT_BUDGET.get() <= bounds::FAULT_BUDGET_MAX);
};
