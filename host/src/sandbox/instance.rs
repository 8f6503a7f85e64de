//! One instance: a store of its own, because a trap poisons its store for ever.

mod kept;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::{
    ActorId, Cause, Description, Encoding, Errand, Event, Failure, Judgement, Message, Table, Work,
};
use wasmtime::component::{Instance as WasmInstance, InstancePre, TypedFunc};
use wasmtime::{Store, StoreContextMut, Trap, WasmBacktrace};

pub(crate) use self::kept::Kept;
use super::abi::{self, UNLISTED};
use super::backtrace;
use super::component::{Component, Exports, TaskExports};
use super::guest::{Choices, Fails, Guest, Shared, TurnScope};
use super::image::Image;
use super::images::CARD_BYTES;
use super::lowered::LoweredInstance;
use super::wasi::Wasi;
use crate::app::ActorKind;

/// How often deadlines are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// An actor's code and memory.
pub(crate) struct Instance {
    store: Store<Guest>,
    entry: Entry,
    fuel_max: u64,
    deadline_ticks: Option<u64>,
}

/// How it is known which parts of a memory a turn may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracking {
    /// Not at all: the whole memory is compared.
    Compare,
    /// The guest marks what it writes, by instructions that were put into it, if that is possible.
    Marks,
}

/// The way into the guest.
#[expect(clippy::large_enum_variant, reason = "nearly all instances are lowered")]
enum Entry {
    Lowered(LoweredInstance),
    Component {
        instance: WasmInstance,
        initialize: TypedFunc<(abi::Encoding, &'static [u8]), ()>,
        handle_event: TypedFunc<(u32, abi::Encoding, &'static [u8]), ()>,
    },
}

impl Instance {
    /// A fresh instance of an actor, not initialised.
    ///
    /// # Errors
    ///
    /// The instance is over its memory limit from the start, or the start code fails.
    pub(crate) fn new(
        component: &Component,
        shared: &Arc<Shared>,
        actor: &Arc<ActorKind>,
        id: ActorId,
        label: Box<str>,
    ) -> Result<Self, Failure> {
        Self::tracked(component, shared, actor, id, label, Tracking::Compare)
    }

    /// The same, for images that are taken again and again.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub(crate) fn tracked(
        component: &Component,
        shared: &Arc<Shared>,
        actor: &Arc<ActorKind>,
        id: ActorId,
        label: Box<str>,
        tracking: Tracking,
    ) -> Result<Self, Failure> {
        let marks = tracking == Tracking::Marks;
        let (fuel_max, deadline) = (actor.sandbox.fuel_max.get(), actor.sandbox.deadline);
        let failed = |error: wasmtime::Error| failure(&error, fuel_max, deadline);
        let wasi = if component.needs_wasi {
            Some(Wasi::new(&actor.grants, &shared.key, id).map_err(failed)?)
        } else {
            None
        };
        let kinds = component.kinds.get().cloned().unwrap_or_default();
        let guest = Guest::new(shared.clone(), actor.clone(), id, label, kinds, wasi);
        let engine = component.lowered.as_ref().map(|lowered| lowered.engine(marks));
        let mut store = store(engine.unwrap_or(component.pre.engine()), guest, fuel_max);
        let deadline_ticks = deadline.map(ticks);
        store.set_epoch_deadline(deadline_ticks.unwrap_or(u64::MAX / 2));
        let entry = Entry::new(component, &mut store, marks).map_err(failed)?;
        Ok(Self { store, entry, fuel_max, deadline_ticks })
    }

    /// An instance with the state that another one of the same component had between two turns.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub(crate) fn from_image(
        component: &Component,
        shared: &Arc<Shared>,
        actor: &Arc<ActorKind>,
        id: ActorId,
        label: Box<str>,
        image: &Image,
    ) -> Result<Self, Failure> {
        let mut instance = Self::new(component, shared, actor, id, label)?;
        instance.grow_to(image.memory_bytes())?;
        image.put(instance.memory_mut().expect("only what is all memory has an image"));
        instance.put_beside_memory(image.choices.as_deref(), image.turn);
        Ok(instance)
    }

