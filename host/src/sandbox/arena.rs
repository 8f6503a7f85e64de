#![expect(unsafe_code, reason = "linear memories are handed out as slices of one reservation")]
//! Linear memories from one reservation of address space.
//!
//! Wasmtime's own allocators map each memory by itself, and the kernel allows about 65,000 mappings; here
//! 100,000 instances share one. A slot is as large as the largest memory any actor may have, so a memory
//! never moves; pages that were never touched cost nothing.
//!
//! Which pages of a memory its instance writes first is known before: they are asked for all at once, and a
//! slot that is given back keeps them, zeroed, up to a bound.
//!
//! **Invariant:** a slot belongs to at most one [`Slice`]; its bytes beyond what that slice ever had
//! accessible, and all bytes of a free slot, are zero.

use std::io;
use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// How large a page is, in bytes. Other processors leave it to the kernel's builder: there nothing is made resident.
const PAGE_BYTES: Option<usize> = if cfg!(target_arch = "x86_64") { Some(4096) } else { None };

/// Address space for the memories of all instances of a sandbox.
#[derive(Debug)]
pub(crate) struct Arena {
    base: *mut u8,
    stride: usize,
    slots: usize,
    /// Most bytes that free slots may keep resident together.
    resident_bytes_max: usize,
    free: Mutex<Free>,
}

#[derive(Debug, Default)]
struct Free {
    /// The next one to be taken is last.
    returned: Vec<FreeSlot>,
    /// Slots from here on were never used.
    fresh: usize,
    /// How many bytes the returned slots keep.
    resident_bytes: usize,
}

/// A slot of which these bytes are resident, whole pages of zeros.
#[derive(Debug)]
struct FreeSlot {
    slot: usize,
    hot: Range<usize>,
}

// SAFETY: the base pointer is only used for address arithmetic; slots are handed out under a lock, and each
// is accessed by its one owner.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Reserves `slots` slots of `stride` bytes, which must be whole pages. Free slots keep at most
    /// `resident_bytes_max` bytes resident together.
    ///
    /// # Errors
    ///
    /// The operating system has not so much address space.
    pub(crate) fn new(
        stride: usize,
        slots: usize,
        resident_bytes_max: usize,
    ) -> io::Result<Arc<Self>> {
        let length = stride.checked_mul(slots).ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: a fresh anonymous mapping at an address that the kernel chooses overlaps nothing.
        let base = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )?
        };
        let (base, free) = (base.cast(), Mutex::default());
        Ok(Arc::new(Self { base, stride, slots, resident_bytes_max, free }))
    }

    /// Makes the pages resident that hold these bytes of the next slot, if none is left that has them. Another
    /// thread may take that slot first, which costs it the pages and nothing else.
    pub(crate) fn prepare(&self, hot: &Range<usize>) {
        let Some(page) = PAGE_BYTES else { return };
        let hot = hot.start / page * page..hot.end.next_multiple_of(page).min(self.stride);
        // If there is none, whoever makes the memory tells so.
        let Some(mut free) = self.take() else { return };
        if free.hot != hot {
            self.give_back(free.slot, free.hot);
            // A kernel before 5.14 does not know the advice; then every page comes when it is touched.
            // SAFETY: the pages lie in a slot that nobody has; to write to them changes nothing.
            let _ = unsafe { self.advise(free.slot, hot.clone(), Advice::LinuxPopulateWrite) };
            free.hot = hot;
        }
        self.put(free);
    }

    fn take(&self) -> Option<FreeSlot> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = free.returned.pop() {
            free.resident_bytes -= slot.hot.len();
            return Some(slot);
        }
        let slot = free.fresh;
        free.fresh += 1;
        (slot < self.slots).then_some(FreeSlot { slot, hot: 0..0 })
    }

    fn put(&self, slot: FreeSlot) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.resident_bytes += slot.hot.len();
        free.returned.push(slot);
    }

    /// Whether free slots may keep so many more bytes resident. Slots that come back at the same time may be a few too
    /// many.
    fn may_keep(&self, bytes: usize) -> bool {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.resident_bytes + bytes <= self.resident_bytes_max
    }

    fn start(&self, slot: usize) -> *mut u8 {
        debug_assert!(slot < self.slots);
        // SAFETY: the slot is below the number of slots, so the offset stays inside the mapping.
        unsafe { self.base.add(slot * self.stride) }
    }

    /// Gives bytes of a slot that nobody has back to the operating system: they read as zero again.
    fn give_back(&self, slot: usize, bytes: Range<usize>) {
        // SAFETY: nobody has the slot.
        let given = unsafe { self.advise(slot, bytes, Advice::LinuxDontNeed) };
        assert!(given.is_ok(), "the range lies in the mapping that `Arena::new` made");
    }

    /// # Safety
    ///
    /// The bytes lie in the slot, and what the advice does to them surprises nobody.
    unsafe fn advise(&self, slot: usize, bytes: Range<usize>, advice: Advice) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the range is inside the slot, and the slot inside the mapping; the rest is up to the caller.
        let advised =
            unsafe { madvise(self.start(slot).add(bytes.start).cast(), bytes.len(), advice) };
        Ok(advised?)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: every slice holds an `Arc` of the arena, so nobody uses the mapping any more.
        let unmapped = unsafe { munmap(self.base.cast(), self.stride * self.slots) };
        debug_assert!(unmapped.is_ok(), "the mapping was made by `new`");
    }
}

/// Makes wasmtime take memories from an arena.
pub(crate) struct Memories {
    pub(crate) arena: Arc<Arena>,
    /// For memories that can have no more than a slot of it: an instance may have two.
    pub(crate) marks: Option<Arc<Arena>>,
}

