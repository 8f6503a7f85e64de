//! The fast way into a guest: its main module is instantiated by itself and called by the lowered form of its
//! interface, without the component model in between.
//!
//! A component that imports nothing but `coyote:actor` is one core module with a fixed wrapping around it. The
//! Canonical ABI (WebAssembly/component-model, `design/mvp/CanonicalABI.md`) says how its functions look in the
//! module; here they are lifted and lowered by hand, which costs a fraction and copies nothing. Whether a component
//! can be called so is decided once, when it is loaded; all others go through `imports`. What the imports *do* is
//! the same code, in `calls`.

mod barrier;
mod imports;
mod marks;
mod shape;

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use coyote_kernel::{Cause, Encoding, Event, Failure, Payload};
use wasmtime::{
    AsContextMut, Engine, Extern, ExternType, FuncType, Instance, InstancePre, Linker, Memory,
    Module, ModuleExport, Store, TypedFunc, ValType, WasmParams, WasmResults,
};

pub(super) use self::barrier::{MARKS, price};
pub(super) use self::imports::add;
use self::marks::Marks;
pub(super) use self::marks::add as add_marks;
use super::abi::{self, UNLISTED};
use super::arena::Arena;
use super::component::PACKAGE_VERSION;
use super::engine::{Marking, Sandbox};
use super::guest::{Fails, Guest};

/// The guest's memory and its allocator: what the imports need.
#[derive(Clone, Copy)]
pub(super) struct LoweredGuest {
    memory: Memory,
    /// Where the module marks what it writes, if it does.
    marks: Option<Marks>,
    instance: Instance,
    realloc: ModuleExport,
}

/// A main module, ready to be instantiated.
pub(crate) struct LoweredCode {
    plain: Code,
    /// The same with the store barrier, if there may be one.
    marked: Option<Code>,
    /// What a turn leaves behind.
    kept: shape::Kept,
    /// The part of the memory that every instance writes from the start.
    hot: Range<usize>,
    /// See [`shape::Memory::data`].
    data: Range<u32>,
    arena: Arc<Arena>,
}

/// A compiled module.
struct Code {
    pre: InstancePre<Guest>,
    exports: Arc<Exports>,
    /// Where a module with the store barrier marks what it writes, and [`Marks::granule_shift`].
    marks: Option<(ModuleExport, u32)>,
}

impl LoweredCode {
    /// What a turn leaves behind beside the memory, as far as that is the reason that there are no images.
    pub(crate) fn more_than_memory(&self) -> Option<&'static str> {
        self.kept.more_than_memory
    }

    /// Whether the memory is all that a turn leaves behind.
    pub(crate) fn is_all_memory(&self) -> bool {
        self.kept.more_than_memory.is_none()
    }

    /// Whether instances can mark what they write.
    pub(crate) fn has_marks(&self) -> bool {
        self.marked.is_some()
    }
}

/// Where the exports of a main module are. To look them up by name in each instance would be a tenth of a creation.
struct Exports {
    memory: ModuleExport,
    realloc: ModuleExport,
    initialize: ModuleExport,
    handle_event: ModuleExport,
    handle_passed: ModuleExport,
    short: Option<ShortExports>,
    tasks: Option<TaskExports>,
    start: Option<ModuleExport>,
}

/// Where the exports are by which suspended code goes on. All actors have them.
struct TaskExports {
    resume: ModuleExport,
    deliver: ModuleExport,
    matches: ModuleExport,
}

/// Ways in for payloads of up to 32 bytes, which travel in the arguments: nothing is allocated for them. An extra of
/// our guest SDK.
struct ShortExports {
    initialize: ModuleExport,
    handle_event: ModuleExport,
}

/// An instance of a main module. Its functions are looked up when they are first called, which most never are.
pub(super) struct LoweredInstance {
    guest: LoweredGuest,
    exports: Arc<Exports>,
    realloc: OnceCell<Realloc>,
    handle_event: OnceCell<TypedFunc<(u32, u32, u32, u32), ()>>,
    handle_short: OnceCell<TypedFunc<ShortEvent, ()>>,
    /// See [`shape::Kept`].
    stack_bytes: usize,
}

