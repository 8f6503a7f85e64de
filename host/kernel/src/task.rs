//! Suspended code: what the tasks of one actor wait for (sections 8, 13 and 15).
//!
//! Tasks live in the memory of their actor. The kernel knows of each only what it waits for, and which of them may go on.

mod saved;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use crate::event::{Errand, Group, Kind, Message};
use crate::id::ActorId;
use crate::step::Stamped;
use crate::timer::TimerId;

/// The actor's number for a task, or for one of several things that a task waits for. 0 is the handler that the host
/// called.
pub type TaskId = u32;

/// The asker's number for a request or an operation on a cell, counted from 0.
pub type Correlation = u32;

/// The handler that the host called: while it waits the actor takes no events from its inbox (K2).
pub(crate) const HANDLER: TaskId = 0;

/// A task that waits from the end of a turn on, as the turn tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Park {
    /// The number under which it waits.
    pub task: TaskId,
    /// Whose wait it is: the task's own number. A task that waits for several things at once has more.
    pub of: TaskId,
    /// What it is and where it was spawned, for people.
    pub label: Box<str>,
    /// Whether it may wait for ever (K4).
    pub background: bool,
    /// What it waits for.
    pub wait: Wait,
}

/// What a task waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wait {
    /// Nothing: it may go on at once.
    Ready,
    /// The oldest arrival that one of these accepts, or else the next one (W1, W2).
    Receive(Box<[Wanted]>),
    /// The answer to a request or to an operation on a cell.
    Answer(Correlation),
    /// The firing of a timer.
    Firing(TimerId),
    /// Another task of the actor: which, and who holds what it needs.
    Blocked(Box<str>),
}

/// One kind of event that a receive accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wanted {
    /// The kind, matched exactly.
    pub kind: Kind,
    /// A condition that the guest evaluates; none accepts every event of the kind.
    pub condition: Option<u32>,
}

/// Whether a condition of a receive accepts an event (W3): a question to the guest.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Whose receive it is.
    pub task: TaskId,
    /// Which condition.
    pub condition: u32,
    /// The event. It stays in the inbox until the answer is known.
    pub message: Message,
    /// Its place among what the receive accepts.
    pub(crate) entry: u32,
}

/// What a turn tells about a task, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It waits. The group is that of the one that told it: a task that is new works in it.
    Park(Park, Option<Arc<Group>>),
    Done(TaskId),
}

/// In which group each task of an actor works, by its own number; those in none are left out. A copy shares all until
/// one of the two changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Groups(Option<Arc<BTreeMap<TaskId, Arc<Group>>>>);

impl Groups {
    pub(crate) fn of(&self, task: TaskId) -> Option<&Arc<Group>> {
        self.0.as_ref()?.get(&task)
    }

    fn iter(&self) -> impl Iterator<Item = (TaskId, &Arc<Group>)> {
        self.0.iter().flat_map(|groups| groups.iter().map(|(&task, group)| (task, group)))
    }

    pub(crate) fn set(&mut self, task: TaskId, group: Option<Arc<Group>>) {
        let groups = Arc::make_mut(self.0.get_or_insert_default());
        match group {
            Some(group) => groups.insert(task, group),
            None => groups.remove(&task),
        };
    }

    fn retain(&mut self, keep: impl Fn(TaskId) -> bool) {
        let Some(groups) = &mut self.0 else { return };
        if !groups.keys().all(|&task| keep(task)) {
            Arc::make_mut(groups).retain(|&task, _| keep(task));
        }
        self.0.take_if(|groups| groups.is_empty());
    }
}

impl FromIterator<(TaskId, Arc<Group>)> for Groups {
    fn from_iter<I: IntoIterator<Item = (TaskId, Arc<Group>)>>(groups: I) -> Self {
        let groups: BTreeMap<_, _> = groups.into_iter().collect();
        Self((!groups.is_empty()).then(|| Arc::new(groups)))
    }
}

