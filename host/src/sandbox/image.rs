//! An instance between two turns, as a value.
//!
//! Only what is entered by its lowered interface has one: all state of such a guest is its memory. An image shares
//! with the one before it all pages that did not change, and has a key that depends on the content alone, so equal
//! states have equal keys however they came about.

use std::sync::Arc;

use twox_hash::XxHash3_128;

use super::guest::Choices;

/// How much is compared, stored and put back at once, in bytes.
const PAGE_BYTES: usize = 4096;

const ZERO: [u8; PAGE_BYTES] = [0; PAGE_BYTES];

/// All that the next turn of an instance depends on.
#[derive(Clone)]
pub(crate) struct Image {
    /// The whole memory; none where a page is zero, or means nothing.
    pages: Box<[Option<Arc<Page>>]>,
    /// So many bytes at the beginning mean nothing: the stack, between two turns.
    dead_bytes: usize,
    /// The sum of the pages' keys.
    sum: u128,
    pub(super) choices: Option<Box<Choices>>,
    /// Which turn of the instance came last, for the log; no part of the state.
    pub(super) turn: u64,
}

struct Page {
    bytes: [u8; PAGE_BYTES],
    /// Depends on the content and the place.
    key: u128,
}

impl Page {
    fn new(place: usize, bytes: &[u8]) -> Arc<Self> {
        let bytes: [u8; PAGE_BYTES] = bytes.try_into().expect("a page was cut out");
        let key = XxHash3_128::oneshot_with_seed(place as u64, &bytes);
        Arc::new(Self { bytes, key })
    }
}

impl Image {
    /// The image of a memory. What equals `last`, the image of the same instance before its last turn, is shared
    /// with it. Costs about 17 ns per KiB, and 50 ns more per KiB that changed.
    pub(super) fn of(
        memory: &[u8],
        dead_bytes: usize,
        last: Option<&Self>,
        choices: Option<Box<Choices>>,
        turn: u64,
    ) -> Self {
        let last = last.map_or(&[][..], |last| &last.pages);
        let mut sum = 0_u128;
        let mut page = |place: usize, bytes: &[u8]| {
            let page = match last.get(place) {
                Some(Some(page)) if page.bytes == bytes => Some(page.clone()),
                _ if bytes == ZERO => None,
                _ => Some(Page::new(place, bytes)),
            };
            sum = sum.wrapping_add(page.as_ref().map_or(0, |page| page.key));
            page
        };
        let pages = memory.chunks_exact(PAGE_BYTES).enumerate().map(|(place, bytes)| {
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
        let pages = pages.collect();
        Self { pages, dead_bytes, sum, choices, turn }
    }

    /// 128 bits that tell states apart: equal states have equal keys, and others differ but for one in 2^64 pairs.
    pub(crate) fn key(&self) -> u128 {
        let drawn = self.choices.as_ref().map_or(0, |choices| choices.drawn);
        let length = u64::try_from(self.pages.len()).expect("a memory has a bound");
        self.sum
            ^ ((u128::from(drawn) << 64) | u128::from(length))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }

    /// How long the memory is, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.pages.len() * PAGE_BYTES
    }

    /// How many bytes of pages it does not share with `last`.
    pub(crate) fn own_bytes(&self, last: Option<&Self>) -> usize {
        let last = last.map_or(&[][..], |last| &last.pages);
        let own = self.pages.iter().enumerate().filter(|(place, page)| {
            page.as_ref().is_some_and(
                |page| !matches!(last.get(*place), Some(Some(shared)) if Arc::ptr_eq(shared, page)),
            )
        });
        own.count() * size_of::<Page>() + self.pages.len() * size_of::<usize>()
    }

    /// Makes a memory of the same length what the image says. `now` is what it holds, if that is known.
    pub(super) fn put(&self, memory: &mut [u8], now: Option<&Self>) {
        let now = now.map(|now| &now.pages);
        let places = memory.chunks_exact_mut(PAGE_BYTES).zip(&self.pages).enumerate();
        for (place, (bytes, page)) in places {
            let dead = self.dead_bytes.saturating_sub(place * PAGE_BYTES).min(PAGE_BYTES);
            let (stack, bytes) = bytes.split_at_mut(dead);
            // What a turn copies may have gaps, which hold what was on the stack: a value that is moved to the heap.
            if *stack != ZERO[..dead] {
                stack.fill(0);
            }
            let held = now.and_then(|now| now.get(place));
            match (held, page) {
                (Some(Some(held)), Some(page)) if Arc::ptr_eq(held, page) => {}
                (Some(None), None) => {}
                (_, Some(page)) => bytes.copy_from_slice(&page.bytes[dead..]),
                (_, None) if *bytes == ZERO[dead..] => {}
                (_, None) => bytes.fill(0),
            }
        }
    }
}