/// Kind, encoding, length, words.
type ShortEvent = (u32, u32, u32, u64, u64, u64, u64);

/// `cabi_realloc`: old block, old size, alignment, new size.
type Realloc = TypedFunc<(u32, u32, u32, u32), u32>;

const INITIALIZE: &str = "initialize";
const HANDLE_EVENT: &str = "handle-event";
const HANDLE_PASSED: &str = "handle-passed";

fn interface(name: &str) -> String {
    format!("coyote:actor/{name}@{PACKAGE_VERSION}")
}

fn handler(function: &str) -> String {
    format!("{}#{function}", interface("handler"))
}

fn tasks(function: &str) -> String {
    format!("{}#{function}", interface("tasks"))
}

/// What our guest SDK exports beside the package.
fn short(function: &str) -> String {
    format!("coyote:guest/short@0.1.0#{function}")
}

impl Exports {
    /// Those of a module; none if one is missing or has another type than the package gives it.
    fn find(module: &Module) -> Option<Self> {
        use ValType::{I32, I64};
        let find = |name: &str, parameters: &[ValType], results: &[ValType]| {
            let Some(ExternType::Func(ty)) = module.get_export(name) else { return None };
            let wanted = FuncType::new(module.engine(), parameters.to_vec(), results.to_vec());
            FuncType::eq(&ty, &wanted).then(|| module.get_export_index(name))?
        };
        let Some(ExternType::Memory(_)) = module.get_export("memory") else { return None };
        let words = [I64, I64, I64, I64];
        let short_initialize = [&[I32, I32], &words[..]].concat();
        let short_handle_event = [&[I32, I32, I32], &words[..]].concat();
        let short_exports = || {
            Some(ShortExports {
                initialize: find(&short(INITIALIZE), &short_initialize, &[])?,
                handle_event: find(&short(HANDLE_EVENT), &short_handle_event, &[])?,
            })
        };
        let task_exports = || {
            Some(TaskExports {
                resume: find(&tasks("resume"), &[I32], &[])?,
                deliver: find(&tasks("deliver"), &[I32, I32, I32, I32, I32, I32], &[])?,
                matches: find(&tasks("matches"), &[I32, I32, I32, I32, I32], &[I32])?,
            })
        };
        Some(Self {
            memory: module.get_export_index("memory")?,
            realloc: find("cabi_realloc", &[I32, I32, I32, I32], &[I32])?,
            initialize: find(&handler(INITIALIZE), &[I32, I32, I32], &[])?,
            handle_event: find(&handler(HANDLE_EVENT), &[I32, I32, I32, I32], &[])?,
            handle_passed: find(&handler(HANDLE_PASSED), &[I32, I32, I32, I32, I32], &[])?,
            short: short_exports(),
            tasks: task_exports(),
            start: find("_initialize", &[], &[]),
        })
    }
}

impl LoweredCode {
    /// The main module of a component that can be called this way; none of others. The memory of an instance will stay
    /// within `memory_bytes_max`.
    pub(super) fn new(
        sandbox: &Sandbox,
        component: &[u8],
        memory_bytes_max: u64,
    ) -> wasmtime::Result<Option<Self>> {
        let Some(module) = shape::main_module(component) else { return Ok(None) };
        let Some(plain) = Code::new(&sandbox.engine, &sandbox.lowered, module)? else {
            return Ok(None);
        };
        let shape::Memory { kept, hot, data } = shape::memory(module);
        let granule_shift =
            barrier::granule_shift(memory_bytes_max).filter(|_| kept.more_than_memory.is_none());
        let marked = match (&sandbox.marking, granule_shift) {
            (Some(marking), Some(shift)) => Code::marking(marking, module, shift)?,
            _ => None,
        };
        let arena = sandbox.arena.clone();
        Ok(Some(Self { plain, marked, kept, hot, data, arena }))
    }

    /// The engine that such an instance needs. With `marks` it is one that marks what it writes, if there may be any.
    pub(super) fn engine(&self, marks: bool) -> &Engine {
        self.code(marks).pre.module().engine()
    }

    fn code(&self, marks: bool) -> &Code {
        self.marked.as_ref().filter(|_| marks).unwrap_or(&self.plain)
    }