/// A task that waits.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) told: Park,
    /// What it waited for, once that is there.
    pub(crate) ripe: Option<Message>,
    /// Where an event that a receive took stood among what has arrived.
    pub(crate) took_at: u32,
    /// By this number production takes the one that could go on first.
    since: u64,
    /// What exploration notes about a task that is ready.
    pub(crate) stamp: Stamped,
}

impl Task {
    pub(crate) fn may_go_on(&self) -> bool {
        self.ripe.is_some() || self.told.wait == Wait::Ready
    }

    fn awaits_arrival(&self) -> bool {
        let wait = &self.told.wait;
        let arrives = matches!(wait, Wait::Receive(_) | Wait::Answer(_) | Wait::Firing(_));
        arrives && self.ripe.is_none()
    }
}

/// Who wants an arrival.
pub(crate) enum Taker {
    Nobody,
    Task(TaskId),
    /// That depends on a condition.
    If(Judgement),
}

/// All that one actor waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    /// By id, ascending.
    parked: Vec<Task>,
    groups: Groups,
    /// What the actor asked and has no answer to, and whom; oldest first.
    asked: VecDeque<(Correlation, ActorId)>,
    /// Answers that no task has waited for yet, oldest first.
    kept: VecDeque<Message>,
    /// Who has refused the oldest arrival that not all tasks have seen: all up to this entry of a receive.
    refused: Option<(TaskId, u32)>,
    /// Whether the last turn was that of a task that could go on before, and not what arrived.
    pub(crate) was_ready: bool,
    /// Whose condition has just accepted what arrived: in production's order it goes on with it.
    pub(crate) accepted: Option<TaskId>,
    ripened: u64,
}