    /// Makes the memory at least that many bytes long.
    ///
    /// # Errors
    ///
    /// The memory cannot grow.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Failure> {
        let Entry::Lowered(lowered) = &self.entry else { return Ok(()) };
        let grown = lowered.grow_to(&mut self.store, bytes);
        grown.map_err(|error| failure(&error, self.fuel_max, None))
    }

    /// The memory; none if it is not all that the next turn depends on.
    pub(crate) fn memory(&self) -> Option<&[u8]> {
        let Entry::Lowered(lowered) = &self.entry else { return None };
        Some(lowered.memory(&self.store))
    }

    /// The memory, to be changed between two turns.
    pub(super) fn memory_mut(&mut self) -> Option<&mut [u8]> {
        let Entry::Lowered(lowered) = &self.entry else { return None };
        Some(lowered.memory_mut(&mut self.store))
    }

    /// What the next turn depends on beside the memory, and which turn was the last.
    pub(super) fn beside_memory(&self) -> (Option<&Choices>, u64) {
        let guest = self.store.data();
        (guest.choices.as_deref(), guest.log.turn)
    }

    /// See [`Self::beside_memory`].
    pub(super) fn put_beside_memory(&mut self, choices: Option<&Choices>, turn: u64) {
        let guest = self.store.data_mut();
        guest.choices = choices.cloned().map(Box::new);
        guest.log.turn = turn;
    }

    /// The cards of the memory that may have changed since this was called last, as ranges in order.
    pub(super) fn take_changed(&mut self, changed: &mut Vec<Range<usize>>) {
        if let Entry::Lowered(lowered) = &self.entry {
            lowered.take_changed(&mut self.store, changed);
        }
    }

    /// Makes those parts of the memory zero that mean nothing between two turns, as far as they are in these cards. Cards
    /// that are nothing else are taken out: they are zero in every image.
    pub(super) fn wipe_stack(&mut self, cards: &mut Vec<Range<usize>>) {
        let Entry::Lowered(lowered) = &self.entry else { return };
        let dead = lowered.dead_bytes();
        let memory = lowered.memory_mut(&mut self.store);
        cards.retain_mut(|cards| {
            let (start, end) = (cards.start * CARD_BYTES, cards.end * CARD_BYTES);
            memory[start.min(dead)..end.min(dead)].fill(0);
            cards.start = cards.start.max(dead / CARD_BYTES);
            cards.start < cards.end
        });
    }

    /// Whether it can be told which parts of the memory changed.
    pub(crate) fn tracking(&self) -> Tracking {
        match &self.entry {
            Entry::Lowered(lowered) if lowered.has_marks() => Tracking::Marks,
            Entry::Lowered(_) | Entry::Component { .. } => Tracking::Compare,
        }
    }

    /// How much fuel the last turn used.
    #[cfg(any(test, feature = "measure"))]
    pub(crate) fn fuel_used(&self) -> u64 {
        self.fuel_max - self.store.get_fuel().expect("the engine counts fuel")
    }

    /// From here on the instance is that of another actor of its kind.
    pub(crate) fn set_identity(&mut self, id: ActorId, label: &str) {
        let guest = self.store.data_mut();
        guest.id = id;
        if *guest.label != *label {
            guest.label = label.into();
        }
    }

    /// Handles a turn. The scope is there before and after; the effects are in it afterwards, whether or not the
    /// turn failed.
    ///
    /// # Errors
    ///
    /// The turn failed. The instance is of no use any more.
    pub(crate) fn turn(
        &mut self,
        work: &Work,
        table: &Table,
        exports: &Exports,
        scope: &mut Option<Box<TurnScope>>,
    ) -> Result<(), Failure> {
        self.store.set_fuel(self.fuel_max).expect("the engine counts fuel");
        if let Some(ticks) = self.deadline_ticks {
            self.store.set_epoch_deadline(ticks);
        }
        let guest = self.store.data_mut();
        (guest.log.lines, guest.log.lines_dropped) = (0, 0);
        if let Work::Judge(judgement) = work {
            let accepts = self.judge(judgement, table, exports);
            let guest = self.store.data_mut();
            guest.flush_output();
            let deadline = guest.actor.sandbox.deadline;
            let accepts = accepts.map_err(|error| failure(&error, self.fuel_max, deadline))?;
            scope.as_mut().expect("a turn has a scope").outbox.judge(accepts);
            return Ok(());
        }
        guest.log.turn += 1;
        if let Some(wasi) = &guest.wasi {
            wasi.set_now(scope.as_ref().expect("a turn has a scope").now);
        }
        guest.scope = scope.take();
        let result = self.call(work, table, exports);
        let guest = self.store.data_mut();
        *scope = guest.scope.take();
        guest.flush_output();
        result.map_err(|error| failure(&error, self.fuel_max, guest.actor.sandbox.deadline))
    }

    /// Whether a condition accepts an event. The guest can stage nothing: it has no scope.
    fn judge(
        &mut self,
        judgement: &Judgement,
        table: &Table,
        exports: &Exports,
    ) -> wasmtime::Result<bool> {
        let Judgement { condition, message, .. } = judgement;
        let (event, kind) = (&message.event, table.index_of(message.event.kind));
        let store = &mut self.store;
        match &self.entry {
            Entry::Lowered(lowered) => lowered.matches(store, *condition, kind, event),
            Entry::Component { instance, .. } => {
                let function = instance.get_typed_func::<Matches<'_>, (bool,)>(
                    &mut *store,
                    &tasks(exports)?.matches,
                )?;
                let (encoding, payload) = (event.encoding.into(), event.payload.as_slice());
                let kind = kind.unwrap_or(UNLISTED);
                let (accepts,) = function.call(store, (*condition, kind, encoding, payload))?;
                Ok(accepts)
            }
        }
    }

    fn call(&mut self, work: &Work, table: &Table, exports: &Exports) -> wasmtime::Result<()> {
        let store = &mut self.store;
        let index = |event: &Event| table.index_of(event.kind);
        match (&self.entry, work) {
            (Entry::Lowered(lowered), Work::Initialize(init)) => {
                lowered.initialize(store, init.encoding, &init.payload)
            }
            (Entry::Lowered(lowered), Work::Handle(message)) => {
                lowered.handle_event(store, index(&message.event), &message.event)
            }
            (Entry::Lowered(lowered), Work::Passed { event, deferred }) => {
                lowered.handle_passed(store, index(event), event, *deferred)
            }
            (Entry::Lowered(lowered), Work::Resume { task, .. }) => lowered.resume(store, *task),
            (Entry::Lowered(lowered), Work::Deliver { task, message }) => {
                let (kind, failed) = delivered(message, table);
                lowered.deliver(store, *task, kind, &message.event, failed)
            }
            (_, Work::Judge(_)) => unreachable!("a condition is no turn"),
            (Entry::Component { instance, .. }, Work::Resume { task, .. }) => {
                let function =
                    instance.get_typed_func::<(u32,), ()>(&mut *store, &tasks(exports)?.resume)?;
                function.call(store, (*task,))
            }
            (Entry::Component { instance, .. }, Work::Deliver { task, message }) => {
                let function = instance
                    .get_typed_func::<Delivered<'_>, ()>(&mut *store, &tasks(exports)?.deliver)?;
                let (kind, failed) = delivered(message, table);
                let (kind, event) = (kind.unwrap_or(UNLISTED), &message.event);
                let (encoding, payload) = (event.encoding.into(), event.payload.as_slice());
                function.call(store, (*task, kind, encoding, payload, failed))
            }
            (Entry::Component { initialize, .. }, Work::Initialize(init)) => {
                initialize.call(store, (init.encoding.into(), init.payload.as_slice()))
            }
            (Entry::Component { handle_event, .. }, Work::Handle(message)) => {
                let event = &message.event;
                let kind = index(event).unwrap_or(UNLISTED);
                handle_event.call(store, (kind, event.encoding.into(), event.payload.as_slice()))
            }
            (Entry::Component { instance, .. }, Work::Passed { event, deferred }) => {
                let function = instance
                    .get_typed_func::<Passed<'_>, ()>(&mut *store, &exports.handle_passed)?;
                let kind = index(event).unwrap_or(UNLISTED);
                let (encoding, payload) = (event.encoding.into(), event.payload.as_slice());
                function.call(store, (kind, encoding, payload, *deferred))
            }
        }
    }

    /// An event as text; none if the component does not know it. The instance is of no use afterwards.
    pub(crate) fn render_event(
        &mut self,
        exports: &Exports,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Option<String> {
        self.store.set_fuel(self.fuel_max).expect("the engine counts fuel");
        let store = &mut self.store;
        match &self.entry {
            Entry::Lowered(lowered) => lowered.render_event(store, kind, encoding, payload).ok()?,
            Entry::Component { instance, .. } => {
                type Parameters<'a> = (&'a str, abi::Encoding, &'a [u8]);
                let render = instance
                    .get_typed_func::<Parameters<'_>, (Option<String>,)>(
                        &mut *store,
                        &exports.render_event,
                    )
                    .ok()?;
                render.call(store, (kind, encoding.into(), payload)).ok()?.0
            }
        }
    }

    /// The state as text. The instance is of no use afterwards.
    pub(crate) fn render_state(&mut self, exports: &Exports) -> Option<String> {
        self.store.set_fuel(self.fuel_max).expect("the engine counts fuel");
        let store = &mut self.store;
        match &self.entry {
            Entry::Lowered(lowered) => lowered.render_state(store).ok(),
            Entry::Component { instance, .. } => {
                let render = instance
                    .get_typed_func::<(), (String,)>(&mut *store, &exports.render_state)
                    .ok()?;
                render.call(store, ()).ok().map(|(text,)| text)
            }
        }
    }

    /// Which turn was the last, counted from 1, and how many log lines its call wrote beyond the limits.
    pub(crate) fn last_turn(&self) -> (u64, u32) {
        let guest = self.store.data();
        (guest.log.turn, guest.log_lines_dropped())
    }

    /// All that the next turn depends on; none if there is more than can be copied. `last` is the image before the last
    /// turn, if it is at hand.
    pub(crate) fn image(&self, last: Option<&Image>) -> Option<Image> {
        let Entry::Lowered(lowered) = &self.entry else { return None };
        let guest = self.store.data();
        let (choices, turn) = (guest.choices.clone(), guest.log.turn);
        let (memory, dead_bytes) = (lowered.memory(&self.store), lowered.dead_bytes());
        Some(Image::of(memory, dead_bytes, last, choices, turn))
    }
}

