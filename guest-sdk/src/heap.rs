//! The allocator of actors: small, dense, and without a memory of its own past.
//!
//! Free memory is a list of holes, sorted by address, neighbours joined; an allocation takes the first
//! hole that it fits into. A hole is all zeros but for its header of two words. So the free part of the
//! heap is a function of the blocks that live and of nothing else: actors whose data is at the same
//! places have the same image, whatever they allocated and freed in between, and what was freed never
//! makes an image differ.
//!
//! Both operations walk the holes up to theirs, which is nothing for the few that an actor has. One
//! with a large, churning heap turns the feature `heap` off and has std's allocator, or its own.

#![expect(unsafe_code, reason = "an allocator")]
#![cfg_attr(
    not(any(test, all(target_family = "wasm", target_os = "unknown"))),
    expect(dead_code, reason = "elsewhere only the tests use it")
)]

use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// The header of a hole. Also the unit of sizes and addresses.
#[repr(C)]
struct Hole {
    size: usize,
    next: *mut Self,
}

const UNIT: usize = size_of::<Hole>();

/// A heap over memory that it is given piece by piece.
pub(crate) struct Heap {
    first: *mut Hole,
}

impl Heap {
    pub(crate) const fn new() -> Self {
        Self { first: ptr::null_mut() }
    }

    /// A zeroed block, or none if no hole is large enough.
    pub(crate) fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let (size, align) = rounded(layout);
        let mut link: *mut *mut Hole = &raw mut self.first;
        // SAFETY: `link` points to `first` or to the header of a hole, and every hole lies in memory
        // that the heap owns. The block and what remains of the hole before and behind it are disjoint
        // parts of the hole, each a multiple of `UNIT` long, so there is room for a header in each.
        unsafe {
            loop {
                let hole = *link;
                if hole.is_null() {
                    return None;
                }
                let before = hole.addr().next_multiple_of(align) - hole.addr();
                let Hole { size: whole, next } = *hole;
                if before + size <= whole {
                    let block = hole.cast::<u8>().add(before);
                    let behind = whole - before - size;
                    let rest = if behind == 0 { next } else { block.add(size).cast() };
                    if behind > 0 {
                        *rest = Hole { size: behind, next };
                    }
                    if before == 0 {
                        *link = rest;
                        block.write_bytes(0, UNIT);
                    } else {
                        *hole = Hole { size: before, next: rest };
                    }
                    return NonNull::new(block);
                }
                link = &raw mut (*hole).next;
            }
        }
    }

    /// Takes a block back.
    ///
    /// # Safety
    ///
    /// The block came from `allocate` with this layout and is no longer used.
    pub(crate) unsafe fn free(&mut self, block: *mut u8, layout: Layout) {
        let (size, _) = rounded(layout);
        // SAFETY: the caller gives the block up, and it is `size` long.
        unsafe {
            clear(block, size);
            self.give(block, size);
        }
    }

    /// Takes memory into the heap.
    ///
    /// # Safety
    ///
    /// The memory is zeroed, aligned to `UNIT`, a multiple of it long, and the heap's from now on.
    pub(crate) unsafe fn give(&mut self, start: *mut u8, size: usize) {
        let mut link: *mut *mut Hole = &raw mut self.first;
        let mut before: *mut Hole = ptr::null_mut();
        // SAFETY: as in `allocate`; the caller owns the new hole, so it overlaps with no other. A header
        // that a join leaves inside a hole is zeroed.
        unsafe {
            while !(*link).is_null() && (*link).addr() < start.addr() {
                before = *link;
                link = &raw mut (*before).next;
            }
            let hole = start.cast::<Hole>();
            *hole = Hole { size, next: *link };
            *link = hole;
            join(hole);
            if !before.is_null() {
                join(before);
            }
        }
    }
}

/// Zeroes a block. The instruction for it is a call into the host, which small blocks are not worth; a plain
/// loop would be made into that instruction.
///
/// # Safety
///
/// The block is owned by the caller, aligned to `UNIT` and a multiple of it long.
unsafe fn clear(block: *mut u8, size: usize) {
    const SMALL: usize = 256;
    // SAFETY: the caller owns the block.
    unsafe {
        if size > SMALL {
            return block.write_bytes(0, size);
        }
        let words = block.cast::<[usize; 2]>();
        for unit in 0..size / UNIT {
            words.add(unit).write_volatile([0, 0]);
        }
    }
}

/// Joins a hole with the next one if they touch.
///
/// # Safety
///
/// `hole` is a hole of the heap.
unsafe fn join(hole: *mut Hole) {
    // SAFETY: the caller promises a hole; `next` is none or another one.
    unsafe {
        let Hole { size, next } = *hole;
        if next.addr() == hole.addr() + size {
            *hole = Hole { size: size + (*next).size, next: (*next).next };
            next.cast::<u8>().write_bytes(0, UNIT);
        }
    }
}

fn rounded(layout: Layout) -> (usize, usize) {
    (layout.size().max(1).next_multiple_of(UNIT), layout.align().max(UNIT))
}

