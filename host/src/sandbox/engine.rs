//! The deterministic profile: how wasm is compiled and which imports there are.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime::{Cache, CacheConfig, Config, Engine, WasmBacktraceDetails};

use super::arena::{Arena, Memories};
use super::guest::Guest;
use super::{imports, lowered, wasi};

/// Native stack that a guest may use, in bytes. Fixed, so that a guest overflows it on every machine alike.
const WASM_STACK_BYTES: usize = 512 * 1024;

/// The largest address space that memories may take together, in bytes: half of what x86-64 gives.
const ADDRESS_SPACE_BYTES: u64 = 1 << 46;

/// Most bytes that memories which nobody uses keep resident together: for actors that come and go.
const RESIDENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a sandbox must be able to do.
#[derive(Clone, Debug)]
pub(crate) struct SandboxConfig {
    /// Most bytes that the memories of one instance may have together.
    pub(crate) memory_bytes_max: u64,
    /// Most instances at once.
    pub(crate) instances_max: u32,
    /// Whether turns can be ended by [`Sandbox::tick`].
    pub(crate) deadlines: bool,
    /// Whether there can be instances that mark what they write, for images of them.
    pub(crate) marks: bool,
    /// Where compiled components are kept between runs.
    pub(crate) cache: Option<PathBuf>,
}

/// An engine and the imports that it offers: what all components of an app share.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<Guest>,
    /// The same imports in their lowered form.
    pub(crate) lowered: wasmtime::Linker<Guest>,
    /// Where the memories are.
    pub(crate) arena: Arc<Arena>,
    /// For modules with the store barrier.
    pub(super) marking: Option<Marking>,
}

/// What modules with the store barrier need. They have an engine of their own because there an instruction costs
/// nothing for the barrier, which is counted by itself.
pub(super) struct Marking {
    pub(super) engine: Engine,
    /// The imports of the package, and those of the barrier.
    pub(super) lowered: wasmtime::Linker<Guest>,
}

impl Sandbox {
    /// # Errors
    ///
    /// The machine cannot do what is asked: too much address space, or an unusable cache folder.
    pub(crate) fn new(config: &SandboxConfig) -> wasmtime::Result<Self> {
        let memories = reserve(config)?;
        let arena = memories.arena.clone();
        let mut profile = profile(config.deadlines);
        profile.with_host_memory(Arc::new(memories));
        if let Some(folder) = &config.cache {
            let mut cache = CacheConfig::new();
            cache.with_directory(folder);
            profile.cache(Some(Cache::new(cache)?));
        }
        let marking = config.marks.then(|| Marking::new(profile.clone())).transpose()?;
        let engine = Engine::new(profile.operator_cost(lowered::price()))?;
        let mut linker = Linker::new(&engine);
        imports::add(&mut linker)?;
        wasi::add(&mut linker)?;
        let mut lowered = wasmtime::Linker::new(&engine);
        lowered::add(&mut lowered)?;
        Ok(Self { engine, linker, lowered, arena, marking })
    }

    /// One unit of time is over: turns whose deadline has passed end.
    pub(crate) fn tick(&self) {
        self.engine.increment_epoch();
        if let Some(marking) = &self.marking {
            marking.engine.increment_epoch();
        }
    }
}

impl Marking {
    /// Failures have no backtraces here: whoever wants to see one runs the turn again as it is.
    fn new(mut profile: Config) -> wasmtime::Result<Self> {
        let profile = profile
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .wasm_backtrace_max_frames(None);
        let engine = Engine::new(profile)?;
        let mut lowered = wasmtime::Linker::new(&engine);
        lowered::add(&mut lowered)?;
        lowered::add_marks(&mut lowered)?;
        Ok(Self { engine, lowered })
    }
}

fn reserve(config: &SandboxConfig) -> wasmtime::Result<Memories> {
    // Instances that describe and render need a place too.
    let slots = u64::from(config.instances_max) + 64;
    let stride = config.memory_bytes_max.next_multiple_of(64 * 1024);
    wasmtime::ensure!(
        stride.checked_mul(slots).is_some_and(|bytes| bytes <= ADDRESS_SPACE_BYTES),
        "{slots} actors with {stride} bytes of memory each do not fit into the address space"
    );
    let size = |bytes: u64| {
        usize::try_from(bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
    };
    let (stride, slots) = (size(stride)?, size(slots)?);
    let marks = config.marks.then(|| Arena::new(lowered::MARKS, 2 * slots, 0)).transpose()?;
    Ok(Memories { arena: Arena::new(stride, slots, RESIDENT_BYTES_MAX)?, marks })
}

/// Everything that could make two runs differ is off or fixed; see "Deterministic Wasm Execution" in
/// wasmtime's book.
fn profile(deadlines: bool) -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .wasm_component_model(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        .consume_fuel(true)
        .epoch_interruption(deadlines)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // The arena has no guard pages and all of a slot is accessible. Without a reservation compiled code
        // compares each address with the present length of the memory; with one it would compare with the
        // reservation, and reach what lies beyond the length.
        .memory_reservation(0)
        .memory_reservation_for_growth(0)
        .memory_guard_size(0)
        .memory_may_move(false)
        .memory_init_cow(false);
    config
}
