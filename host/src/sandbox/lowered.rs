//! The fast way into a guest: its main module is instantiated by itself and called by the lowered form of its
//! interface, without the component model in between.
//!
//! A component that imports nothing but `coyote:actor` is one core module with a fixed wrapping around it. The
//! Canonical ABI (WebAssembly/component-model, `design/mvp/CanonicalABI.md`) says how its functions look in the
//! module; here they are lifted and lowered by hand, which costs a fraction and copies nothing. Whether a component
//! can be called so is decided once, when it is loaded; all others go through `imports`. What the imports *do* is
//! the same code, in `calls`.

mod imports;
mod shape;

use coyote_kernel::{Cause, Encoding, Event, Failure, Payload};
use wasmtime::{
    Engine, ExternType, Instance, InstancePre, Linker, Memory, Module, Store, TypedFunc, ValType,
};

pub(super) use self::imports::add;
use super::abi::{self, UNLISTED};
use super::component::PACKAGE_VERSION;
use super::guest::{Fails, Guest};

/// The guest's memory and its allocator: what the imports need too.
#[derive(Clone)]
pub(super) struct LoweredGuest {
    memory: Memory,
    /// `cabi_realloc`: old block, old size, alignment, new size.
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
}

/// A main module, ready to be instantiated.
pub(crate) struct LoweredCode {
    pre: InstancePre<Guest>,
    /// Whether the memory is all that a turn leaves behind.
    pub(crate) is_all_memory: bool,
}

/// An instance of a main module.
pub(super) struct LoweredInstance {
    initialize: TypedFunc<(u32, u32, u32), ()>,
    handle_event: TypedFunc<(u32, u32, u32, u32), ()>,
    instance: Instance,
    guest: LoweredGuest,
}

const INITIALIZE: &str = "initialize";
const HANDLE_EVENT: &str = "handle-event";
const HANDLE_PASSED: &str = "handle-passed";

fn interface(name: &str) -> String {
    format!("coyote:actor/{name}@{PACKAGE_VERSION}")
}

fn handler(function: &str) -> String {
    format!("{}#{function}", interface("handler"))
}

impl LoweredCode {
    /// The main module of a component that can be called this way; none of others.
    pub(super) fn new(
        engine: &Engine,
        linker: &Linker<Guest>,
        component: &[u8],
    ) -> wasmtime::Result<Option<Self>> {
        let Some(bytes) = shape::main_module(component) else { return Ok(None) };
        let module = Module::new(engine, bytes)?;
        let has = |name: &str, parameters: usize| match module.get_export(name) {
            Some(ExternType::Func(ty)) => {
                ty.results().len() == usize::from(name == "cabi_realloc")
                    && ty.params().len() == parameters
                    && ty.params().all(|ty| matches!(ty, ValType::I32))
            }
            _ => false,
        };
        let callable = matches!(module.get_export("memory"), Some(ExternType::Memory(_)))
            && has("cabi_realloc", 4)
            && has(&handler(INITIALIZE), 3)
            && has(&handler(HANDLE_EVENT), 4)
            && has(&handler(HANDLE_PASSED), 5);
        if !callable {
            return Ok(None);
        }
        let is_all_memory = shape::is_all_memory(bytes);
        Ok(linker.instantiate_pre(&module).ok().map(|pre| Self { pre, is_all_memory }))
    }

    pub(super) fn instantiate(
        &self,
        store: &mut Store<Guest>,
    ) -> wasmtime::Result<LoweredInstance> {
        let instance = self.pre.instantiate(&mut *store)?;
        let memory =
            instance.get_memory(&mut *store, "memory").expect("checked when it was loaded");
        let realloc = instance.get_typed_func(&mut *store, "cabi_realloc")?;
        let initialize = instance.get_typed_func(&mut *store, &handler(INITIALIZE))?;
        let handle_event = instance.get_typed_func(&mut *store, &handler(HANDLE_EVENT))?;
        let guest = LoweredGuest { memory, realloc };
        store.data_mut().lowered = Some(guest.clone());
        // Most have none: an error for each would cost more than the rest of this function.
        if let Some(start) = instance.get_func(&mut *store, "_initialize")
            && let Ok(start) = start.typed::<(), ()>(&*store)
        {
            start.call(&mut *store, ())?;
        }
        Ok(LoweredInstance { initialize, handle_event, instance, guest })
    }
}

impl LoweredInstance {
    pub(super) fn initialize(
        &self,
        store: &mut Store<Guest>,
        encoding: Encoding,
        payload: &Payload,
    ) -> wasmtime::Result<()> {
        let (start, length) = self.lower(store, payload.as_slice())?;
        self.initialize.call(store, (number(encoding), start, length))
    }

    pub(super) fn handle_event(
        &self,
        store: &mut Store<Guest>,
        kind: Option<u32>,
        event: &Event,
    ) -> wasmtime::Result<()> {
        let (start, length) = self.lower(store, event.payload.as_slice())?;
        let kind = kind.unwrap_or(UNLISTED);
        self.handle_event.call(store, (kind, number(event.encoding), start, length))
    }

    pub(super) fn handle_passed(
        &self,
        store: &mut Store<Guest>,
        kind: Option<u32>,
        event: &Event,
        deferred: bool,
    ) -> wasmtime::Result<()> {
        type Passed = (u32, u32, u32, u32, u32);
        let function =
            self.instance.get_typed_func::<Passed, ()>(&mut *store, &handler(HANDLE_PASSED))?;
        let (start, length) = self.lower(store, event.payload.as_slice())?;
        let kind = kind.unwrap_or(UNLISTED);
        function.call(store, (kind, number(event.encoding), start, length, u32::from(deferred)))
    }

    /// Copies bytes into a block that the guest allocates, and owns from then on.
    fn lower(&self, store: &mut Store<Guest>, bytes: &[u8]) -> wasmtime::Result<(u32, u32)> {
        if bytes.is_empty() {
            // An aligned address that is not null is all that an empty list needs.
            return Ok((1, 0));
        }
        let length = u32::try_from(bytes.len()).expect("a payload has a limit");
        let start = self.guest.realloc.call(&mut *store, (0, 0, 1, length))?;
        slice_mut(self.guest.memory.data_mut(store), start, length)?.copy_from_slice(bytes);
        Ok((start, length))
    }

    /// A copy of the memory.
    pub(super) fn memory(&self, store: &Store<Guest>) -> Vec<u8> {
        self.guest.memory.data(store).to_vec()
    }

    /// Makes the memory what it was in another instance of the same module.
    pub(super) fn set_memory(
        &self,
        store: &mut Store<Guest>,
        image: &[u8],
    ) -> wasmtime::Result<()> {
        let missing = image.len().saturating_sub(self.guest.memory.data_size(&*store)) as u64;
        let page = self.guest.memory.page_size(&*store);
        self.guest.memory.grow(&mut *store, missing.div_ceil(page))?;
        self.guest.memory.data_mut(store)[..image.len()].copy_from_slice(image);
        Ok(())
    }
}

fn number(encoding: Encoding) -> u32 {
    abi::Encoding::from(encoding) as u32
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
