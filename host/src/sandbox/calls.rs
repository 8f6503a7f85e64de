//! What the imports of `coyote:actor` do. Each stages an effect or answers a question; none acts. How a guest's
//! arguments get here is the business of `imports` and `lowered`.

use std::time::Duration;

use coyote_kernel::{
    ActorId, Cause, CellKind, Correlation, Effect, Encoding, Event, Failure, Firing, GroupId, Init,
    Kind, Operation, Park, Payload, Reply, SendOptions, TaskId, TimerId, TimerStart, Wait, Wanted,
};

use super::abi::Proceeding;
use super::guest::{Fails, Guest, illegal, no_turn};
use super::kinds::NAME_BYTES_MAX;
use crate::app::KindIndex;

/// Longest message of a failure, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Most states on a stack.
pub(super) const STACK_MAX: usize = 1024;

type Result<T = ()> = std::result::Result<T, Fails>;

/// Which group an event carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum GroupChoice {
    Current,
    None,
    This(GroupId),
}

/// An event as a guest gives it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub(super) kind: &'a str,
    pub(super) encoding: Encoding,
    pub(super) payload: &'a [u8],
}

/// Reports.
impl Guest {
    pub(super) fn fails(cause: Cause, message: &str) -> Fails {
        let cut = message.floor_char_boundary(MESSAGE_BYTES_MAX);
        Fails(Failure::new(cause, &message[..cut]))
    }

    pub(super) fn set_states(&mut self, stack: Vec<u32>) -> Result {
        if stack.len() > STACK_MAX {
            let states = stack.len();
            return Err(illegal(format!(
                "a stack of {states} states, at most {STACK_MAX} are allowed"
            )));
        }
        self.in_turn()?.outbox.set_stack(stack);
        Ok(())
    }
}

/// What the turn is like.
impl Guest {
    pub(super) fn kind_name(&mut self) -> Result<String> {
        let kind = self.in_turn()?.kind;
        Ok(kind.map_or_else(String::new, |kind| self.shared.kinds.name(kind)))
    }

    pub(super) fn now(&mut self) -> Result<Duration> {
        let scope = self.in_turn()?;
        let now = scope.now;
        if let Some(questions) = &mut scope.questions {
            questions.now(now);
        }
        Ok(now)
    }

    pub(super) fn fired(&mut self) -> Result<Option<Firing>> {
        Ok(self.in_turn()?.firing)
    }

    pub(super) fn random_bool(&mut self) -> Result<bool> {
        self.random_below(2).map(|random| random == 1)
    }

    pub(super) fn random_below(&mut self, bound: u32) -> Result<u32> {
        self.in_turn()?;
        if bound == 0 { Err(illegal("a random number below 0")) } else { self.choose(bound) }
    }
}

/// Actors.
impl Guest {
    pub(super) fn create(
        &mut self,
        kind: &str,
        name: Option<&str>,
        encoding: Encoding,
        payload: &[u8],
    ) -> Result<ActorId> {
        let definition = self.may_create(kind)?.number();
        let name: Option<Box<str>> = name.map(checked_name).transpose()?.map(Into::into);
        let id = match &name {
            Some(name) => self.shared.key.named(definition, name),
            None => self.next_id()?,
        };
        let init = Init { encoding, payload: Payload::from_slice(payload) };
        self.stage(Effect::Create { id, definition, name, init })?;
        Ok(id)
    }

    pub(super) fn reserve_id(&mut self, kind: &str) -> Result<ActorId> {
        let definition = self.may_create(kind)?.number();
        let id = self.next_id()?;
        self.stage(Effect::Reserve { id, definition })?;
        Ok(id)
    }