impl Entry {
    fn new(component: &Component, store: &mut Store<Guest>, marks: bool) -> wasmtime::Result<Self> {
        if let Some(lowered) = &component.lowered {
            return lowered.instantiate(store, marks).map(Self::Lowered);
        }
        let instance = component.pre.instantiate(&mut *store)?;
        let Exports { initialize, handle_event, .. } = &component.exports;
        let initialize = instance.get_typed_func(&mut *store, initialize)?;
        let handle_event = instance.get_typed_func(&mut *store, handle_event)?;
        Ok(Self::Component { instance, initialize, handle_event })
    }
}

type Passed<'a> = (u32, abi::Encoding, &'a [u8], bool);
type Delivered<'a> = (u32, u32, abi::Encoding, &'a [u8], bool);
type Matches<'a> = (u32, u32, abi::Encoding, &'a [u8]);

/// The component's number for the kind of what is delivered to a task, none for an answer; and whether it is an error.
fn delivered(message: &Message, table: &Table) -> (Option<u32>, bool) {
    match message.errand.as_deref() {
        Some(Errand::Answer { failed, .. }) => (None, *failed),
        Some(Errand::Operation { .. }) | None => (table.index_of(message.event.kind), false),
    }
}

fn tasks(exports: &Exports) -> Result<&TaskExports, Fails> {
    let missing = || Failure::new(Cause::Trap, "the component does not export its tasks");
    exports.tasks.as_ref().ok_or_else(|| Fails(missing()))
}