    pub(super) fn instantiate(
        &self,
        store: &mut Store<Guest>,
        marks: bool,
    ) -> wasmtime::Result<LoweredInstance> {
        self.arena.prepare(&self.hot);
        let Code { pre, exports, marks } = self.code(marks);
        let exports = exports.clone();
        store.data_mut().limit.spares_marks = marks.is_some();
        let instance = pre.instantiate(&mut *store)?;
        let mut memory = |export| {
            let export = instance.get_module_export(&mut *store, export);
            export.and_then(Extern::into_memory).expect(CHECKED)
        };
        let marks = marks.as_ref().map(|(export, granule_shift)| Marks {
            memory: memory(export),
            granule_shift: *granule_shift,
        });
        let memory = memory(&exports.memory);
        let guest = LoweredGuest { memory, marks, instance, realloc: exports.realloc };
        store.data_mut().lowered = Some(guest);
        let end = guest.memory.data_size(&*store).min(self.data.end as usize);
        let data = self.data.start..end.try_into().expect("a memory of 32 bits");
        guest.mark(&mut *store, data.start, data.end.saturating_sub(data.start));
        if let Some(start) = &exports.start {
            guest.function::<(), ()>(&mut *store, start)?.call(&mut *store, ())?;
        }
        let (realloc, handle_event, handle_short) = Default::default();
        let stack_bytes = self.kept.stack_bytes;
        Ok(LoweredInstance { guest, exports, realloc, handle_event, handle_short, stack_bytes })
    }
}

impl Code {
    /// A module with the store barrier, if it can be put in.
    fn marking(
        marking: &Marking,
        module: &[u8],
        granule_shift: u32,
    ) -> wasmtime::Result<Option<Self>> {
        let Some(module) = barrier::rewrite(module, granule_shift) else { return Ok(None) };
        let code = Self::new(&marking.engine, &marking.lowered, &module)?;
        Ok(code.map(|code| {
            let marks = code.pre.module().get_export_index(barrier::MODULE);
            Self { marks: marks.map(|marks| (marks, granule_shift)), ..code }
        }))
    }

    /// None of a module that lacks an export, or imports what there is not.
    fn new(
        engine: &Engine,
        linker: &Linker<Guest>,
        module: &[u8],
    ) -> wasmtime::Result<Option<Self>> {
        let module = Module::new(engine, module)?;
        let Some(exports) = Exports::find(&module).map(Arc::new) else { return Ok(None) };
        Ok(linker.instantiate_pre(&module).ok().map(|pre| Self { pre, exports, marks: None }))
    }
}

const CHECKED: &str = "exports were checked when the module was loaded";

impl LoweredGuest {
    /// Writes to the memory during a turn. Between turns there are [`LoweredInstance::memory_mut`] and the caller's
    /// knowledge of what it changes.
    fn write(&self, mut store: impl AsContextMut, at: u32, bytes: &[u8]) -> Result<(), Fails> {
        let length = u32::try_from(bytes.len()).map_err(|_| out_of_bounds())?;
        slice_mut(self.memory.data_mut(&mut store), at, length)?.copy_from_slice(bytes);
        self.mark(store, at, length);
        Ok(())
    }

    fn realloc(&self, store: impl AsContextMut) -> wasmtime::Result<Realloc> {
        self.function(store, &self.realloc)
    }

    fn function<P: WasmParams, R: WasmResults>(
        &self,
        mut store: impl AsContextMut,
        export: &ModuleExport,
    ) -> wasmtime::Result<TypedFunc<P, R>> {
        let export = self.instance.get_module_export(&mut store, export);
        export.and_then(Extern::into_func).expect(CHECKED).typed(&store)
    }

    /// The same, but looked up once.
    fn kept<'a, P: WasmParams, R: WasmResults>(
        &self,
        cell: &'a OnceCell<TypedFunc<P, R>>,
        store: &mut Store<Guest>,
        export: &ModuleExport,
    ) -> wasmtime::Result<&'a TypedFunc<P, R>> {
        if let Some(function) = cell.get() {
            return Ok(function);
        }
        let function = self.function(store, export)?;
        Ok(cell.get_or_init(|| function))
    }
}

