//! The log of a server. Entries have indices from 1; index 0 is before the first one.

use bench_messages::raft::Entry;

#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<Entry>,
    /// How many of them will stay for ever.
    committed: usize,
}

impl Log {
    pub(crate) fn last_index(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn last_term(&self) -> u32 {
        self.entries.last().map_or(0, |entry| entry.term)
    }

    pub(crate) fn committed(&self) -> usize {
        self.committed
    }

    /// The term of the entry with this index, if it is there.
    pub(crate) fn term_at(&self, index: usize) -> Option<u32> {
        match index {
            0 => Some(0),
            index => self.entries.get(index - 1).map(|entry| entry.term),
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(crate) fn after(&self, index: usize) -> Vec<Entry> {
        self.entries[index..].to_vec()
    }

    /// Takes over what a leader has after an index: what contradicts it goes.
    pub(crate) fn replace_after(&mut self, index: usize, entries: &[Entry]) {
        for (index, &entry) in (index..).zip(entries) {
            if self.entries.get(index).is_some_and(|known| known.term != entry.term) {
                self.entries.truncate(index);
            }
            if index == self.entries.len() {
                self.entries.push(entry);
            }
        }
    }

    /// Whether more are committed than before.
    pub(crate) fn commit(&mut self, index: usize) -> bool {
        let advances = index > self.committed;
        self.committed = self.committed.max(index);
        advances
    }
}
