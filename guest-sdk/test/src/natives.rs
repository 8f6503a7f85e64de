//! The instances of the actors and monitors of an app, in this process.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Once,
};

use coyote_guest::{
    __private::{Memory, host::install, kinds},
    Encoding,
};
use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    Cause, Ended, Errand, Event, Failure, Guests, Kernel, Kind, Outbox, Payload, Recovery, Slot,
    Turn, Work,
};

use crate::{
    component::Component,
    desk::{Desk, raised},
    did::Did,
    shared::{Scope, Shared},
};

/// The kind of an answer, as the guest is told.
const ANSWER: u32 = u32::MAX;

/// All instances.
#[derive(Debug)]
pub(crate) struct Natives {
    pub(crate) shared: Rc<Shared>,
    /// By definition.
    components: Vec<Component>,
    /// By the number of the monitor: its component, and the kinds of events that this lists.
    watching: Vec<(Component, Vec<Kind>)>,
    /// By slot.
    actors: Vec<Option<Memory>>,
    monitors: Vec<Memory>,
    /// What the turns did, if somebody wants to know.
    pub(crate) story: Option<Vec<Told>>,
}

/// What one turn did.
#[derive(Debug)]
pub(crate) struct Told {
    /// The label of the actor.
    pub(crate) who: String,
    /// The event, or what stands for it.
    pub(crate) on: String,
    /// The log lines.
    pub(crate) log: Vec<String>,
    pub(crate) did: Vec<Did>,
}

impl Told {
    /// The turn in lines, the first one with all that it did; actors are called by `name`.
    pub(crate) fn lines(&self, name: &dyn Fn(coyote_kernel::ActorId) -> String) -> Vec<String> {
        let did: Vec<_> = self.did.iter().map(|did| did.tell(name)).collect();
        let effects = if did.is_empty() { String::new() } else { format!(": {}", did.join(", ")) };
        let logged = self.log.iter().map(|line| format!("    {line}"));
        [format!("{} {}{effects}", self.who, self.on)].into_iter().chain(logged).collect()
    }
}

impl Natives {
    pub(crate) fn new(
        shared: Rc<Shared>,
        components: Vec<Component>,
        watching: Vec<Component>,
    ) -> Self {
        let with_kinds = |component: Component| {
            let kinds = component.description().kinds;
            (component, kinds.iter().map(|kind| shared.kind(kind)).collect())
        };
        let watching = watching.into_iter().map(with_kinds).collect();
        let (actors, monitors) = (Vec::new(), Vec::new());
        Self { shared, components, watching, actors, monitors, story: None }
    }

    /// The kernel has refused to commit the last turn.
    pub(crate) fn refuse(&mut self, failure: &Failure) {
        if let Some(last) = self.story.as_mut().and_then(|story| story.last_mut()) {
            last.did = vec![Did::failed(failure)];
        }
    }

    /// The state of an actor as text.
    pub(crate) fn state(&mut self, kernel: &Kernel, slot: Slot) -> Option<String> {
        let component = self.components[kernel.definition(slot) as usize];
        let memory = self.actors.get_mut(slot.index())?.as_mut()?;
        Some(memory.enter(component.state))
    }

    fn actor(&mut self, slot: Slot) -> &mut Memory {
        if self.actors.len() <= slot.index() {
            self.actors.resize_with(slot.index() + 1, || None);
        }
        self.actors[slot.index()].get_or_insert_default()
    }

    /// What a turn is about, for people.
    fn on(&self, component: Component, work: &Work) -> String {
        let text = |event: &Event| {
            let kind = self.shared.kind_name(event.kind);
            let (encoding, bytes) = (raised(event.encoding), event.payload.as_slice().to_vec());
            let content = (component.event)(kind.clone(), encoding, bytes);
            content.map_or_else(|| format!("`{kind}`"), |content| format!("`{kind}` {content}"))
        };
        match work {
            Work::Initialize(_) => "starts".to_owned(),
            Work::Handle(message) => format!("takes {}", text(&message.event)),
            Work::Passed { event, deferred: true } => format!("defers {}", text(event)),
            Work::Passed { event, deferred: false } => format!("ignores {}", text(event)),
            Work::Resume { .. } => "goes on".to_owned(),
            Work::Deliver { message, .. } if message.event.kind == Kind::ANSWER => {
                "goes on with an answer".to_owned()
            }
            Work::Deliver { message, .. } => format!("goes on with {}", text(&message.event)),
            Work::Judge(judgement) => format!("looks at {}", text(&judgement.message.event)),
        }
    }
}

impl Guests for Natives {
    fn begin(&mut self) {
        install(Desk(Rc::clone(&self.shared)));
        self.actors.clear();
        self.monitors.clear();
        self.monitors.resize_with(self.watching.len(), Memory::default);
    }

