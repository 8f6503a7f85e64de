//! The largest and smallest values that a manifest may ask for. They keep sums and products of
//! limits within the types that carry them; [`super::defaults`] has what holds without asking.

use std::ops::RangeInclusive;

/// Most bytes of a manifest.
pub(super) const MANIFEST_BYTES_MAX: u64 = 1 << 20;
/// Most problems that are reported of one manifest.
pub(super) const PROBLEMS_MAX: usize = 50;
/// Most problems that are kept, to be sorted; those beyond are counted.
pub(super) const PROBLEMS_KEPT_MAX: usize = 10_000;
/// Most names that a message lists.
pub(super) const NAMES_TOLD_MAX: usize = 20;
/// Most characters of a name.
pub(super) const NAME_CHARS_MAX: usize = 64;
/// Most actors that the manifest may allow at once.
pub(super) const ACTORS_MAX: u32 = 16_777_216;
/// Most dead letters that the manifest may have kept.
pub(super) const DEAD_LETTERS_MAX: u32 = 1_000_000;
/// Most events that an inbox may be allowed to hold.
pub(super) const INBOX_EVENTS_MAX: u32 = 1_000_000_000;
/// Most effects that a turn may be allowed to stage.
pub(super) const EFFECTS_MAX: u32 = 100_000_000;
/// Most log lines that a turn may be allowed to write.
pub(super) const LOG_LINES_MAX: u32 = 1_000_000;
/// Most restarts and retries.
pub(super) const RESTARTS_MAX: u32 = 1_000_000;
/// Bytes of the JSON payload of a start entry.
pub(super) const INITIAL_BYTES_MAX: u64 = 16 << 20;
/// Bytes of one payload, and of all payloads of a turn.
pub(super) const PAYLOAD_BYTES: RangeInclusive<u64> = 0..=1 << 30;
/// Bytes of a log line.
pub(super) const LOG_LINE_BYTES: RangeInclusive<u64> = 1..=1 << 20;
/// Bytes of a wasm page, in which memory grows.
pub(super) const PAGE_BYTES: u64 = 64 << 10;
/// Bytes of the linear memory of an instance.
pub(super) const MEMORY_BYTES: RangeInclusive<u64> = PAGE_BYTES..=4 << 30;
/// Most tests.
pub(super) const TESTS_MAX: u32 = 1_000;
/// Most faults of one test.
pub(super) const FAULTS_MAX: u32 = 100;
/// Most steps that an execution may be allowed to take.
pub(super) const STEPS_MAX: u32 = 100_000_000;
/// Most strikes of one fault.
pub(super) const FAULT_BUDGET_MAX: u32 = 1_000_000;
/// Most bytes of the name of a kind of event.
pub(super) const EVENT_BYTES_MAX: usize = 256;