    pub(super) fn create_at(
        &mut self,
        id: ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Result {
        let definition = self.may_create(kind)?.number();
        let init = Init { encoding, payload: Payload::from_slice(payload) };
        self.stage(Effect::Create { id, definition, name: None, init })
    }

    pub(super) fn id_of(&mut self, kind: &str, name: &str) -> Result<ActorId> {
        let granted = |&index: &KindIndex| self.actor.grants.may_look_up(index, name);
        let Some(index) = self.shared.app.kind_of(kind).filter(granted) else {
            return Err(illegal(format!(
                "look-up of `{kind}/{name}`: the manifest does not grant it"
            )));
        };
        let (id, definition) = (self.shared.key.named(index.number(), name), index.number());
        self.stage(Effect::Reserve { id, definition })?;
        Ok(id)
    }

    pub(super) fn watch(&mut self, id: ActorId) -> Result {
        self.stage(Effect::Watch(id))
    }

    pub(super) fn halt(&mut self) -> Result {
        self.in_turn()?.outbox.halt();
        Ok(())
    }

    fn next_id(&mut self) -> Result<ActorId> {
        let (key, creator) = (self.shared.key, self.id);
        Ok(self.in_turn()?.outbox.next_id(&key, creator))
    }

    fn may_create(&self, kind: &str) -> Result<KindIndex> {
        let granted = |&index: &KindIndex| self.actor.grants.may_create(index);
        self.shared
            .app
            .kind_of(kind)
            .filter(granted)
            .ok_or_else(|| illegal(format!("create of `{kind}`: the manifest does not grant it")))
    }
}

/// Events.
impl Guest {
    pub(super) fn send(&mut self, to: ActorId, given: Given<'_>) -> Result {
        let event = self.event(given)?;
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.send(to, event, &self.actor.limits).map_err(Fails)
    }

    pub(super) fn send_with(
        &mut self,
        to: ActorId,
        given: Given<'_>,
        options: SendOptions,
        group: GroupChoice,
    ) -> Result {
        let event = self.event(given)?;
        let scope = self.in_turn()?;
        let group = match group {
            GroupChoice::Current => scope.outbox.group().cloned(),
            GroupChoice::None => None,
            GroupChoice::This(id) => Some(scope.group(id)),
        };
        self.stage(Effect::Send { to, event, group, options })
    }

    pub(super) fn notify(&mut self, monitor: &str, given: Given<'_>) -> Result {
        let monitor = checked_name(monitor)?.into();
        let event = self.event(given)?;
        self.stage(Effect::Notify { monitor, event })
    }

    pub(super) fn reply(&mut self, reply: Reply) -> Result {
        match self.in_turn()?.outbox.group().cloned() {
            Some(group) if group.asker.is_some() => self.stage(Effect::Reply { group, reply }),
            _ => Err(illegal("a reply, but the current group is not that of a request")),
        }
    }

    pub(super) fn group(&mut self) -> Result<Option<GroupId>> {
        Ok(self.in_turn()?.outbox.group().map(|group| group.id))
    }

    pub(super) fn open_group(&mut self, name: Option<&str>) -> Result<GroupId> {
        let name = name.map(checked_name).transpose()?.map(Into::into);
        let (key, opener) = (self.shared.key, self.id);
        let scope = self.in_turn()?;
        let group = scope.outbox.open_group(&key, opener, name);
        let id = group.id;
        scope.opened.push(group);
        Ok(id)
    }

    pub(super) fn set_group(&mut self, id: Option<GroupId>) -> Result {
        let scope = self.in_turn()?;
        let group = id.map(|id| scope.group(id));
        scope.outbox.set_group(group);
        Ok(())
    }

    fn event(&self, given: Given<'_>) -> Result<Event> {
        let Given { kind: name, encoding, payload } = given;
        let kind: Option<Kind> = self.shared.kinds.intern_sendable(name);
        let kind = kind.ok_or_else(|| {
            let cut = &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
            illegal(format!("`{cut}` is no kind of event that can be sent"))
        })?;
        Ok(Event { kind, encoding, payload: Payload::from_slice(payload) })
    }
}

/// Timers.
impl Guest {
    /// Durations are none if the guest gave a thousand million nanoseconds or more.
    pub(super) fn start_timer(
        &mut self,
        after: Option<Duration>,
        period: Option<Option<Duration>>,
        given: Given<'_>,
    ) -> Result<TimerId> {
        let event = self.event(given)?;
        let checked = |duration: Option<Duration>| {
            duration.ok_or_else(|| illegal("a duration with 1,000,000,000 nanoseconds or more"))
        };
        let after = checked(after)?;
        let period = period.map(checked).transpose()?;
        if period.is_some_and(|period| period.is_zero()) {
            return Err(illegal("a periodic timer with a period of zero"));
        }
        let outbox = &mut self.in_turn()?.outbox;
        let (id, group) = (outbox.next_timer(), outbox.group().cloned());
        self.stage(Effect::StartTimer(Box::new(TimerStart { id, after, period, event, group })))?;
        Ok(id)
    }

