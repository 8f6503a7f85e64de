//! What a turn asks of the world, staged until it commits.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::{self, size_of_val};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actor::Init;
use crate::cell::{CellKind, Operation};
use crate::event::{Asker, Encoding, Event, Group, Message, Payload, SendOptions};
use crate::failure::{Cause, Failure, LimitName};
use crate::id::{ActorId, IdKey};
use crate::limits::ActorLimits;
use crate::saved::shared_group;
use crate::task::{Correlation, Groups, Park, TaskId, Told, Wait};
use crate::timer::TimerId;

/// One thing that a turn asks of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Sends an event.
    Send {
        /// To whom.
        to: ActorId,
        /// What.
        event: Event,
        /// In which group.
        #[serde(with = "shared_group::optional")]
        group: Option<Arc<Group>>,
        /// How.
        options: SendOptions,
    },
    /// Makes an id known that is bound to nobody yet.
    Reserve {
        /// The id.
        id: ActorId,
        /// The kind of actor it is for: an index into the definitions.
        definition: u32,
    },
    /// Creates an actor.
    Create {
        /// Its id: from [`Outbox::next_id`], that of its name, or one that was issued before (I6).
        id: ActorId,
        /// Its kind: an index into the definitions.
        definition: u32,
        /// Its name, if it has one.
        name: Option<Box<str>>,
        /// Its first payload.
        init: Init,
    },
    /// Arms a timer.
    StartTimer(Box<TimerStart>),
    /// Disarms a timer.
    StopTimer(TimerId),
    /// Notifies a monitor.
    Notify {
        /// Its name in the manifest.
        monitor: Box<str>,
        /// Of what.
        event: Event,
    },
    /// Answers a request.
    Reply {
        /// The group that the request opened.
        #[serde(with = "shared_group")]
        group: Arc<Group>,
        /// The answer.
        reply: Reply,
    },
    /// Asks to be told when an actor is gone.
    Watch(ActorId),
    /// Creates an actor at an id that was issued before; whether that was free is the answer (I7).
    TryCreate {
        /// Its id.
        id: ActorId,
        /// Its kind: an index into the definitions.
        definition: u32,
        /// Its first payload.
        init: Init,
        /// The number of the answer.
        correlation: Correlation,
    },
    /// Creates a cell.
    CreateCell {
        /// Its id, from [`Outbox::next_id`].
        id: ActorId,
        /// What it holds.
        kind: CellKind,
    },
    /// Does something with a cell.
    Operate {
        /// Which cell.
        cell: ActorId,
        /// The number of the answer.
        correlation: Correlation,
        /// What.
        operation: Box<Operation>,
    },
}

impl Effect {
    /// What a send of `from` puts on its way, and to whom; none for other effects.
    pub(crate) fn into_message(self, from: ActorId) -> Option<(ActorId, Message)> {
        let Self::Send { to, event, group, options } = self else { return None };
        Some((to, Message { group, options, ..Message::plain(from, event) }))
    }
}

/// The answer to a request: a payload, or an error's text.
pub type Reply = Result<(Encoding, Payload), String>;

/// A timer to be armed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerStart {
    /// Its number.
    pub id: TimerId,
    /// How long after the turn's virtual time it is due.
    pub after: Duration,
    /// How often after that.
    pub period: Option<Duration>,
    /// Its event.
    pub event: Event,
    /// The group its event carries.
    #[serde(with = "shared_group::optional")]
    pub group: Option<Arc<Group>>,
}

/// The effects of one turn, in order, and what else the turn changed about its actor. Kept by the
/// driver and used again for the next turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    pub(crate) effects: Vec<Effect>,
    pub(crate) notifications: Vec<(Box<str>, Event)>,
    pub(crate) stack: Option<Vec<u32>>,
    pub(crate) halts: bool,
    pub(crate) creations: u32,
    pub(crate) groups_opened: u32,
    pub(crate) timers_started: u32,
    pub(crate) correlations: u32,
    pub(crate) group: Option<Arc<Group>>,
    /// The ids that the turn made known.
    pub(crate) issued: BTreeMap<ActorId, Issued>,
    /// What it told of tasks, in order.
    pub(crate) told: Vec<Told>,
    /// What it asked, and whom.
    pub(crate) asked: Vec<(Correlation, ActorId)>,
    /// Whether a condition accepts an event, in a turn that is about that.
    pub(crate) verdict: Option<bool>,
    /// The tasks that ran in this call, in order: the last one runs now.
    pub(crate) ran: Vec<Ran>,
    /// The groups of the actor's tasks before this call. Empty in exploration, where one task runs in a call.
    pub(crate) base: Groups,
    /// What the actor had made before this call.
    counts: Counts,
    staged: u32,
    bytes: u64,
}