    fn turn(
        &mut self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
        let component = self.components[kernel.definition(turn.slot) as usize];
        let scope = Scope {
            id: kernel.id(turn.slot),
            label: kernel.label(turn.slot),
            outbox: std::mem::take(outbox),
            oracle: oracle.take(),
            now: kernel.now(),
            kind: turn.work.event_kind(),
            firing: turn.work.firing(),
            groups: kernel.asked(turn.slot).cloned().collect(),
        };
        let shared = Rc::clone(&self.shared);
        *shared.scope.borrow_mut() = Some(scope);
        let memory = self.actor(turn.slot);
        let ran = memory.enter(|| guarded(|| call(component, &shared, &turn.work)));
        let scope = shared.scope.take().expect("a turn gives its scope back");
        (*outbox, *oracle) = (scope.outbox, scope.oracle);
        let log = shared.log.take();
        let accepts = ran.map(|accepts| accepts.inspect(|&accepts| outbox.judge(accepts)));
        if let Some(mut story) = self.story.take() {
            let (who, on) = (scope.label, self.on(component, &turn.work));
            let did = match &accepts {
                Ok(_) => Did::of_turn(outbox, &shared),
                Err(failure) => vec![Did::failed(failure)],
            };
            story.push(Told { who, on, log, did });
            self.story = Some(story);
        }
        accepts.map(|_| ())
    }

    fn kind_name(&self, kind: Kind) -> String {
        self.shared.kind_name(kind)
    }

    fn commit(&mut self, slot: Slot, ended: Ended) {
        if ended == Ended::Dropped {
            self.actors[slot.index()] = None;
        }
    }

    fn recover(&mut self, slot: Slot, _: Recovery) {
        // Whatever becomes of the actor: the memory in which a turn has failed is of no use.
        self.actors[slot.index()] = None;
    }

    fn watch(&mut self, monitor: u32, notice: Option<&Event>) -> Result<Option<u32>, Failure> {
        let (component, kinds) = &self.watching[monitor as usize];
        let index = |kind: Kind| kinds.iter().position(|&known| known == kind);
        let call = || match notice {
            None => (component.initialize)(Encoding::Bytes, Vec::new()),
            Some(Event { kind, encoding, payload }) => {
                let kind = index(*kind).and_then(|kind| u32::try_from(kind).ok());
                let bytes = payload.as_slice().to_vec();
                (component.handle_event)(kind.unwrap_or(u32::MAX), raised(*encoding), bytes);
            }
        };
        *self.shared.scope.borrow_mut() = Some(Scope::of_monitor());
        let ran = self.monitors[monitor as usize].enter(|| guarded(call));
        let scope = self.shared.scope.take().expect("a turn gives its scope back");
        ran.map(|()| scope.outbox.stack().and_then(|stack| stack.last().copied()))
    }
}

/// Calls the export for a turn; whether a condition accepts, if the turn is about one.
fn call(component: Component, shared: &Shared, work: &Work) -> Option<bool> {
    let bytes = |payload: &Payload| payload.as_slice().to_vec();
    // Only the SDK knows the indices of kinds: they may be received that no description lists.
    let index = |kind: Kind| kinds::index(&shared.kind_name(kind)).unwrap_or(u32::MAX);
    match work {
        Work::Initialize(init) => {
            (component.initialize)(raised(init.encoding), bytes(&init.payload));
        }
        Work::Handle(message) => {
            let Event { kind, encoding, payload } = &message.event;
            (component.handle_event)(index(*kind), raised(*encoding), bytes(payload));
        }
        Work::Passed { event: Event { kind, encoding, payload }, deferred } => {
            (component.handle_passed)(index(*kind), raised(*encoding), bytes(payload), *deferred);
        }
        Work::Resume { task, .. } => (component.resume)(*task),
        Work::Deliver { task, message } => {
            let Event { kind, encoding, payload } = &message.event;
            let (kind, failed) = match message.errand.as_deref() {
                Some(&Errand::Answer { failed, .. }) => (ANSWER, failed),
                _ => (index(*kind), false),
            };
            (component.deliver)(*task, kind, raised(*encoding), bytes(payload), failed);
        }
        Work::Judge(judgement) => {
            let Event { kind, encoding, payload } = &judgement.message.event;
            let (kind, encoding) = (index(*kind), raised(*encoding));
            return Some((component.matches)(judgement.condition, kind, encoding, bytes(payload)));
        }
    }
    None
}

thread_local! {
    /// Whether code of an actor runs.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// The last panic of it.
    static PANIC: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// Runs code of an actor. What it panics with is its failure, and is not printed.
fn guarded<T>(code: impl FnOnce() -> T) -> Result<T, Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                return others(info);
            }
            let message = info.payload_as_str().unwrap_or("a panic without a text");
            let place = info.location().map_or_else(String::new, |place| format!(", at {place}"));
            PANIC.set(Some(Failure::new(Cause::Panic, format!("{message}{place}"))));
        }));
    });
    GUARDED.set(true);
    let ran = catch_unwind(AssertUnwindSafe(code));
    GUARDED.set(false);
    ran.map_err(|thrown| match thrown.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(_) => PANIC.take().expect("whatever else is thrown is a panic"),
    })
}