    pub(super) fn stop_timer(&mut self, timer: TimerId) -> Result {
        if !self.in_turn()?.knows_timer(timer) {
            return Err(illegal(format!("stop of timer {timer}: this actor never started it")));
        }
        self.stage(Effect::StopTimer(timer))
    }

    fn stage(&mut self, effect: Effect) -> Result {
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.stage(effect, &self.actor.limits).map_err(Fails)
    }
}

/// Suspended code.
impl Guest {
    /// `wait` may be a receive of what [`Self::wanted`] gave.
    pub(super) fn park(
        &mut self,
        task: TaskId,
        of: TaskId,
        label: &str,
        background: bool,
        wait: Wait,
    ) -> Result {
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        let park = Park { task, of, label: label.into(), background, wait };
        scope.outbox.park(park, &self.actor.limits).map_err(Fails)
    }

    /// One kind of event that a receive accepts, by the number that the component gives it.
    pub(super) fn wanted(&self, kind: u32, condition: Option<u32>) -> Result<Wanted> {
        let known = self.kinds.get(kind as usize).copied();
        let kind = known.ok_or_else(|| {
            illegal(format!("a receive of kind {kind}, which the component does not list"))
        })?;
        Ok(Wanted { kind, condition })
    }

    pub(super) fn done(&mut self, task: TaskId) -> Result {
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.done(task, &self.actor.limits).map_err(Fails)
    }

    /// The turn of a task is over; another task asks for its turn. Fuel and deadline the caller sets anew.
    pub(super) fn proceed(&mut self, task: TaskId) -> Result<Proceeding> {
        let scope = self.in_turn()?;
        let resumptions_max = scope.resumptions_max;
        if resumptions_max == 0 {
            return Ok(Proceeding::Never);
        }
        if !scope.outbox.proceed(task, resumptions_max) {
            return Ok(Proceeding::Later);
        }
        (scope.kind, scope.firing) = (None, None);
        self.begin_turn();
        Ok(Proceeding::Now)
    }

    pub(super) fn request(&mut self, to: ActorId, given: Given<'_>) -> Result<Correlation> {
        let (event, key, asker) = (self.event(given)?, self.shared.key, self.id);
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.request(&key, asker, to, event, &self.actor.limits).map_err(Fails)
    }

    pub(super) fn try_create_at(
        &mut self,
        id: ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Result<Correlation> {
        let definition = self.may_create(kind)?.number();
        let init = Init { encoding, payload: Payload::from_slice(payload) };
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.try_create(id, definition, init, &self.actor.limits).map_err(Fails)
    }

    pub(super) fn create_cell(&mut self, kind: CellKind) -> Result<ActorId> {
        let id = self.next_id()?;
        self.stage(Effect::CreateCell { id, kind })?;
        Ok(id)
    }

    pub(super) fn apply(&mut self, cell: ActorId, operation: Operation) -> Result<Correlation> {
        let scope = self.scope.as_deref_mut().ok_or_else(no_turn)?;
        scope.outbox.operate(cell, operation, &self.actor.limits).map_err(Fails)
    }
}

fn checked_name(name: &str) -> Result<&str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        let bytes = name.len();
        return Err(illegal(format!("a name of {bytes} bytes, 1 to {NAME_BYTES_MAX} are allowed")));
    }
    Ok(name)
}