/// What a turn may use of fuel and time begins anew.
pub(super) fn renew(mut store: StoreContextMut<'_, Guest>) -> wasmtime::Result<()> {
    let limits = &store.data().actor.sandbox;
    let (fuel_max, deadline) = (limits.fuel_max.get(), limits.deadline);
    store.set_fuel(fuel_max)?;
    if let Some(deadline) = deadline {
        store.set_epoch_deadline(ticks(deadline));
    }
    Ok(())
}

fn store(engine: &wasmtime::Engine, guest: Guest, fuel: u64) -> Store<Guest> {
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.limit);
    store.set_fuel(fuel).expect("the engine counts fuel");
    store
}

fn ticks(deadline: Duration) -> u64 {
    // One more, because the first tick may come at once.
    let ticks = deadline.as_nanos().div_ceil(TICK.as_nanos()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX / 2)
}

/// Asks a component what it is, in an instance of its own.
pub(super) fn describe(
    pre: &InstancePre<Guest>,
    exports: &Exports,
    actor: &Arc<ActorKind>,
    shared: &Arc<Shared>,
    needs_wasi: bool,
) -> Result<Description, Failure> {
    let fuel_max = actor.sandbox.fuel_max.get();
    let failed = |error: wasmtime::Error| failure(&error, fuel_max, None);
    let id = ActorId::ENVIRONMENT;
    let wasi = needs_wasi.then(|| Wasi::new(&actor.grants, &shared.key, id)).transpose();
    let wasi = wasi.map_err(failed)?;
    let (label, kinds) = (actor.name.as_str().into(), Arc::default());
    let guest = Guest::new(shared.clone(), actor.clone(), id, label, kinds, wasi);
    let mut store = store(pre.engine(), guest, fuel_max);
    store.set_epoch_deadline(u64::MAX / 2);
    let instance = pre.instantiate(&mut store).map_err(failed)?;
    let function = instance
        .get_typed_func::<(), (abi::Description,)>(&mut store, &exports.describe)
        .map_err(failed)?;
    let (description,) = function.call(&mut store, ()).map_err(failed)?;
    check_types(&mut store, &instance, exports).map_err(failed)?;
    Ok(description.into())
}