impl Tasks {
    pub(crate) fn parked(&self) -> &[Task] {
        &self.parked
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn asked(&self) -> &VecDeque<(Correlation, ActorId)> {
        &self.asked
    }

    pub(crate) fn kept(&self) -> &VecDeque<Message> {
        &self.kept
    }

    /// Whether the handler that the host called waits.
    pub(crate) fn handler_waits(&self) -> bool {
        self.parked.first().is_some_and(|task| task.told.task == HANDLER)
    }

    /// Whether any task waits for something that arrives.
    pub(crate) fn await_arrival(&self) -> bool {
        self.parked.iter().any(Task::awaits_arrival)
    }

    pub(crate) fn get(&self, task: TaskId) -> Option<&Task> {
        let place = self.place(task).ok()?;
        Some(&self.parked[place])
    }

    pub(crate) fn get_mut(&mut self, task: TaskId) -> Option<&mut Task> {
        let place = self.place(task).ok()?;
        Some(&mut self.parked[place])
    }

    fn place(&self, task: TaskId) -> Result<usize, usize> {
        self.parked.binary_search_by_key(&task, |known| known.told.task)
    }

    /// The task that could go on first.
    pub(crate) fn first_to_go_on(&self) -> Option<TaskId> {
        let ready = self.parked.iter().filter(|task| task.may_go_on());
        ready.min_by_key(|task| task.since).map(|task| task.told.task)
    }

    /// Whether any task waits for events under a condition.
    pub(crate) fn have_conditions(&self) -> bool {
        self.parked.iter().any(|task| match &task.told.wait {
            Wait::Receive(wanted) => wanted.iter().any(|wanted| wanted.condition.is_some()),
            Wait::Ready | Wait::Answer(_) | Wait::Firing(_) | Wait::Blocked(_) => false,
        })
    }

    /// The tasks whose stamps are missing.
    pub(crate) fn stamps(&mut self) -> impl Iterator<Item = &mut Stamped> {
        let ready = self.parked.iter_mut().filter(|task| task.told.wait == Wait::Ready);
        ready.map(|task| &mut task.stamp).filter(|stamp| stamp.is_none())
    }

    /// A turn told that a task waits. What it had taken and did not go on with comes back, with its place.
    pub(crate) fn park(&mut self, told: Park) -> Option<(u32, Message)> {
        let given_back = self.end(told.task);
        self.ripened += 1;
        let ripe = match told.wait {
            Wait::Answer(correlation) => self.take_kept(correlation),
            Wait::Ready | Wait::Receive(_) | Wait::Firing(_) | Wait::Blocked(_) => None,
        };
        let (place, since) = (self.place(told.task), self.ripened);
        let task = Task { told, ripe, took_at: 0, since, stamp: None };
        let place = place.unwrap_or_else(|place| place);
        self.parked.insert(place, task);
        given_back
    }

    /// Whether a task waits, under whichever number.
    pub(crate) fn waits(&self, of: TaskId) -> bool {
        self.get(of).is_some_and(|task| task.told.of == of)
            || self.parked.iter().any(|task| task.told.of == of)
    }

    /// A task works in this group from here on.
    pub(crate) fn set_group(&mut self, task: TaskId, group: Option<Arc<Group>>) {
        self.groups.set(task, group);
    }

    /// Forgets the groups of tasks that have ended.
    pub(crate) fn forget_groups(&mut self) {
        let mut groups = mem::take(&mut self.groups);
        groups.retain(|task| self.waits(task));
        self.groups = groups;
    }

    /// A task has its turn that was not told of.
    pub(crate) fn go_on(&mut self, task: TaskId, label: Box<str>) {
        if self.get(task).is_none() {
            self.park(Park { task, of: task, label, background: false, wait: Wait::Ready });
        }
    }

    /// A ready task went on, and is ready again: others come first.
    pub(crate) fn had_its_turn(&mut self, task: TaskId) {
        self.ripened += 1;
        let since = self.ripened;
        if let Some(task) = self.get_mut(task).filter(|task| task.told.wait == Wait::Ready) {
            task.since = since;
        }
    }

    /// A task waits no more. An event that it had taken and did not go on with comes back, with its place; an answer is
    /// kept.
    pub(crate) fn end(&mut self, task: TaskId) -> Option<(u32, Message)> {
        let place = self.place(task).ok()?;
        let Task { told, ripe, took_at, .. } = self.parked.remove(place);
        match told.wait {
            Wait::Receive(_) => ripe.map(|message| (took_at, message)),
            Wait::Answer(_) => {
                self.kept.extend(ripe);
                None
            }
            Wait::Ready | Wait::Firing(_) | Wait::Blocked(_) => None,
        }
    }

    /// What a task waited for is there.
    pub(crate) fn ripen(&mut self, task: TaskId, message: Message) {
        self.ripened += 1;
        let (since, refused) = (self.ripened, self.refused.take());
        debug_assert!(refused.is_none_or(|(last, _)| last <= task));
        if let Some(task) = self.get_mut(task) {
            (task.ripe, task.since) = (Some(message), since);
        }
    }

    /// All tasks may be asked again: there was another turn (W3).
    pub(crate) fn ask_again(&mut self) {
        self.refused = None;
    }

    /// Who wants the oldest arrival that not all have seen.
    pub(crate) fn taker(&self, message: &Message) -> Taker {
        let waiting = self.parked.iter().filter(|task| task.ripe.is_none());
        for Task { told: Park { task, wait, .. }, .. } in waiting {
            let wanted = match wait {
                Wait::Firing(timer) if message.firing.is_some_and(|f| f.timer == *timer) => {
                    return Taker::Task(*task);
                }
                Wait::Receive(wanted) => wanted,
                Wait::Ready | Wait::Answer(_) | Wait::Firing(_) | Wait::Blocked(_) => continue,
            };
            for (entry, wanted) in (0..).zip(wanted) {
                if wanted.kind != message.event.kind || self.refused >= Some((*task, entry)) {
                    continue;
                }
                let Some(condition) = wanted.condition else { return Taker::Task(*task) };
                let (task, message) = (*task, message.clone());
                return Taker::If(Judgement { task, condition, message, entry });
            }
        }
        Taker::Nobody
    }

    /// The condition does not accept the oldest arrival that not all have seen.
    pub(crate) fn refuse(&mut self, judgement: &Judgement) {
        self.refused = Some((judgement.task, judgement.entry));
    }

    /// Whether a task waits for this, or may: that can depend on a condition.
    pub(crate) fn may_want(&self, message: &Message) -> bool {
        let mut waiting = self.parked.iter().filter(|task| task.ripe.is_none());
        match message.errand.as_deref() {
            Some(&Errand::Answer { correlation, .. }) => {
                self.is_open(correlation)
                    && waiting.any(|task| task.told.wait == Wait::Answer(correlation))
            }
            Some(Errand::Operation { .. }) => false,
            None => waiting.any(|task| match &task.told.wait {
                Wait::Receive(wanted) => wanted.iter().any(|w| w.kind == message.event.kind),
                Wait::Ready | Wait::Answer(_) | Wait::Firing(_) | Wait::Blocked(_) => false,
            }),
        }
    }

    /// The untaken event of a timer that a task has received (M6).
    pub(crate) fn of_timer(&mut self, timer: TimerId) -> Option<&mut Message> {
        let mut ripe = self.parked.iter_mut().filter_map(|task| task.ripe.as_mut());
        ripe.find(|message| message.firing.is_some_and(|firing| firing.timer == timer))
    }

    /// What a task has received of a timer that is stopped before the task goes on is not delivered (M4).
    pub(crate) fn remove_timer(&mut self, timer: TimerId) {
        for task in &mut self.parked {
            let is_of =
                |message: &mut Message| message.firing.is_some_and(|firing| firing.timer == timer);
            task.ripe.take_if(is_of);
        }
    }

    /// The actor asked somebody. Of requests that nobody waits for, the oldest is forgotten once there are more than
    /// `asked_max`.
    pub(crate) fn ask(&mut self, correlation: Correlation, whom: ActorId, asked_max: usize) {
        self.asked.push_back((correlation, whom));
        if self.asked.len() > asked_max {
            let awaits = |task: &Task, correlation| task.told.wait == Wait::Answer(correlation);
            let place = self.asked.iter().position(|&(correlation, _)| {
                !self.parked.iter().any(|task| awaits(task, correlation))
            });
            place.and_then(|place| self.asked.remove(place));
        }
    }

    fn is_open(&self, correlation: Correlation) -> bool {
        self.asked.iter().any(|&(open, _)| open == correlation)
    }

    /// Whom the actor asked this, if there is no answer yet.
    pub(crate) fn whom(&self, correlation: Correlation) -> Option<ActorId> {
        let mut asked = self.asked.iter();
        asked.find(|(open, _)| *open == correlation).map(|&(_, whom)| whom)
    }

    /// An answer arrives: the task that waits for it, if there is one already.
    ///
    /// # Errors
    ///
    /// There was an answer already, or nobody asked: the answer.
    pub(crate) fn answer(
        &mut self,
        correlation: Correlation,
        answer: Message,
        kept_max: usize,
    ) -> Result<Option<TaskId>, Box<Message>> {
        let place = self.asked.iter().position(|&(open, _)| open == correlation);
        let Some(place) = place else { return Err(Box::new(answer)) };
        self.asked.remove(place);
        let mut waiting = self.parked.iter().filter(|task| task.ripe.is_none());
        let task = waiting.find(|task| task.told.wait == Wait::Answer(correlation));
        let task = task.map(|task| task.told.task);
        match task {
            Some(task) => self.ripen(task, answer),
            None => {
                self.kept.push_back(answer);
                if self.kept.len() > kept_max {
                    self.kept.pop_front();
                }
            }
        }
        Ok(task)
    }

    fn take_kept(&mut self, correlation: Correlation) -> Option<Message> {
        let is_it = |message: &Message| matches!(message.errand.as_deref(), Some(Errand::Answer { correlation: kept, .. }) if *kept == correlation);
        let place = self.kept.iter().position(is_it)?;
        self.kept.remove(place)
    }

    /// Nobody waits any more: what tasks had received and not got, then what nobody had waited for.
    pub(crate) fn cancel(&mut self) -> Vec<Message> {
        self.asked.clear();
        self.refused = None;
        self.groups = Groups::default();
        let ripe = self.parked.drain(..).filter_map(|task| task.ripe);
        let mut left = Vec::from_iter(ripe);
        left.extend(self.kept.drain(..));
        left
    }
}
