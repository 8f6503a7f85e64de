#![expect(unsafe_code, reason = "linear memories are handed out as slices of one reservation")]
//! Linear memories from one reservation of address space.
//!
//! Wasmtime's own allocators map each memory by itself, and the kernel allows about 65,000 mappings; here
//! 100,000 instances share one. A slot is as large as the largest memory any actor may have, so a memory
//! never moves; pages that were never touched cost nothing.
//!
//! **Invariant:** a slot belongs to at most one [`Slice`]; its bytes beyond what that slice ever had
//! accessible, and all bytes of a free slot, are zero.

use std::io;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// Address space for the memories of all instances of a sandbox.
#[derive(Debug)]
pub(crate) struct Arena {
    base: *mut u8,
    stride: usize,
    slots: usize,
    free: Mutex<Free>,
}

#[derive(Debug, Default)]
struct Free {
    returned: Vec<usize>,
    /// Slots from here on were never used.
    fresh: usize,
}

// SAFETY: the base pointer is only used for address arithmetic; slots are handed out under a lock, and each
// is accessed by its one owner.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Reserves `slots` slots of `stride` bytes, which must be whole pages.
    ///
    /// # Errors
    ///
    /// The operating system has not so much address space.
    pub(crate) fn new(stride: usize, slots: usize) -> io::Result<Arc<Self>> {
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
        Ok(Arc::new(Self { base: base.cast(), stride, slots, free: Mutex::default() }))
    }

    fn take(&self) -> Option<usize> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.returned.pop().or_else(|| {
            let slot = free.fresh;
            free.fresh += 1;
            (slot < self.slots).then_some(slot)
        })
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
pub(crate) struct Memories(pub(crate) Arc<Arena>);

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
        let arena = &self.0;
        if guard_size_in_bytes > 0 {
            return Err("the arena has no guard pages".to_owned());
        }
        let size = minimum;
        let capacity = maximum.map_or(arena.stride, |maximum| maximum.min(arena.stride));
        if size > capacity {
            return Err(format!("a memory of {size} bytes does not fit into {capacity} bytes"));
        }
        let slot = arena.take().ok_or("all slots of the arena are in use")?;
        // SAFETY: the slot is below the number of slots, so the offset stays inside the mapping.
        let start = unsafe { arena.base.add(slot * arena.stride) };
        let slice = Slice { arena: arena.clone(), slot, start, length: size, capacity };
        Ok(Box::new(slice))
    }
}

/// The memory of one instance.
struct Slice {
    arena: Arc<Arena>,
    slot: usize,
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
        if self.length > 0 {
            // SAFETY: the range is inside the slot that this slice owns; after this nobody else has it.
            // Dropping the pages makes them read as zero again.
            let dropped = unsafe { madvise(self.start.cast(), self.length, Advice::LinuxDontNeed) };
            assert!(dropped.is_ok(), "the range lies in the mapping that `Arena::new` made");
        }
        let mut free = self.arena.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.returned.push(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(arena: &Arc<Arena>, size: usize) -> Result<Box<dyn LinearMemory>, String> {
        let ty = MemoryType::new(1, None);
        Memories(arena.clone()).new_memory(ty, size, None, None, 0)
    }

    #[test]
    fn a_slot_that_is_used_again_reads_as_zero() {
        let arena = Arena::new(1 << 16, 1).unwrap();
        let first = memory(&arena, 8192).unwrap();
        // SAFETY: 8192 bytes are accessible, and belong to this memory.
        unsafe { first.as_ptr().write_bytes(7, 8192) };
        drop(first);
        let second = memory(&arena, 1 << 16).unwrap();
        // SAFETY: as above, with 65,536 bytes.
        let bytes = unsafe { std::slice::from_raw_parts(second.as_ptr(), 1 << 16) };
        assert!(bytes.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn an_arena_hands_out_each_slot_once() {
        let arena = Arena::new(1 << 16, 2).unwrap();
        let (first, second) = (memory(&arena, 1).unwrap(), memory(&arena, 1).unwrap());
        assert_ne!(first.as_ptr(), second.as_ptr());
        assert_eq!(memory(&arena, 1).err().unwrap(), "all slots of the arena are in use");
        drop(first);
        assert!(memory(&arena, 1).is_ok());
    }
}