/// Whether the exports that are called later have the types that the package gives them.
fn check_types(
    store: &mut Store<Guest>,
    instance: &WasmInstance,
    exports: &Exports,
) -> wasmtime::Result<()> {
    type Event<'a> = (u32, abi::Encoding, &'a [u8]);
    type Rendered<'a> = (&'a str, abi::Encoding, &'a [u8]);
    instance.get_typed_func::<(abi::Encoding, &[u8]), ()>(&mut *store, &exports.initialize)?;
    instance.get_typed_func::<Event<'_>, ()>(&mut *store, &exports.handle_event)?;
    instance.get_typed_func::<Passed<'_>, ()>(&mut *store, &exports.handle_passed)?;
    instance.get_typed_func::<(), (String,)>(&mut *store, &exports.render_state)?;
    instance
        .get_typed_func::<Rendered<'_>, (Option<String>,)>(&mut *store, &exports.render_event)?;
    if let Some(TaskExports { resume, deliver, matches }) = &exports.tasks {
        instance.get_typed_func::<(u32,), ()>(&mut *store, resume)?;
        instance.get_typed_func::<Delivered<'_>, ()>(&mut *store, deliver)?;
        instance.get_typed_func::<Matches<'_>, (bool,)>(&mut *store, matches)?;
    }
    Ok(())
}

/// What an error of a call means.
fn failure(error: &wasmtime::Error, fuel_max: u64, deadline: Option<Duration>) -> Failure {
    let mut failure = match (error.downcast_ref::<Fails>(), error.downcast_ref::<Trap>()) {
        (Some(Fails(failure)), _) => failure.clone(),
        (None, Some(Trap::OutOfFuel)) => Failure::new(
            Cause::Hang,
            format!("limit `fuel`: the turn used up its {fuel_max} units"),
        ),
        (None, Some(Trap::Interrupt)) => {
            let deadline = humantime::format_duration(deadline.unwrap_or_default());
            Failure::new(
                Cause::Hang,
                format!("limit `deadline`: the turn took longer than {deadline}"),
            )
        }
        (None, Some(trap)) => {
            let message = trap.to_string();
            Failure::new(Cause::Trap, message.strip_prefix("wasm trap: ").unwrap_or(&message))
        }
        (None, None) => Failure::new(Cause::Trap, error.root_cause().to_string()),
    };
    if let Some(frames) = error.downcast_ref::<WasmBacktrace>() {
        failure.backtrace = backtrace::text(frames);
    }
    failure
}