impl LoweredInstance {
    pub(super) fn initialize(
        &self,
        store: &mut Store<Guest>,
        encoding: Encoding,
        payload: &Payload,
    ) -> wasmtime::Result<()> {
        let (encoding, bytes) = (number(encoding), payload.as_slice());
        if let (Some(short), Some((length, [a, b, c, d]))) = (&self.exports.short, words(bytes)) {
            let function = self.guest.function(&mut *store, &short.initialize)?;
            return function.call(store, (encoding, length, a, b, c, d));
        }
        let function = self.guest.function(&mut *store, &self.exports.initialize)?;
        let (start, length) = self.lower(store, bytes)?;
        function.call(store, (encoding, start, length))
    }

    pub(super) fn handle_event(
        &self,
        store: &mut Store<Guest>,
        kind: Option<u32>,
        event: &Event,
    ) -> wasmtime::Result<()> {
        let (encoding, bytes) = (number(event.encoding), event.payload.as_slice());
        let kind = kind.unwrap_or(UNLISTED);
        if let (Some(short), Some((length, [a, b, c, d]))) = (&self.exports.short, words(bytes)) {
            let function = self.guest.kept(&self.handle_short, store, &short.handle_event)?;
            return function.call(store, (kind, encoding, length, a, b, c, d));
        }
        let function = self.guest.kept(&self.handle_event, store, &self.exports.handle_event)?;
        let (start, length) = self.lower(store, bytes)?;
        function.call(store, (kind, encoding, start, length))
    }

    pub(super) fn handle_passed(
        &self,
        store: &mut Store<Guest>,
        kind: Option<u32>,
        event: &Event,
        deferred: bool,
    ) -> wasmtime::Result<()> {
        let function = self.guest.function(&mut *store, &self.exports.handle_passed)?;
        let (start, length) = self.lower(store, event.payload.as_slice())?;
        let kind = kind.unwrap_or(UNLISTED);
        function.call(store, (kind, number(event.encoding), start, length, u32::from(deferred)))
    }

    pub(super) fn resume(&self, store: &mut Store<Guest>, task: u32) -> wasmtime::Result<()> {
        let function = self.guest.function(&mut *store, &self.tasks()?.resume)?;
        function.call(store, task)
    }

    /// `kind` is none for an answer.
    pub(super) fn deliver(
        &self,
        store: &mut Store<Guest>,
        task: u32,
        kind: Option<u32>,
        event: &Event,
        failed: bool,
    ) -> wasmtime::Result<()> {
        let function = self.guest.function(&mut *store, &self.tasks()?.deliver)?;
        let (start, length) = self.lower(store, event.payload.as_slice())?;
        let (kind, encoding) = (kind.unwrap_or(UNLISTED), number(event.encoding));
        function.call(store, (task, kind, encoding, start, length, u32::from(failed)))
    }

    pub(super) fn matches(
        &self,
        store: &mut Store<Guest>,
        condition: u32,
        kind: Option<u32>,
        event: &Event,
    ) -> wasmtime::Result<bool> {
        let function = self.guest.function(&mut *store, &self.tasks()?.matches)?;
        let (start, length) = self.lower(store, event.payload.as_slice())?;
        let (kind, encoding) = (kind.unwrap_or(UNLISTED), number(event.encoding));
        let accepts: u32 = function.call(store, (condition, kind, encoding, start, length))?;
        Ok(accepts != 0)
    }

    fn tasks(&self) -> Result<&TaskExports, Fails> {
        self.exports.tasks.as_ref().ok_or_else(|| trap("the module does not export its tasks"))
    }

    /// Copies bytes into a block that the guest allocates, and owns from then on.
    fn lower(&self, store: &mut Store<Guest>, bytes: &[u8]) -> wasmtime::Result<(u32, u32)> {
        if bytes.is_empty() {
            // An aligned address that is not null is all that an empty list needs.
            return Ok((1, 0));
        }
        let length = u32::try_from(bytes.len()).expect("a payload has a limit");
        let realloc = self.guest.kept(&self.realloc, store, &self.exports.realloc)?;
        let start = realloc.call(&mut *store, (0, 0, 1, length))?;
        self.guest.write(store, start, bytes)?;
        Ok((start, length))
    }

