//! How much memory an exhaustive search may take.
//!
//! Two bounds, because neither is enough by itself. Keys of states are counted: the table of them grows all at once, so when
//! it does is known before, and where the search ends does not depend on the machine. What else there is, snapshots of states
//! that are not gone into yet above all, is as large as the app makes it: so now and then the system is asked.

use std::fs;

use crate::app::size;

/// What the key of a state takes at most, in bytes, and what slept there: an entry of 33 bytes in a table that is half full after
/// it has grown, and beside the old one while it grows.
const STATE_BYTES: u64 = 3 * 33 * 8 / 7;

/// Below this the memory of the process, in bytes, says nothing about states.
const PROCESS_BYTES_MIN: u64 = 256 << 20;

/// Known turns may take such a share of it.
const KNOWN_SHARE: u64 = 8;

/// And at least so much, in bytes.
const KNOWN_BYTES_MIN: u64 = 16 << 20;

/// So much, and how much there was before.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryBound {
    bytes_max: u64,
    before: u64,
}

impl MemoryBound {
    /// From now on the process may take so many bytes more.
    pub(super) fn of(bytes_max: u64) -> Self {
        Self { bytes_max, before: resident().unwrap_or(0) }
    }

    /// How many states can be remembered; at least one.
    pub(super) fn states_max(self) -> usize {
        usize::try_from(self.bytes_max / STATE_BYTES).unwrap_or(usize::MAX).max(1)
    }

    /// How much known turns may take, in bytes.
    pub(super) fn known_bytes_max(self) -> usize {
        let bytes = (self.bytes_max / KNOWN_SHARE).max(KNOWN_BYTES_MIN);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Whether the process has taken it all, as far as the system tells.
    pub(super) fn is_full(self) -> bool {
        let bytes_max = self.bytes_max.max(PROCESS_BYTES_MIN);
        resident().is_some_and(|now| now.saturating_sub(self.before) >= bytes_max)
    }

    /// The bound as a manifest would write it.
    pub(super) fn told(self) -> String {
        size(self.bytes_max)
    }
}

/// What of this process is in memory, in bytes. None but on Linux.
fn resident() -> Option<u64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_as_many_as_the_largest_table_has_room_for() {
        let states = |bytes| MemoryBound { bytes_max: bytes, before: 0 }.states_max();
        assert_eq!([states(1), states(1 << 20), states(4 << 30)], [1, 9_279, 38_008_560]);
    }

    #[test]
    fn what_was_there_before_does_not_count() {
        let bound = |before| MemoryBound { bytes_max: 1, before };
        assert!(!bound(resident().unwrap_or(0)).is_full());
        assert!(!bound(u64::MAX).is_full());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_has_taken_it_all_is_full() {
        let bound = MemoryBound::of(1);
        assert!(!bound.is_full());
        // Each page is written, or the system would not have to find it.
        let taken = vec![1_u8; usize::try_from(PROCESS_BYTES_MIN).unwrap() + (32 << 20)];
        assert!(bound.is_full(), "{}", taken.len());
    }
}
