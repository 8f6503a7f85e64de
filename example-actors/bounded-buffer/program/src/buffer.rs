//! A buffer with room for so many items.

use coyote_guest::sync::{Condvar, Mutex};
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct Buffer {
    items: Mutex<VecDeque<u32>>,
    capacity: usize,
    /// For readers, that there is an item; for writers, that there is room.
    changed: Condvar,
    /// The bug, if it is false: whether all that wait are woken, and not any one.
    notifies_all: bool,
}

impl Buffer {
    pub(crate) fn new(capacity: usize, notifies_all: bool) -> Self {
        let items = Mutex::new(VecDeque::with_capacity(capacity));
        Self { items, capacity, changed: Condvar::new(), notifies_all }
    }

    /// Waits for room.
    pub(crate) async fn put(&self, item: u32) {
        let items = self.items.lock().await;
        let is_full = |items: &mut VecDeque<_>| items.len() == self.capacity;
        let mut items = self.changed.wait_while(items, is_full).await;
        items.push_back(item);
        self.notify();
    }

    /// Waits for an item.
    pub(crate) async fn take(&self) -> u32 {
        let mut items = self.items.lock().await;
        loop {
            if let Some(item) = items.pop_front() {
                self.notify();
                return item;
            }
            items = self.changed.wait(items).await;
        }
    }

    fn notify(&self) {
        if self.notifies_all {
            self.changed.notify_all();
        } else {
            self.changed.notify_one();
        }
    }
}