/// The heap of a component: what the linker left of the first pages, then what the host grants.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod global {
    use super::{Heap, UNIT};
    use core::{
        alloc::{GlobalAlloc, Layout},
        arch::wasm32::{memory_grow, memory_size},
        cell::UnsafeCell,
        ptr::{self, NonNull},
    };

    const PAGE: usize = 64 * 1024;

    #[global_allocator]
    static HEAP: Global = Global(UnsafeCell::new(None));

    /// None before the first allocation.
    struct Global(UnsafeCell<Option<Heap>>);

    // SAFETY: a component has one thread.
    unsafe impl Sync for Global {}

    // SAFETY: blocks are disjoint, aligned, and stay where they are until they are freed.
    unsafe impl GlobalAlloc for Global {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: one thread, and the heap calls nobody.
            let heap = unsafe { (*self.0.get()).get_or_insert_with(initial) };
            let block = heap.allocate(layout).or_else(|| grow(heap, layout));
            block.map_or(ptr::null_mut(), NonNull::as_ptr)
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: blocks are zeroed anyway; the caller's promise is the same.
            unsafe { self.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as in `alloc`; the block is one of ours, so the heap exists.
            unsafe {
                if let Some(heap) = &mut *self.0.get() {
                    heap.free(block, layout);
                }
            }
        }
    }

    /// A heap over what lies between the data and the end of the memory.
    fn initial() -> Heap {
        unsafe extern "C" {
            static mut __heap_base: u8;
        }
        let mut heap = Heap::new();
        let base = &raw mut __heap_base;
        let start = base.addr().next_multiple_of(UNIT);
        let end = memory_size::<0>() * PAGE;
        if start < end {
            // SAFETY: the linker puts nothing behind `__heap_base`, and memory starts as zeros.
            unsafe { heap.give(base.with_addr(start), end - start) };
        }
        heap
    }

    #[cold]
    fn grow(heap: &mut Heap, layout: Layout) -> Option<NonNull<u8>> {
        let pages = (layout.size() + layout.align()).div_ceil(PAGE);
        let start = memory_grow::<0>(pages);
        if start == usize::MAX {
            return None;
        }
        // SAFETY: new pages are zeroed and nobody else's.
        unsafe { heap.give(ptr::with_exposed_provenance_mut(start * PAGE), pages * PAGE) };
        heap.allocate(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BYTES: usize = 4096;

    /// A heap over an arena of its own.
    struct Arena {
        memory: Box<[u128; BYTES / 16]>,
        heap: Heap,
        live: Vec<(NonNull<u8>, Layout)>,
    }

    impl Arena {
        fn new() -> Self {
            let mut arena =
                Self { memory: Box::new([0; BYTES / 16]), heap: Heap::new(), live: Vec::new() };
            // SAFETY: the arena is zeroed, aligned, and given to nobody else.
            unsafe { arena.heap.give(arena.memory.as_mut_ptr().cast(), BYTES) };
            arena
        }

        fn allocate(&mut self, layout: Layout) {
            let Some(block) = self.heap.allocate(layout) else { return };
            assert_eq!(block.addr().get() % layout.align(), 0);
            // SAFETY: the block is ours and that long.
            unsafe {
                let content = core::slice::from_raw_parts_mut(block.as_ptr(), layout.size());
                assert!(content.iter().all(|&byte| byte == 0), "a block starts as zeros");
                content.fill(0xff);
            }
            self.live.push((block, layout));
        }

        fn free(&mut self, index: usize) {
            let (block, layout) = self.live.swap_remove(index);
            // SAFETY: the block came from `allocate`, and `live` forgot it.
            unsafe { self.heap.free(block.as_ptr(), layout) };
        }

        /// The memory, addresses in it counted from its start.
        fn image(&self) -> Vec<usize> {
            let start = self.memory.as_ptr().addr();
            let words = BYTES / size_of::<usize>();
            // SAFETY: the arena is that long, and usize has no invalid value.
            let words =
                unsafe { core::slice::from_raw_parts(self.memory.as_ptr().cast::<usize>(), words) };
            words
                .iter()
                .map(
                    |&word| {
                        if (start..start + BYTES).contains(&word) { word - start } else { word }
                    },
                )
                .collect()
        }
    }

    fn layouts() -> impl Strategy<Value = Layout> {
        (0_usize..300, 0_u32..7)
            .prop_map(|(size, shift)| Layout::from_size_align(size, 1 << shift).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_freed_leaves_no_trace(
            kept in prop::collection::vec(layouts(), 0..8),
            passing in prop::collection::vec((layouts(), any::<prop::sample::Index>()), 0..32),
        ) {
            let mut arena = Arena::new();
            for layout in kept {
                arena.allocate(layout);
            }
            let before = arena.image();
            let count = arena.live.len();
            for (layout, _) in &passing {
                arena.allocate(*layout);
            }
            for (_, index) in &passing {
                let passing = arena.live.len() - count;
                if passing > 0 {
                    arena.free(count + index.index(passing));
                }
            }
            prop_assert_eq!(arena.image(), before);
        }
    }
}