/// A task that ran in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) task: TaskId,
    /// The group in which it worked in the end. That of the last one is not noted before the commit.
    pub(crate) group: Option<Arc<Group>>,
}

impl Outbox {
    /// Empties the outbox for the next turn of an actor with these counts, in which this task runs.
    pub(crate) fn open(
        &mut self,
        counts: Counts,
        group: Option<Arc<Group>>,
        task: TaskId,
        base: Groups,
    ) {
        self.clear();
        self.counts = counts;
        self.begin_anew();
        self.group = group;
        self.ran.push(Ran { task, group: None });
        self.base = base;
    }

    fn begin_anew(&mut self) {
        let Counts { creations, groups_opened, timers_started, correlations } = self.counts;
        (self.creations, self.groups_opened) = (creations, groups_opened);
        (self.timers_started, self.correlations) = (timers_started, correlations);
    }

    /// The turn of a task is over. Whether another task, which is ready, may have the next one within the same call:
    /// if at most `resumptions_max` tasks have run then, and the last one left nothing to be committed but that it ran.
    /// So only the last turn of a call has effects, and if it fails nothing of the others is lost.
    pub fn proceed(&mut self, task: TaskId, resumptions_max: u32) -> bool {
        if self.ran.len() >= resumptions_max as usize || !self.is_untouched() {
            return false;
        }
        let Some(last) = self.ran.last_mut() else { return false };
        last.group = self.group.take();
        let ran = self.ran.iter().rev().find(|ran| ran.task == task);
        self.group = ran.map_or_else(|| self.base.of(task).cloned(), |ran| ran.group.clone());
        self.ran.push(Ran { task, group: None });
        true
    }

    /// Forgets the last turn of a call, if there was more than one: whose the first was, and whose the last.
    pub(crate) fn cut_last(&mut self) -> Option<(TaskId, TaskId)> {
        if self.ran.len() < 2 {
            return None;
        }
        let (mut ran, base) = (mem::take(&mut self.ran), mem::take(&mut self.base));
        self.clear();
        self.begin_anew();
        let (first, last) = (ran[0].task, ran.pop().expect("there are two").task);
        self.group = ran.last().and_then(|ran| ran.group.clone());
        (self.ran, self.base) = (ran, base);
        Some((first, last))
    }

    fn is_untouched(&self) -> bool {
        let Counts { creations, groups_opened, timers_started, correlations } = self.counts;
        self.is_empty()
            && self.asked.is_empty()
            && self.made() == [creations, groups_opened, timers_started, correlations]
    }

    /// Forgets what the turn staged.
    pub fn clear(&mut self) {
        self.effects.clear();
        self.notifications.clear();
        self.stack = None;
        self.halts = false;
        self.group = None;
        if !self.issued.is_empty() {
            self.issued.clear();
        }
        self.told.clear();
        self.asked.clear();
        self.verdict = None;
        self.ran.clear();
        self.base = Groups::default();
        self.staged = 0;
        self.bytes = 0;
    }

    /// What was staged so far, in order, notifications and halt left out.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// The notifications staged so far, in order.
    #[must_use]
    pub fn notifications(&self) -> &[(Box<str>, Event)] {
        &self.notifications
    }

    /// The last state stack of the turn, if it told one.
    #[must_use]
    pub fn stack(&self) -> Option<&[u32]> {
        self.stack.as_deref()
    }

    /// Becomes a copy of another one: that of an equal turn.
    pub fn restage(&mut self, other: &Self) {
        self.effects.clone_from(&other.effects);
        self.notifications.clone_from(&other.notifications);
        self.stack.clone_from(&other.stack);
        self.group.clone_from(&other.group);
        self.issued.clone_from(&other.issued);
        self.told.clone_from(&other.told);
        self.asked.clone_from(&other.asked);
        self.verdict = other.verdict;
        let Self { halts, creations, groups_opened, timers_started, staged, bytes, .. } = *other;
        (self.halts, self.staged, self.bytes) = (halts, staged, bytes);
        (self.creations, self.groups_opened) = (creations, groups_opened);
        self.timers_started = timers_started;
        self.correlations = other.correlations;
    }

    /// How many actors, groups, timers and questions the actor has made, those of the turn included.
    #[must_use]
    pub fn made(&self) -> [u32; 4] {
        [self.creations, self.groups_opened, self.timers_started, self.correlations]
    }

    /// What the turn told of the tasks that wait from its end on, in order.
    pub fn parked(&self) -> impl Iterator<Item = &Park> {
        self.told.iter().filter_map(|told| match told {
            Told::Park(park, _) => Some(park),
            Told::Done(_) => None,
        })
    }