// SAFETY: `new_memory` gives memory that is zeroed (the invariant of the module), does not move, stays
// readable and writable for `byte_capacity` bytes, and belongs to nobody else.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        _: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let small = self.marks.as_ref().filter(|marks| maximum == Some(marks.stride));
        let arena = small.unwrap_or(&self.arena);
        if guard_size_in_bytes > 0 {
            return Err("the arena has no guard pages".to_owned());
        }
        let size = minimum;
        let capacity = maximum.map_or(arena.stride, |maximum| maximum.min(arena.stride));
        if size > capacity {
            return Err(format!("a memory of {size} bytes does not fit into {capacity} bytes"));
        }
        let FreeSlot { slot, hot } = arena.take().ok_or("all slots of the arena are in use")?;
        let start = arena.start(slot);
        let slice = Slice { arena: arena.clone(), slot, hot, start, length: size, capacity };
        Ok(Box::new(slice))
    }
}

/// The memory of one instance.
struct Slice {
    arena: Arc<Arena>,
    slot: usize,
    /// What was resident from the start: whole pages.
    hot: Range<usize>,
    start: *mut u8,
    length: usize,
    capacity: usize,
}

// SAFETY: the bytes belong to this slice alone; wasmtime guards access to them by the store.
unsafe impl Send for Slice {}
// SAFETY: as above.
unsafe impl Sync for Slice {}

// SAFETY: the memory starts at `as_ptr`, has `byte_size` accessible bytes, and never moves; `grow_to` only
// makes more of the slot count as accessible, which is zero by the invariant of the module.
unsafe impl LinearMemory for Slice {
    fn byte_size(&self) -> usize {
        self.length
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        wasmtime::ensure!(new_size <= self.capacity, "the memory is at its limit");
        self.length = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.start
    }
}

impl Drop for Slice {
    fn drop(&mut self) {
        let Self { slot, length, .. } = *self;
        let mut hot = self.hot.clone();
        if !self.arena.may_keep(hot.len()) {
            self.arena.give_back(slot, hot.clone());
            hot = 0..0;
        }
        let dirty = hot.start.min(length)..hot.end.min(length);
        // SAFETY: the bytes are accessible, and nobody but this slice has them.
        unsafe { self.start.add(dirty.start).write_bytes(0, dirty.len()) };
        self.arena.give_back(slot, 0..dirty.start);
        self.arena.give_back(slot, dirty.end..length);
        self.arena.put(FreeSlot { slot, hot });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(arena: &Arc<Arena>, size: usize) -> Result<Box<dyn LinearMemory>, String> {
        let ty = MemoryType::new(1, None);
        Memories { arena: arena.clone(), marks: None }.new_memory(ty, size, None, None, 0)
    }

    #[test]
    fn a_slot_that_is_used_again_reads_as_zero() {
        let arena = Arena::new(1 << 16, 1, 0).unwrap();
        let first = memory(&arena, 8192).unwrap();
        // SAFETY: 8192 bytes are accessible, and belong to this memory.
        unsafe { first.as_ptr().write_bytes(7, 8192) };
        drop(first);
        let second = memory(&arena, 1 << 16).unwrap();
        // SAFETY: as above, with 65,536 bytes.
        let bytes = unsafe { std::slice::from_raw_parts(second.as_ptr(), 1 << 16) };
        assert!(bytes.iter().all(|&byte| byte == 0));
    }

    /// Fills a memory that has grown, gives it back, and looks at what the next one finds.
    fn reads_as_zero_again(arena: &Arc<Arena>, hot: Range<usize>, size: usize) {
        arena.prepare(&hot);
        let mut first = memory(arena, size).unwrap();
        first.grow_to(1 << 16).unwrap();
        // SAFETY: 65,536 bytes are accessible, and belong to this memory.
        unsafe { first.as_ptr().write_bytes(7, 1 << 16) };
        drop(first);
        let second = memory(arena, 1 << 16).unwrap();
        // SAFETY: as above.
        let bytes = unsafe { std::slice::from_raw_parts(second.as_ptr(), 1 << 16) };
        assert!(bytes.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn a_slot_that_keeps_its_pages_reads_as_zero() {
        let page = 4096;
        for hot in [page..3 * page, page + 1..2 * page + 1, 0..1 << 16, 0..0, 0..1 << 20] {
            for size in [0, page, 1 << 16] {
                let arena = Arena::new(1 << 16, 1, 1 << 20).unwrap();
                reads_as_zero_again(&arena, hot.clone(), size);
                // Now of another kind.
                reads_as_zero_again(&arena, 0..page, size);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn free_slots_keep_no_more_than_the_bound() {
        let page = 4096;
        let arena = Arena::new(1 << 16, 3, 3 * page).unwrap();
        let memories = [0; 3].map(|_| {
            arena.prepare(&(0..page + 1));
            memory(&arena, 1 << 16).unwrap()
        });
        drop(memories);
        let free = arena.free.lock().unwrap();
        assert_eq!(free.resident_bytes, 2 * page);
        let kept: Vec<_> = free.returned.iter().map(|slot| slot.hot.len() / page).collect();
        assert_eq!(kept, [2, 0, 0]);
    }

    #[test]
    fn an_arena_hands_out_each_slot_once() {
        let arena = Arena::new(1 << 16, 2, 0).unwrap();
        let (first, second) = (memory(&arena, 1).unwrap(), memory(&arena, 1).unwrap());
        assert_ne!(first.as_ptr(), second.as_ptr());
        assert_eq!(memory(&arena, 1).err().unwrap(), "all slots of the arena are in use");
        drop(first);
        assert!(memory(&arena, 1).is_ok());
    }
}