    /// An event as text, by `render.event`. What the guest allocates for it stays allocated.
    pub(super) fn render_event(
        &self,
        store: &mut Store<Guest>,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> wasmtime::Result<Option<String>> {
        type Parameters = (u32, u32, u32, u32, u32);
        let render = renderer("event");
        let function =
            self.guest.instance.get_typed_func::<Parameters, u32>(&mut *store, &render)?;
        let kind = self.lower(store, kind.as_bytes())?;
        let payload = self.lower(store, payload)?;
        let encoding = number(encoding);
        let parameters = (kind.0, kind.1, encoding, payload.0, payload.1);
        let result = function.call(&mut *store, parameters)?;
        let memory = self.guest.memory.data(&*store);
        // An option: a byte that says whether it is there, then an aligned list.
        match slice(memory, result, 1)? {
            [0] => Ok(None),
            _ => Ok(Some(text(memory, result.saturating_add(4))?)),
        }
    }

    /// The state as text, by `render.state`. What the guest allocates for it stays allocated.
    pub(super) fn render_state(&self, store: &mut Store<Guest>) -> wasmtime::Result<String> {
        let function =
            self.guest.instance.get_typed_func::<(), u32>(&mut *store, &renderer("state"))?;
        let result = function.call(&mut *store, ())?;
        Ok(text(self.guest.memory.data(&*store), result)?)
    }

    /// How many bytes at the beginning of the memory mean nothing between two turns.
    pub(super) fn dead_bytes(&self) -> usize {
        self.stack_bytes
    }

    /// The memory.
    pub(super) fn memory<'a>(&self, store: &'a Store<Guest>) -> &'a [u8] {
        self.guest.memory.data(store)
    }

    /// Whether the module marks what it writes.
    pub(super) fn has_marks(&self) -> bool {
        self.guest.marks.is_some()
    }

    /// The memory, to be changed between two turns.
    pub(super) fn memory_mut<'a>(&self, store: &'a mut Store<Guest>) -> &'a mut [u8] {
        self.guest.memory.data_mut(store)
    }

    /// Makes the memory at least that many bytes long.
    pub(super) fn grow_to(&self, store: &mut Store<Guest>, bytes: usize) -> wasmtime::Result<()> {
        let missing = bytes.saturating_sub(self.guest.memory.data_size(&*store)) as u64;
        let page = self.guest.memory.page_size(&*store);
        self.guest.memory.grow(&mut *store, missing.div_ceil(page)).map(drop)
    }
}

fn renderer(function: &str) -> String {
    format!("{}#{function}", interface("render"))
}

/// The text of a list whose address and length stand at this place.
fn text(memory: &[u8], at: u32) -> Result<String, Fails> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("a word was cut out"));
    let words = slice(memory, at, 8)?;
    let bytes = slice(memory, word(&words[..4]), word(&words[4..]))?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn number(encoding: Encoding) -> u32 {
    abi::Encoding::from(encoding) as u32
}

/// A short payload in words, the first byte in the lowest byte of the first word, and its length.
fn words(bytes: &[u8]) -> Option<(u32, [u64; 4])> {
    let mut filled = [0; 32];
    filled.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let (chunks, _) = filled.as_chunks::<8>();
    let word = |place: usize| u64::from_le_bytes(chunks[place]);
    Some((u32::try_from(bytes.len()).ok()?, [word(0), word(1), word(2), word(3)]))
}

fn trap(message: impl Into<String>) -> Fails {
    Fails(Failure::new(Cause::Trap, message))
}

fn out_of_bounds() -> Fails {
    trap("an argument lies outside of the memory")
}

fn slice(memory: &[u8], start: u32, length: u32) -> Result<&[u8], Fails> {
    let (start, length) = (start as usize, length as usize);
    memory.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(out_of_bounds)
}

fn slice_mut(memory: &mut [u8], start: u32, length: u32) -> Result<&mut [u8], Fails> {
    let (start, length) = (start as usize, length as usize);
    memory.get_mut(start..).and_then(|rest| rest.get_mut(..length)).ok_or_else(out_of_bounds)
}
