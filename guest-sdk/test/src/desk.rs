//! What the host answers to actors, as the real one does: effects are staged in the kernel's outbox.

use std::{rc::Rc, time::Duration};

use coyote_guest::__private::{
    bindings::coyote::actor::{
        cells, report,
        timers::Firing,
        turn::{GroupChoice, SendOptions},
        types::{self, Correlation, StateIndex, TaskId, TimerId},
        waits,
    },
    host::{Cells, Choice, Report, Timers, Turn, Waits},
    kinds,
};
use coyote_guest::Encoding;
use coyote_kernel::{
    ActorId, Cause, CellKind, CellValue, Effect, Event, Failure, GroupId, Init, Operation, Park,
    Payload, Reply, TimerStart, Wait, Wanted,
};

use crate::shared::{LIMITS, Scope, Shared, fail};

/// The host of one thread.
pub(crate) struct Desk(pub(crate) Rc<Shared>);

fn illegal(message: impl Into<String>) -> ! {
    fail(Failure::new(Cause::IllegalCall, message))
}

/// What came of staging.
fn staged<T>(result: Result<T, Failure>) -> T {
    result.unwrap_or_else(|failure| fail(failure))
}

impl Desk {
    fn scope<T>(&self, body: impl FnOnce(&mut Scope) -> T) -> T {
        match &mut *self.0.scope.borrow_mut() {
            Some(scope) => body(scope),
            None => illegal("there is no turn"),
        }
    }

    /// Nothing happens where there is no turn: tasks of an execution that is over are dropped.
    fn stage(&self, effect: Effect) {
        if let Some(scope) = &mut *self.0.scope.borrow_mut() {
            staged(scope.outbox.stage(effect, &LIMITS));
        }
    }

    fn event(&self, kind: &str, encoding: Encoding, payload: &[u8]) -> Event {
        let number = self.0.kind(kind);
        if !number.is_sendable() {
            illegal(format!("`{kind}` is no kind of event that can be sent"));
        }
        Event { kind: number, encoding: lowered(encoding), payload: Payload::from_slice(payload) }
    }

    fn definition(&self, kind: &str) -> u32 {
        let known = self.0.definition(kind);
        known.unwrap_or_else(|| illegal(format!("the app has no actor `{kind}`")))
    }

    fn next_id(&self) -> ActorId {
        self.scope(|scope| scope.outbox.next_id(&self.0.key, scope.id))
    }

    fn reply_with(&self, reply: Reply) {
        match self.scope(|scope| scope.outbox.group().cloned()) {
            Some(group) if group.asker.is_some() => self.stage(Effect::Reply { group, reply }),
            _ => illegal("a reply, but the current group is not that of a request"),
        }
    }

    fn arm(&self, after: types::Duration, period: Option<types::Duration>, event: Event) -> u32 {
        let (id, group) =
            self.scope(|scope| (scope.outbox.next_timer(), scope.outbox.group().cloned()));
        let (after, period) = (time(after), period.map(time));
        if period.is_some_and(|period| period.is_zero()) {
            illegal("a periodic timer with a period of zero");
        }
        self.stage(Effect::StartTimer(Box::new(TimerStart { id, after, period, event, group })));
        id
    }
}

impl Report for Desk {
    fn log(&mut self, _: report::Level, message: &str) {
        self.0.log.borrow_mut().push(message.to_owned());
    }

    fn fail(&mut self, cause: report::Cause, message: &str) {
        let cause = match cause {
            report::Cause::Assertion => Cause::Assertion,
            report::Cause::Panic => Cause::Panic,
            report::Cause::Error => Cause::Error,
            report::Cause::UnhandledEvent => Cause::UnhandledEvent,
            report::Cause::IllegalCall => Cause::IllegalCall,
            report::Cause::Decode => Cause::Decode,
        };
        fail(Failure::new(cause, message))
    }

    fn set_states(&mut self, stack: &[StateIndex]) {
        self.scope(|scope| scope.outbox.set_stack(stack.to_vec()));
    }
}

impl Turn for Desk {
    fn self_id(&mut self) -> types::ActorId {
        lifted(self.scope(|scope| scope.id))
    }

    fn label(&mut self) -> String {
        self.scope(|scope| scope.label.clone())
    }

    fn kind(&mut self) -> String {
        let kind = self.scope(|scope| scope.kind);
        kind.map_or_else(String::new, |kind| self.0.kind_name(kind))
    }

    fn now(&mut self) -> types::Duration {
        let now = self.scope(|scope| scope.now);
        let seconds = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        types::Duration { seconds, nanoseconds: now.subsec_nanos() }
    }

    fn create(
        &mut self,
        kind: &str,
        name: Option<&str>,
        encoding: Encoding,
        payload: &[u8],
    ) -> types::ActorId {
        let definition = self.definition(kind);
        let id = match name {
            Some(name) => self.0.key.named(definition, name),
            None => self.next_id(),
        };
        let name = name.map(Into::into);
        self.stage(Effect::Create { id, definition, name, init: init(encoding, payload) });
        lifted(id)
    }

