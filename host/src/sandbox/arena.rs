#![expect(unsafe_code, reason = "linear memories are handed out as slices of one reservation")]
//! Linear memories from one reservation of address space.
//!
//! Wasmtime's own allocators map each memory by itself, and the kernel allows about 65,000 mappings; here
//! 100,000 instances share one. A slot is as large as the largest memory any actor may have, so a memory
//! never moves; pages that were never touched cost nothing.
//!
//! **Invariant:** a slot belongs to at most one [`Slice`]; its bytes beyond what that slice ever had
//! accessible, and all bytes of a free slot, are zero.

use std::cell::RefCell;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

thread_local! {
    /// The memories that this thread creates while it instantiates something in [`attribute`], and how
    /// large the next ones must be at least.
    static ATTRIBUTION: RefCell<Attribution> = RefCell::default();
}

#[derive(Default)]
struct Attribution {
    active: bool,
    sizes: Vec<usize>,
    created: Vec<View>,
}

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
        // SAFETY: every slice and view holds an `Arc` of the arena, so nobody uses the mapping any more.
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
        let wanted = ATTRIBUTION.with_borrow_mut(|attribution| attribution.sizes.pop());
        let size = minimum.max(wanted.unwrap_or(0));
        let capacity = maximum.map_or(arena.stride, |maximum| maximum.min(arena.stride));
        if size > capacity {
            return Err(format!("a memory of {size} bytes does not fit into {capacity} bytes"));
        }
        let slot = arena.take().ok_or("all slots of the arena are in use")?;
        // SAFETY: the slot is below the number of slots, so the offset stays inside the mapping.
        let start = unsafe { arena.base.add(slot * arena.stride) };
        let length = Arc::new(AtomicUsize::new(size));
        let slice = Slice { arena: arena.clone(), slot, start, length: length.clone(), capacity };
        ATTRIBUTION.with_borrow_mut(|attribution| {
            if attribution.active {
                attribution.created.push(View { _arena: arena.clone(), start, length });
            }
        });
        Ok(Box::new(slice))
    }
}

/// The memory of one instance.
struct Slice {
    arena: Arc<Arena>,
    slot: usize,
    start: *mut u8,
    length: Arc<AtomicUsize>,
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
        self.length.load(Ordering::Relaxed)
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        wasmtime::ensure!(new_size <= self.capacity, "the memory is at its limit");
        self.length.store(new_size, Ordering::Relaxed);
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.start
    }
}

impl Drop for Slice {
    fn drop(&mut self) {
        let length = self.length.load(Ordering::Relaxed);
        if length > 0 {
            // SAFETY: the range is inside the slot that this slice owns; after this nobody else has it.
            // Dropping the pages makes them read as zero again.
            let dropped = unsafe { madvise(self.start.cast(), length, Advice::LinuxDontNeed) };
            assert!(dropped.is_ok(), "the range lies in the mapping that `Arena::new` made");
        }
        let mut free = self.arena.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.returned.push(self.slot);
    }
}

/// The memory of an instance, seen from outside of wasmtime while the instance does not run.
#[derive(Debug)]
pub(crate) struct View {
    _arena: Arc<Arena>,
    start: *mut u8,
    length: Arc<AtomicUsize>,
}

// SAFETY: a view is kept beside its instance, in the same owner, and used by that alone.
unsafe impl Send for View {}

impl View {
    /// A copy of the bytes. The caller owns the instance, and it does not run.
    pub(crate) fn copy(&self, _instance: &mut impl Sized) -> Vec<u8> {
        let length = self.length.load(Ordering::Relaxed);
        // SAFETY: `length` bytes from `start` on are accessible, and the owner of the instance, whose
        // exclusive borrow is proved by the parameter, lets nothing else touch them.
        unsafe { std::slice::from_raw_parts(self.start, length) }.to_vec()
    }

    /// Overwrites the first bytes. The caller owns the instance, and it does not run.
    pub(crate) fn overwrite(&self, bytes: &[u8], _instance: &mut impl Sized) {
        assert!(bytes.len() <= self.length.load(Ordering::Relaxed), "an image fits its memory");
        // SAFETY: as in `copy`, and the image is no part of the arena.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.start, bytes.len()) }
    }
}

/// Runs an instantiation and gives views of the memories that it created, in order. Their sizes will be at
/// least the given ones.
pub(crate) fn attribute<T>(sizes: &[usize], instantiate: impl FnOnce() -> T) -> (T, Vec<View>) {
    ATTRIBUTION.with_borrow_mut(|attribution| {
        attribution.active = true;
        attribution.sizes = sizes.iter().rev().copied().collect();
    });
    let value = instantiate();
    let attribution = ATTRIBUTION.take();
    (value, attribution.created)
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
        let ((), views) = attribute(&[], || drop(memory(&arena, 4096).unwrap()));
        assert_eq!(views.len(), 1);
        let (first, views) = attribute(&[8192], || memory(&arena, 4096).unwrap());
        views[0].overwrite(&[7; 8192], &mut ());
        assert_eq!(first.byte_size(), 8192);
        drop(first);
        let (_second, views) = attribute(&[], || memory(&arena, 1 << 16).unwrap());
        assert!(views[0].copy(&mut ()).iter().all(|&byte| byte == 0));
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
