//! What the handler of a toy sees and stages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    ActorId, Cause, CellKind, Correlation, Effect, Encoding, Errand, Failure, Group, Init,
    Operation, Outbox, Park, Payload, SendOptions, TimerId, TimerStart, Wait, Wanted, Work,
};

use super::{Blueprint, Handled};

/// What an instance remembers between its turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) number: i64,
    pub(crate) timer: TimerId,
    pub(crate) text: String,
    /// The states of a toy machine, the top last.
    pub(crate) stack: Vec<u32>,
    /// How far its tasks are.
    pub(crate) at: BTreeMap<u32, u32>,
}

/// What the handler of a toy sees and stages in, as a guest does through its imports.
pub(crate) struct Toy<'a> {
    pub(super) world: &'a Blueprint,
    pub(super) outbox: &'a mut Outbox,
    pub(super) work: &'a Work,
    pub(super) now: Duration,
    pub(crate) id: ActorId,
    pub(super) definition: usize,
    pub(crate) memory: &'a mut Memory,
    pub(super) asked: Vec<Arc<Group>>,
    pub(super) told: Vec<String>,
    pub(super) sent: Vec<String>,
    /// Answers what the toy draws, in an exploration.
    pub(super) oracle: Option<&'a mut Oracle>,
}

impl Toy<'_> {
    /// A number below `bound`.
    pub(crate) fn draw(&mut self, bound: u32) -> Result<u32, Failure> {
        let oracle = self.oracle.as_mut().expect("the toy is explored");
        let drawn = oracle.number(self.id, bound);
        drawn.map_err(|diverged| Failure::new(Cause::Trap, diverged.to_string()))
    }

    /// The kind of the event; `init` in the first turn, `passed` for what was not taken.
    pub(crate) fn on(&self) -> String {
        match self.work {
            Work::Initialize(_) => "init".to_owned(),
            Work::Handle(message) => self.world.names.kind_name(message.event.kind),
            Work::Deliver { message, .. } => self.world.names.kind_name(message.event.kind),
            Work::Passed { .. } => "passed".to_owned(),
            Work::Resume { .. } => "resume".to_owned(),
            Work::Judge(_) => "judge".to_owned(),
        }
    }

    /// The task that goes on.
    pub(crate) fn task(&self) -> Option<u32> {
        self.work.task()
    }

    /// Whether the answer that the task gets is an error.
    pub(crate) fn is_refused(&self) -> bool {
        let Work::Deliver { message, .. } = self.work else { return false };
        matches!(message.errand.as_deref(), Some(Errand::Answer { failed: true, .. }))
    }

    /// The condition that the turn is about.
    pub(crate) fn condition(&self) -> Option<u32> {
        let Work::Judge(judgement) = self.work else { return None };
        Some(judgement.condition)
    }

    pub(crate) fn judge(&mut self, accepts: bool) {
        self.outbox.judge(accepts);
    }

    /// From here on a task waits.
    pub(crate) fn park(&mut self, task: u32, label: &str, wait: Wait) -> Handled {
        self.park_as(Park { task, of: task, label: label.into(), background: false, wait })
    }

    pub(crate) fn park_as(&mut self, park: Park) -> Handled {
        self.outbox.park(park, &self.world.species[self.definition].limits)
    }

    /// The turn of a task is over; whether another one goes on within this call: at most four do, in production.
    pub(crate) fn proceed(&mut self, task: u32) -> bool {
        self.outbox.proceed(task, if self.oracle.is_some() { 1 } else { 4 })
    }

    pub(crate) fn done(&mut self, task: u32) -> Handled {
        self.outbox.done(task, &self.world.species[self.definition].limits)
    }

    /// A wait for events of these kinds; `kind?3` is one under condition 3.
    pub(crate) fn events(&self, kinds: &[&str]) -> Wait {
        let wanted = kinds.iter().map(|kind| {
            let (kind, condition) = kind.split_once('?').unwrap_or((kind, ""));
            Wanted { kind: self.world.names.kind(kind), condition: condition.parse().ok() }
        });
        Wait::Receive(wanted.collect())
    }

    /// The handler waits for an event of one of these kinds.
    pub(crate) fn receive(&mut self, kinds: &[&str]) -> Handled {
        let wait = self.events(kinds);
        self.park(0, "handler", wait)
    }

    /// The handler asks, and waits for the answer.
    pub(crate) fn ask(&mut self, to: &str, event: &str) -> Handled {
        let correlation = self.request(to, event)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn request(&mut self, to: &str, event: &str) -> Result<Correlation, Failure> {
        let (to, event) = (self.world.names.id(to), self.world.names.event(event));
        let limits = &self.world.species[self.definition].limits;
        self.outbox.request(&self.world.key, self.id, to, event, limits)
    }

    /// The handler does something with a cell, and waits for the answer.
    pub(crate) fn operate(&mut self, cell: &str, operation: Operation) -> Handled {
        let cell = self.world.names.id(cell);
        let limits = &self.world.species[self.definition].limits;
        let correlation = self.outbox.operate(cell, operation, limits)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn create_cell(&mut self, kind: CellKind, name: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        self.stage(Effect::CreateCell { id, kind })
    }

    /// The handler creates an actor if the id is free, and waits for whether it was.
    pub(crate) fn try_create_at(&mut self, species: &str, name: &str) -> Handled {
        let (id, definition) = (self.world.names.id(name), self.world.definition(species));
        let limits = &self.world.species[self.definition].limits;
        let correlation = self.outbox.try_create(id, definition, init(""), limits)?;
        self.park(0, "handler", Wait::Answer(correlation))
    }

    pub(crate) fn payload(&self) -> String {
        let payload = match self.work {
            Work::Initialize(init) => &init.payload,
            Work::Handle(message) => &message.event.payload,
            Work::Deliver { message, .. } => &message.event.payload,
            Work::Passed { event, .. } => &event.payload,
            Work::Judge(judgement) => &judgement.message.event.payload,
            Work::Resume { .. } => return String::new(),
        };
        String::from_utf8(payload.as_slice().to_vec()).unwrap()
    }

    pub(crate) fn name(&self) -> String {
        self.world.names.name(self.id)
    }

    /// Virtual time in milliseconds.
    pub(crate) fn now(&self) -> u128 {
        self.now.as_millis()
    }

    /// How many ticks the event of a timer stands for.
    pub(crate) fn ticks(&self) -> Option<u32> {
        self.work.firing().map(|firing| firing.ticks)
    }

    /// What this turn is about, if it is neither the first nor of an event that was taken: its kind, and whether it was
    /// deferred.
    pub(crate) fn passed(&self) -> Option<(String, bool)> {
        let Work::Passed { event, deferred } = self.work else { return None };
        Some((self.world.names.kind_name(event.kind), *deferred))
    }

    pub(crate) fn tell(&mut self, text: &str) {
        self.told.push(text.to_owned());
    }

    pub(crate) fn send(&mut self, to: &str, event: &str) -> Handled {
        self.send_to(self.world.names.id(to), event)
    }

    pub(crate) fn send_to(&mut self, to: ActorId, event: &str) -> Handled {
        self.sent.push(event.to_owned());
        let event = self.world.names.event(event);
        self.outbox.send(to, event, &self.world.species[self.definition].limits)
    }

    pub(crate) fn send_with(&mut self, to: &str, event: &str, options: SendOptions) -> Handled {
        let (to, event) = (self.world.names.id(to), self.world.names.event(event));
        let group = self.outbox.group().cloned();
        self.stage(Effect::Send { to, event, group, options })
    }

    pub(crate) fn create(&mut self, species: &str, name: &str) -> Handled {
        self.create_with(species, name, "")
    }

    pub(crate) fn create_with(&mut self, species: &str, name: &str, payload: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        self.create_at_with(species, id, None, payload)
    }

    pub(crate) fn create_named(&mut self, species: &str, name: &str) -> Handled {
        let id = self.world.key.named(self.world.definition(species), name);
        self.world.names.call(name, id);
        self.create_at_with(species, id, Some(name), "")
    }

    pub(crate) fn reserve(&mut self, species: &str, name: &str) -> Handled {
        let id = self.outbox.next_id(&self.world.key, self.id);
        self.world.names.call(name, id);
        let definition = self.world.definition(species);
        self.stage(Effect::Reserve { id, definition })
    }

    pub(crate) fn create_at(&mut self, species: &str, name: &str) -> Handled {
        self.create_at_with(species, self.world.names.id(name), None, "")
    }

    pub(crate) fn create_at_with(
        &mut self,
        species: &str,
        id: ActorId,
        name: Option<&str>,
        payload: &str,
    ) -> Handled {
        let definition = self.world.definition(species);
        self.stage(Effect::Create {
            id,
            definition,
            name: name.map(Into::into),
            init: init(payload),
        })
    }

    pub(crate) fn watch(&mut self, name: &str) -> Handled {
        self.stage(Effect::Watch(self.world.names.id(name)))
    }

    pub(crate) fn watch_id(&mut self, id: ActorId) -> Handled {
        self.stage(Effect::Watch(id))
    }

    /// Starts a timer; times are in milliseconds.
    pub(crate) fn start(
        &mut self,
        after: u64,
        period: Option<u64>,
        event: &str,
    ) -> Result<TimerId, Failure> {
        let (after, period) = (Duration::from_millis(after), period.map(Duration::from_millis));
        let (id, event) = (self.outbox.next_timer(), self.world.names.event(event));
        let group = self.outbox.group().cloned();
        let start = TimerStart { id, after, period, event, group };
        self.stage(Effect::StartTimer(Box::new(start)))?;
        Ok(id)
    }

    pub(crate) fn stop(&mut self, timer: TimerId) -> Handled {
        self.stage(Effect::StopTimer(timer))
    }

    pub(crate) fn notify(&mut self, monitor: &str, event: &str) -> Handled {
        let event = self.world.names.event(event);
        self.stage(Effect::Notify { monitor: monitor.into(), event })
    }

    pub(crate) fn reply(&mut self, text: &str) -> Handled {
        let group = self.outbox.group().cloned().expect("there is a group");
        let reply = Ok((Encoding::Text, Payload::from_slice(text.as_bytes())));
        self.stage(Effect::Reply { group, reply })
    }

    pub(crate) fn refuse(&mut self, text: &str) -> Handled {
        let group = self.outbox.group().cloned().expect("there is a group");
        self.stage(Effect::Reply { group, reply: Err(text.to_owned()) })
    }

    /// Works in the group of the earliest request that was not answered.
    pub(crate) fn set_group_asked(&mut self) {
        self.outbox.set_group(self.asked.first().cloned());
    }

    pub(crate) fn group(&self) -> Option<u64> {
        self.outbox.group().map(|group| group.id.0)
    }

    pub(crate) fn asked(&self) -> Vec<u64> {
        self.asked.iter().map(|group| group.id.0).collect()
    }

    pub(crate) fn set_stack(&mut self, stack: &[u32]) {
        self.outbox.set_stack(stack.to_vec());
    }

    pub(crate) fn halt(&mut self) {
        self.outbox.halt();
    }

    fn stage(&mut self, effect: Effect) -> Handled {
        self.outbox.stage(effect, &self.world.species[self.definition].limits)
    }
}

/// A failure of the guest.
pub(crate) fn panics() -> Handled {
    Err(Failure::new(Cause::Panic, "boom"))
}

pub(crate) fn init(payload: &str) -> Init {
    Init { encoding: Encoding::Text, payload: Payload::from_slice(payload.as_bytes()) }
}