    /// The group in which the turn works now.
    #[must_use]
    pub fn group(&self) -> Option<&Arc<Group>> {
        self.group.as_ref()
    }

    /// Works in another group from here on.
    pub fn set_group(&mut self, group: Option<Arc<Group>>) {
        self.group = group;
    }

    /// The last state stack of the turn.
    pub fn set_stack(&mut self, stack: Vec<u32>) {
        self.stack = Some(stack);
    }

    /// Halts the actor when the turn commits.
    pub fn halt(&mut self) {
        self.halts = true;
    }

    /// Whether the actor halts when the turn commits.
    #[must_use]
    pub fn halts(&self) -> bool {
        self.halts
    }

    /// Stages an event in the current group.
    ///
    /// # Errors
    ///
    /// The turn meets a limit: effects, bytes of the payload, bytes of all payloads.
    pub fn send(&mut self, to: ActorId, event: Event, limits: &ActorLimits) -> Result<(), Failure> {
        self.admit(event.payload.len(), limits)?;
        let group = self.group.clone();
        self.effects.push(Effect::Send { to, event, group, options: SendOptions::default() });
        Ok(())
    }

    /// Stages an effect.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn stage(&mut self, effect: Effect, limits: &ActorLimits) -> Result<(), Failure> {
        let bytes = match &effect {
            Effect::Send { event, .. } => event.payload.len(),
            Effect::Create { init, name, .. } => {
                init.payload.len() + name.as_ref().map_or(0, |name| name.len())
            }
            Effect::StartTimer(start) => start.event.payload.len(),
            Effect::Notify { event, .. } => event.payload.len(),
            Effect::Reply { reply: Ok((_, payload)), .. } => payload.len(),
            Effect::Reply { reply: Err(message), .. } => message.len(),
            Effect::TryCreate { init, .. } => init.payload.len(),
            Effect::Operate { operation, .. } => operation.bytes(),
            Effect::Reserve { .. }
            | Effect::StopTimer(_)
            | Effect::Watch(_)
            | Effect::CreateCell { .. } => 0,
        };
        self.admit(bytes, limits)?;
        match effect {
            Effect::Notify { monitor, event } => {
                self.notifications.push((monitor, event));
                return Ok(());
            }
            Effect::Reserve { id, definition } => {
                self.issued.insert(id, Issued::Reserved(definition));
            }
            Effect::Create { id, name: Some(_), .. } => {
                self.issued.entry(id).or_insert(Issued::Actor);
            }
            Effect::CreateCell { id, kind } => {
                self.issued.insert(id, Issued::Cell(kind));
            }
            _ => {}
        }
        self.effects.push(effect);
        Ok(())
    }

    /// The id of the next actor that the turn creates or reserves; each call counts one.
    pub fn next_id(&mut self, key: &IdKey, creator: ActorId) -> ActorId {
        let id = key.child(creator, self.creations);
        self.creations = self.creations.wrapping_add(1);
        self.issued.insert(id, Issued::Actor);
        id
    }

    /// Stages an event that asks for an answer, in a group of its own (G3); the number of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn request(
        &mut self,
        key: &IdKey,
        asker: ActorId,
        to: ActorId,
        event: Event,
        limits: &ActorLimits,
    ) -> Result<Correlation, Failure> {
        let correlation = self.ask(to);
        let id = key.group(asker, self.groups_opened);
        self.groups_opened += 1;
        let asker = Some(Asker { id: asker, correlation: correlation.into() });
        let group = Some(Arc::new(Group { id, name: None, asker }));
        self.stage(Effect::Send { to, event, group, options: SendOptions::default() }, limits)?;
        Ok(correlation)
    }

    /// Stages the creation of an actor at an id that may be in use (I7); the number of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn try_create(
        &mut self,
        id: ActorId,
        definition: u32,
        init: Init,
        limits: &ActorLimits,
    ) -> Result<Correlation, Failure> {
        let correlation = self.ask(id);
        self.stage(Effect::TryCreate { id, definition, init, correlation }, limits)?;
        Ok(correlation)
    }

    /// Stages an operation on a cell; the number of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn operate(
        &mut self,
        cell: ActorId,
        operation: Operation,
        limits: &ActorLimits,
    ) -> Result<Correlation, Failure> {
        let correlation = self.ask(cell);
        let operation = Box::new(operation);
        self.stage(Effect::Operate { cell, correlation, operation }, limits)?;
        Ok(correlation)
    }

    fn ask(&mut self, whom: ActorId) -> Correlation {
        let correlation = self.correlations;
        self.correlations = correlation.wrapping_add(1);
        self.asked.push((correlation, whom));
        correlation
    }

    /// From the end of the turn on a task waits; if what it waits for brings no group, it goes on in the present one.
    ///
    /// # Errors
    ///
    /// As [`Self::send`]; or it waits for an answer or a timer that there never was, or for an event that nobody sends.
    pub fn park(&mut self, park: Park, limits: &ActorLimits) -> Result<(), Failure> {
        let Park { task, label, wait, .. } = &park;
        let problem = match wait {
            Wait::Answer(correlation) if *correlation >= self.correlations => {
                Some(format!("for answer {correlation}, but the actor never asked that"))
            }
            Wait::Firing(timer) if *timer >= self.timers_started => {
                Some(format!("for timer {timer}, but the actor never started it"))
            }
            Wait::Receive(wanted) if !wanted.iter().all(|wanted| wanted.kind.is_sendable()) => {
                Some("for a kind of event that nobody sends".to_owned())
            }
            Wait::Receive(wanted) if wanted.is_empty() => {
                Some("in a receive that accepts nothing".to_owned())
            }
            _ => None,
        };
        if let Some(problem) = problem {
            let message = format!("task {task} waits {problem}");
            return Err(Failure::new(Cause::IllegalCall, message));
        }
        let bytes = match wait {
            Wait::Receive(wanted) => size_of_val(&**wanted),
            Wait::Blocked(text) => text.len(),
            Wait::Ready | Wait::Answer(_) | Wait::Firing(_) => 0,
        };
        self.admit(label.len() + bytes, limits)?;
        self.told.push(Told::Park(park, self.group.clone()));
        Ok(())
    }

    /// A task that waited has ended.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn done(&mut self, task: TaskId, limits: &ActorLimits) -> Result<(), Failure> {
        self.admit(0, limits)?;
        self.told.push(Told::Done(task));
        Ok(())
    }

    /// In a turn about a condition: whether it accepts the event.
    pub fn judge(&mut self, accepts: bool) {
        self.verdict = Some(accepts);
    }

    /// Whether the turn told anything of tasks, or asked for anything.
    pub(crate) fn waits(&self) -> bool {
        !self.told.is_empty() || !self.asked.is_empty()
    }

    /// Whether the turn told last of a task that it waits.
    pub(crate) fn parks(&self, task: TaskId) -> bool {
        let of_task = self.told.iter().rev().find_map(|told| match told {
            Told::Park(park, _) => (park.task == task).then_some(true),
            Told::Done(done) => (*done == task).then_some(false),
        });
        of_task == Some(true)
    }

    /// Whether nothing was staged.
    pub(crate) fn is_empty(&self) -> bool {
        self.effects.is_empty()
            && self.notifications.is_empty()
            && self.stack.is_none()
            && self.told.is_empty()
            && !self.halts
    }

    /// A new group that the turn opens.
    pub fn open_group(
        &mut self,
        key: &IdKey,
        opener: ActorId,
        name: Option<Box<str>>,
    ) -> Arc<Group> {
        let id = key.group(opener, self.groups_opened);
        self.groups_opened += 1;
        Arc::new(Group { id, name, asker: None })
    }

    /// How many timers the actor has started, those of the turn included.
    #[must_use]
    pub fn timers_started(&self) -> u32 {
        self.timers_started
    }

    /// The number of the next timer that the turn starts.
    pub fn next_timer(&mut self) -> TimerId {
        let timer = self.timers_started;
        self.timers_started = timer.wrapping_add(1);
        timer
    }

    fn admit(&mut self, bytes: usize, limits: &ActorLimits) -> Result<(), Failure> {
        if bytes > limits.payload_bytes_max as usize {
            return Err(over(LimitName::Payload, bytes as u64, limits.payload_bytes_max, "bytes"));
        }
        self.staged += 1;
        if self.staged > limits.effects_max {
            return Err(over(
                LimitName::Effects,
                self.staged.into(),
                limits.effects_max,
                "effects",
            ));
        }
        self.bytes += bytes as u64;
        if self.bytes > u64::from(limits.outbox_bytes_max) {
            return Err(over(LimitName::Outbox, self.bytes, limits.outbox_bytes_max, "bytes"));
        }
        Ok(())
    }
}

/// How many things of each sort an actor has made: their ids derive from it (I4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) creations: u32,
    pub(crate) groups_opened: u32,
    pub(crate) timers_started: u32,
    pub(crate) correlations: u32,
}

/// What an id stands for that a turn made known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issued {
    /// Somebody whom it creates, or whose name it told.
    Actor,
    /// Nobody yet; for this definition.
    Reserved(u32),
    Cell(CellKind),
}

pub(crate) fn over(limit: LimitName, value: u64, max: u32, unit: &str) -> Failure {
    Failure::new(
        Cause::Limit,
        format!("limit `{limit}`: {value} {unit}, at most {max} are allowed"),
    )
}