    fn reserve_id(&mut self, kind: &str) -> types::ActorId {
        let (definition, id) = (self.definition(kind), self.next_id());
        self.stage(Effect::Reserve { id, definition });
        lifted(id)
    }

    fn create_at(&mut self, id: types::ActorId, kind: &str, encoding: Encoding, payload: &[u8]) {
        let (definition, init) = (self.definition(kind), init(encoding, payload));
        self.stage(Effect::Create { id: number(id), definition, name: None, init });
    }

    fn try_create_at(
        &mut self,
        id: types::ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Correlation {
        let (definition, init) = (self.definition(kind), init(encoding, payload));
        self.scope(|scope| staged(scope.outbox.try_create(number(id), definition, init, &LIMITS)))
    }

    fn id_of(&mut self, kind: &str, name: &str) -> types::ActorId {
        let definition = self.definition(kind);
        let id = self.0.key.named(definition, name);
        self.stage(Effect::Reserve { id, definition });
        lifted(id)
    }

    fn send(&mut self, to: types::ActorId, kind: &str, encoding: Encoding, payload: &[u8]) {
        let event = self.event(kind, encoding, payload);
        self.scope(|scope| staged(scope.outbox.send(number(to), event, &LIMITS)));
    }

    fn send_with(
        &mut self,
        to: types::ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
        options: SendOptions,
    ) {
        let event = self.event(kind, encoding, payload);
        let SendOptions { must_handle, max_instances, group } = options;
        let group = self.scope(|scope| match group {
            GroupChoice::Current => scope.outbox.group().cloned(),
            GroupChoice::None => None,
            GroupChoice::This(id) => Some(scope.group(group_number(id))),
        });
        let options = coyote_kernel::SendOptions { must_handle, instances_max: max_instances };
        self.stage(Effect::Send { to: number(to), event, group, options });
    }

    fn request(
        &mut self,
        to: types::ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Correlation {
        let event = self.event(kind, encoding, payload);
        let key = self.0.key;
        self.scope(|scope| staged(scope.outbox.request(&key, scope.id, number(to), event, &LIMITS)))
    }

    fn reply(&mut self, encoding: Encoding, payload: &[u8]) {
        self.reply_with(Ok((lowered(encoding), Payload::from_slice(payload))));
    }

    fn reply_error(&mut self, message: &str) {
        self.reply_with(Err(message.to_owned()));
    }

    fn halt(&mut self) {
        self.scope(|scope| scope.outbox.halt());
    }

    fn watch(&mut self, id: types::ActorId) {
        self.stage(Effect::Watch(number(id)));
    }

    fn notify(&mut self, monitor: &str, kind: &str, encoding: Encoding, payload: &[u8]) {
        let event = self.event(kind, encoding, payload);
        self.stage(Effect::Notify { monitor: monitor.into(), event });
    }

    fn group(&mut self) -> Option<types::GroupId> {
        self.scope(|scope| scope.outbox.group().map(|group| group_lifted(group.id)))
    }

    fn open_group(&mut self, name: Option<&str>) -> types::GroupId {
        let key = self.0.key;
        self.scope(|scope| {
            let group = scope.outbox.open_group(&key, scope.id, name.map(Into::into));
            scope.groups.push(group.clone());
            group_lifted(group.id)
        })
    }

    fn set_group(&mut self, group: Option<types::GroupId>) {
        self.scope(|scope| {
            let group = group.map(|id| scope.group(group_number(id)));
            scope.outbox.set_group(group);
        });
    }
}

impl Timers for Desk {
    fn start(
        &mut self,
        after: types::Duration,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> TimerId {
        let event = self.event(kind, encoding, payload);
        self.arm(after, None, event)
    }

    fn start_periodic(
        &mut self,
        after: types::Duration,
        period: types::Duration,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> TimerId {
        let event = self.event(kind, encoding, payload);
        self.arm(after, Some(period), event)
    }

    fn stop(&mut self, timer: TimerId) {
        if let Some(scope) = &*self.0.scope.borrow()
            && timer >= scope.outbox.timers_started()
        {
            illegal(format!("stop of timer {timer}: this actor never started it"));
        }
        self.stage(Effect::StopTimer(timer));
    }

    fn fired(&mut self) -> Option<Firing> {
        let firing = self.scope(|scope| scope.firing)?;
        Some(Firing { timer: firing.timer, ticks: firing.ticks })
    }
}

impl Choice for Desk {
    fn random_bool(&mut self) -> bool {
        self.random_below(2) == 1
    }

    fn random_below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            illegal("a random number below 0");
        }
        let drawn = self.scope(|scope| {
            let oracle = scope.oracle.as_mut().expect("a turn has an oracle");
            oracle.number(scope.id, bound)
        });
        drawn.unwrap_or_else(|diverged| illegal(diverged.to_string()))
    }
}

impl Cells for Desk {
    fn create(&mut self, kind: cells::CellKind) -> types::ActorId {
        let id = self.next_id();
        let kind = match kind {
            cells::CellKind::Counter => CellKind::Counter,
            cells::CellKind::Register => CellKind::Register,
            cells::CellKind::Map => CellKind::Map,
        };
        self.stage(Effect::CreateCell { id, kind });
        lifted(id)
    }

    fn apply(&mut self, cell: types::ActorId, operation: &cells::Operation) -> Correlation {
        let operation = operated(operation);
        self.scope(|scope| staged(scope.outbox.operate(number(cell), operation, &LIMITS)))
    }
}

impl Waits for Desk {
    fn park(
        &mut self,
        task: TaskId,
        of: TaskId,
        label: &str,
        background: bool,
        wait: &waits::Wait,
    ) {
        let wait = match wait {
            waits::Wait::Ready => Wait::Ready,
            waits::Wait::Receive(wanted) => {
                let wanted = wanted.iter().map(|wanted| Wanted {
                    kind: self.0.kind(kinds::name(wanted.kind).expect("the SDK knows its kinds")),
                    condition: wanted.condition,
                });
                Wait::Receive(wanted.collect())
            }
            waits::Wait::Answer(correlation) => Wait::Answer(*correlation),
            waits::Wait::Firing(timer) => Wait::Firing(*timer),
            waits::Wait::Blocked(text) => Wait::Blocked(text.as_str().into()),
        };
        if let Some(scope) = &mut *self.0.scope.borrow_mut() {
            let park = Park { task, of, label: label.into(), background, wait };
            staged(scope.outbox.park(park, &LIMITS));
        }
    }

    fn done(&mut self, task: TaskId) {
        if let Some(scope) = &mut *self.0.scope.borrow_mut() {
            staged(scope.outbox.done(task, &LIMITS));
        }
    }

    /// Each turn is a step.
    fn proceed(&mut self, _: TaskId) -> waits::Proceeding {
        waits::Proceeding::Never
    }
}

fn operated(operation: &cells::Operation) -> Operation {
    let value = |value: &cells::Value| CellValue {
        encoding: lowered(value.encoding),
        payload: Payload::from_slice(&value.payload),
    };
    match operation {
        cells::Operation::Add(number) => Operation::Add(*number),
        cells::Operation::Get => Operation::Get,
        cells::Operation::Exchange(number) => Operation::Exchange(*number),
        cells::Operation::CompareExchange((current, new)) => {
            Operation::CompareExchange(*current, *new)
        }
        cells::Operation::Set(new) => Operation::Set(value(new)),
        cells::Operation::CompareSet((current, new)) => {
            Operation::CompareSet(value(current), value(new))
        }
        cells::Operation::GetKey(key) => Operation::GetKey(key.as_str().into()),
        cells::Operation::InsertNew((key, new)) => {
            Operation::InsertNew(key.as_str().into(), value(new))
        }
        cells::Operation::CompareSetKey((key, current, new)) => {
            Operation::CompareSetKey(key.as_str().into(), value(current), value(new))
        }
        cells::Operation::Remove(key) => Operation::Remove(key.as_str().into()),
        cells::Operation::Len => Operation::Len,
    }
}

fn init(encoding: Encoding, payload: &[u8]) -> Init {
    Init { encoding: lowered(encoding), payload: Payload::from_slice(payload) }
}

fn time(duration: types::Duration) -> Duration {
    Duration::new(duration.seconds.into(), duration.nanoseconds)
}

/// An encoding, as the kernel calls it.
pub(crate) fn lowered(encoding: Encoding) -> coyote_kernel::Encoding {
    match encoding {
        Encoding::Bytes => coyote_kernel::Encoding::Bytes,
        Encoding::Text => coyote_kernel::Encoding::Text,
        Encoding::Json => coyote_kernel::Encoding::Json,
        Encoding::Postcard => coyote_kernel::Encoding::Postcard,
    }
}

/// An encoding, as actors call it.
pub(crate) fn raised(encoding: coyote_kernel::Encoding) -> Encoding {
    match encoding {
        coyote_kernel::Encoding::Bytes => Encoding::Bytes,
        coyote_kernel::Encoding::Text => Encoding::Text,
        coyote_kernel::Encoding::Json => Encoding::Json,
        coyote_kernel::Encoding::Postcard => Encoding::Postcard,
    }
}

fn halves(bits: u64) -> (u32, u32) {
    let low = u32::try_from(bits & u64::from(u32::MAX)).expect("32 bits");
    (u32::try_from(bits >> 32).expect("the other 32 bits"), low)
}

fn joined(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// An id, as actors call it.
pub(crate) fn lifted(id: ActorId) -> types::ActorId {
    let (high, low) = halves(id.bits());
    types::ActorId { high, low }
}

/// An id, as the kernel calls it.
pub(crate) fn number(id: types::ActorId) -> ActorId {
    ActorId::from_bits(joined(id.high, id.low))
}

fn group_lifted(id: GroupId) -> types::GroupId {
    let (high, low) = halves(id.0);
    types::GroupId { high, low }
}

fn group_number(id: types::GroupId) -> GroupId {
    GroupId(joined(id.high, id.low))
}
