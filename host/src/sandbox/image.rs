//! One instance between two turns, as a value by itself.
//!
//! Only what is entered by its lowered interface has one: all state of such a guest is its memory. An image shares
//! with the one before it all pages that did not change. An exploration, which has very many, keeps them as
//! [`Images`](super::images::Images).

use std::sync::Arc;

use super::guest::Choices;

/// How much is compared, stored and put back at once, in bytes.
const PAGE_BYTES: usize = 4096;

type Page = [u8; PAGE_BYTES];

const ZERO: Page = [0; PAGE_BYTES];

/// All that the next turn of an instance depends on.
#[derive(Clone)]
pub(crate) struct Image {
    /// The whole memory; none where a page is zero, or means nothing.
    pages: Box<[Option<Arc<Page>>]>,
    pub(super) choices: Option<Box<Choices>>,
    /// Which turn of the instance came last, for the log; no part of the state.
    pub(super) turn: u64,
}

impl Image {
    /// The image of a memory, of which so many bytes at the beginning mean nothing. What equals `last`, the image of
    /// the same instance before its last turn, is shared with it. Costs about 17 ns per KiB.
    pub(super) fn of(
        memory: &[u8],
        dead_bytes: usize,
        last: Option<&Self>,
        choices: Option<Box<Choices>>,
        turn: u64,
    ) -> Self {
        let last = last.map_or(&[][..], |last| &last.pages);
        let page = |place: usize, bytes: &Page| match last.get(place) {
            Some(Some(page)) if **page == *bytes => Some(page.clone()),
            _ if *bytes == ZERO => None,
            _ => Some(Arc::new(*bytes)),
        };
        let pages = memory.as_chunks::<PAGE_BYTES>().0.iter().enumerate().map(|(place, bytes)| {
            match dead_bytes.saturating_sub(place * PAGE_BYTES) {
                0 => page(place, bytes),
                PAGE_BYTES.. => None,
                dead => {
                    let mut live = ZERO;
                    live[dead..].copy_from_slice(&bytes[dead..]);
                    page(place, &live)
                }
            }
        });
        Self { pages: pages.collect(), choices, turn }
    }

    /// How long the memory is, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.pages.len() * PAGE_BYTES
    }

    /// Makes a memory of the same length what the image says.
    pub(super) fn put(&self, memory: &mut [u8]) {
        for (bytes, page) in memory.as_chunks_mut::<PAGE_BYTES>().0.iter_mut().zip(&self.pages) {
            let page = page.as_deref().unwrap_or(&ZERO);
            // Memory that was never written is not there, and reading does not make it.
            if bytes != page {
                *bytes = *page;
            }
        }
    }
}
