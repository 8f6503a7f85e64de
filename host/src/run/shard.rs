//! One shard: a kernel, the instances of its actors, and the thread that drives both.

use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use coyote_kernel::{
    ActorId, DeadReason, Ended, FailedTurn, Failure, Kernel, Kind, Names, Output, Recovery,
    RestartFrom, Saved, Slot, Status, Turn, Violation, Work,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::Letter;
use super::core::Core;
use super::network::Port;
use super::outside::RequestError;
use super::report::{ActorFailure, DroppedEvent, RunReport};
use super::snapshot::Gathering;
use crate::sandbox::{Image, Instance, Kinds, TurnScope};

/// How many turns are run before the queue and the clock are looked at again.
const BATCH: usize = 64;

/// How many tasks of an actor have their turns in one call, before other actors have theirs. At 64 the call itself costs
/// each of them little.
const RESUMPTIONS_MAX: u32 = 64;

/// One kernel and its instances.
pub(super) struct Shard {
    core: Arc<Core>,
    kernel: Kernel,
    port: Port,
    queue: Receiver<Letter>,
    /// By slot.
    instances: Vec<Option<Instance>>,
    /// By slot: the last committed state of actors that resume from it.
    images: Vec<Option<Image>>,
    /// Lent to the instance whose turn it is.
    scope: Option<Box<TurnScope>>,
    /// Tokens of activity that this shard holds.
    tokens: usize,
    /// Deadlines of requests from outside that were sent to this shard.
    deadlines: BTreeSet<(Duration, u64)>,
    report: RunReport,
    draining: bool,
    /// Letters that were passed over while what is on its way between the shards was taken in.
    postponed: VecDeque<Letter>,
    /// A snapshot in which the shard is to take part.
    gathering: Option<Arc<Gathering>>,
}

impl Shard {
    pub(super) fn new(core: Arc<Core>, port: Port, queue: Receiver<Letter>) -> Self {
        let kernel = Kernel::new(core.definitions.clone());
        Self {
            core,
            kernel,
            port,
            queue,
            instances: Vec::new(),
            images: Vec::new(),
            scope: Some(Box::default()),
            tokens: 0,
            deadlines: BTreeSet::new(),
            report: RunReport::default(),
            draining: false,
            postponed: VecDeque::new(),
            gathering: None,
        }
    }

    /// Goes on from a part of a snapshot, with the instances of its actors in their order.
    pub(super) fn resume(&mut self, saved: Saved, instances: Vec<Option<Instance>>) {
        let definitions = self.core.definitions.clone();
        self.kernel = Kernel::resuming(definitions, saved, &mut self.port);
        self.images.resize_with(instances.len(), || None);
        self.instances = instances;
        let idle: Vec<_> = self.slots().map(|(_, slot)| slot).collect();
        idle.into_iter().for_each(|slot| self.keep_image(slot));
        // It is busy until it has looked whether there is anything to do.
        self.core.network.activity.begin();
        self.tokens += 1;
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The actors of this shard.
    pub(super) fn slots(&self) -> impl Iterator<Item = (ActorId, Slot)> {
        self.kernel.actors().map(|(slot, id, _)| (id, slot))
    }

    /// The kernel as plain data, without what ids stand for.
    pub(super) fn save(&self) -> Saved {
        self.kernel.save([])
    }

    /// The instance of an actor; none if it is to be revived.
    pub(super) fn instance(&self, slot: Slot) -> Option<&Instance> {
        self.instances.get(slot.index())?.as_ref()
    }

    /// Takes in what other shards have sent, and puts off all other letters; whether there was anything.
    pub(super) fn collect_parcels(&mut self) -> bool {
        let mut any = false;
        while let Ok(letter) = self.queue.try_recv() {
            match letter {
                Letter::Parcel(_) => {
                    any = true;
                    self.open(letter);
                }
                other => self.postponed.push_back(other),
            }
        }
        any
    }

    /// Runs until it is told to end. What is in the queue then is left there.
    pub(super) fn run(mut self) -> Self {
        loop {
            let open = self.collect();
            if let Some(gathering) = self.gathering.take() {
                self.tell_outputs();
                self = gathering.join(self);
                continue;
            }
            self.tell_time();
            let ran = open && self.run_batch();
            self.tell_outputs();
            if !open || (!ran && !self.rest()) {
                return self;
            }
        }
    }

    /// Takes in what is left in the queue after the end; whether there was anything. Letters that it answers may
    /// go to other shards, which have ended too.
    pub(super) fn collect_rest(&mut self) -> bool {
        let any = !self.queue.is_empty();
        while let Ok(letter) = self.queue.try_recv() {
            self.open(letter);
        }
        any
    }

    /// The label of an actor of this shard.
    pub(super) fn label(&self, id: ActorId) -> Option<String> {
        self.kernel.slot(id).map(|slot| self.kernel.label(slot))
    }

    /// Who waits, and for what; actors have their names from `label`.
    pub(super) fn waiting(&self, label: &dyn Fn(ActorId) -> String) -> Vec<String> {
        let names = Known { kinds: &self.core.shared.kinds, label };
        let waiting = self.kernel.waiting_for_ever().into_iter();
        let told =
            waiting.map(|waiting| format!("{} {}", label(waiting.actor()), waiting.tell(&names)));
        told.collect()
    }

    /// Everything that is left becomes dead letters; what the run was like.
    pub(super) fn end(mut self) -> RunReport {
        self.kernel.abandon();
        self.tell_outputs();
        self.core.network.activity.end(mem::take(&mut self.tokens));
        self.report()
    }

    /// Takes what is in the queue, up to a call to a snapshot; whether the shard goes on.
    fn collect(&mut self) -> bool {
        while self.gathering.is_none() {
            let next = self.postponed.pop_front().map_or_else(|| self.queue.try_recv(), Ok);
            match next {
                Ok(letter) => {
                    if !self.open(letter) {
                        return false;
                    }
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn open(&mut self, letter: Letter) -> bool {
        self.tokens += 1;
        match letter {
            Letter::Parcel(parcel) => self.kernel.receive(parcel, &mut self.port),
            Letter::Deadline { at, correlation } => {
                self.deadlines.insert((at, correlation));
            }
            Letter::Report(answer) => {
                let report = self.report();
                // Whoever asked may have gone.
                let _ = answer.send(report);
            }
            Letter::Status { id, answer } => {
                let status = self.kernel.slot(id).map(|slot| self.kernel.status(slot).clone());
                let _ = answer.send(status);
            }
            Letter::Gather(gathering) => self.gathering = Some(gathering),
            Letter::Drain => self.draining = true,
            Letter::End => return false,
        }
        true
    }

    fn tell_time(&mut self) {
        let now = self.core.clock.now();
        scope(&mut self.scope).now = now;
        if !self.draining {
            self.kernel.advance(now);
        }
        while let Some(&(at, correlation)) = self.deadlines.first() {
            if at > now {
                break;
            }
            self.deadlines.pop_first();
            self.core.answer(correlation, Err(RequestError::Deadline));
        }
    }

    /// Whether no turn begins and no timer fires any more, because a failure has stopped the app.
    fn is_still(&self) -> bool {
        self.core.stopped.load(Ordering::SeqCst)
    }

    /// Runs some turns; whether there were any.
    fn run_batch(&mut self) -> bool {
        for turn in 0..BATCH {
            if self.is_still() {
                return false;
            }
            let Some(next) = self.kernel.next(&mut scope(&mut self.scope).outbox, &mut self.port)
            else {
                return turn > 0;
            };
            self.turn(next);
            if self.kernel.has_outputs() {
                self.tell_outputs();
            }
        }
        true
    }

    fn turn(&mut self, turn: Turn) {
        let slot = turn.slot;
        let scope_of_turn = scope(&mut self.scope);
        scope_of_turn.kind = turn.work.event_kind();
        scope_of_turn.firing = turn.work.firing();
        let definition = self.kernel.definition(slot) as usize;
        // What an actor that resumes from its last turn was before a turn is kept when its call ends.
        let ends_calls =
            self.core.definitions[definition].supervision.from == RestartFrom::LastTurn;
        scope_of_turn.resumptions_max = if ends_calls { 0 } else { RESUMPTIONS_MAX };
        scope_of_turn.opened.clear();
        scope_of_turn.asked.clear();
        scope_of_turn.asked.extend(self.kernel.asked(slot).cloned());
        scope_of_turn.asked.extend(turn.work.group().cloned());
        if let Err(failure) = self.call(&turn) {
            return self.fail(turn, failure);
        }
        match self.kernel.commit(turn, &mut scope(&mut self.scope).outbox, &mut self.port) {
            Ok(Ended::Alive) => self.keep_image(slot),
            Ok(Ended::Dropped) => self.drop_instance(slot),
            Err(refused) => {
                let (turn, failure) =
                    refused.into_failure(|kind| self.core.shared.kinds.name(kind));
                self.fail(turn, failure);
            }
        }
    }

    fn call(&mut self, turn: &Turn) -> Result<(), Failure> {
        let Turn { slot, work } = turn;
        let place = slot.index();
        if matches!(work, Work::Initialize(_)) {
            if self.instances.len() <= place {
                self.instances.resize_with(place + 1, || None);
                self.images.resize_with(place + 1, || None);
            }
            self.instances[place] = None;
            let (kind, id, label) = self.identity(*slot);
            let component = &self.core.components[kind];
            let actor = &self.core.actors[kind];
            let instance = Instance::new(component, &self.core.shared, actor, id, label)?;
            self.instances[place] = Some(instance);
        } else if self.instances[place].is_none() {
            self.instances[place] = Some(self.revive(*slot)?);
        }
        let kind = self.kernel.definition(*slot) as usize;
        let instance =
            self.instances[place].as_mut().expect("an initialised actor has an instance");
        let table = &self.core.definitions[kind].table;
        let result =
            instance.turn(work, table, &self.core.components[kind].exports, &mut self.scope);
        let (_, dropped) = instance.last_turn();
        self.report.log_lines_dropped += u64::from(dropped);
        result
    }

    fn identity(&self, slot: Slot) -> (usize, ActorId, Box<str>) {
        let kind = self.kernel.definition(slot) as usize;
        (kind, self.kernel.id(slot), self.kernel.label(slot).into())
    }

    /// Keeps what a resumption needs, for actors that may resume.
    fn keep_image(&mut self, slot: Slot) {
        let kind = self.kernel.definition(slot) as usize;
        if self.core.definitions[kind].supervision.from == RestartFrom::LastTurn
            && let Some(instance) = &self.instances[slot.index()]
        {
            let image = instance.image(self.images[slot.index()].as_ref());
            self.images[slot.index()] = image;
        }
    }

    fn drop_instance(&mut self, slot: Slot) {
        self.instances[slot.index()] = None;
        self.images[slot.index()] = None;
    }

    fn fail(&mut self, turn: Turn, failure: Failure) {
        let slot = turn.slot;
        let (outbox, core) = (&mut scope(&mut self.scope).outbox, &self.core);
        let name = |kind| core.shared.kinds.name(kind);
        let turn = self.kernel.commit_but_last(turn, outbox, &mut self.port, name);
        outbox.clear();
        let number =
            self.instances[slot.index()].as_ref().map_or(0, |instance| instance.last_turn().0);
        let recovery = self.kernel.fail(turn, failure, &mut self.port);
        self.tell_outputs_of_turn(number);
        match recovery {
            // Its next turn revives it.
            Recovery::Resumed => self.instances[slot.index()] = None,
            Recovery::Restarted | Recovery::Parked | Recovery::Halted => self.drop_instance(slot),
            Recovery::Stopped => {
                self.drop_instance(slot);
                self.core.stop();
            }
        }
    }

    /// An instance with the state before the turn that failed.
    pub(super) fn revive(&self, slot: Slot) -> Result<Instance, Failure> {
        let (kind, id, label) = self.identity(slot);
        let image = self.images[slot.index()].as_ref().expect("a first turn never resumes");
        let (component, actor) = (&self.core.components[kind], &self.core.actors[kind]);
        Instance::from_image(component, &self.core.shared, actor, id, label, image)
    }

    fn tell_outputs(&mut self) {
        self.tell_outputs_of_turn(0);
    }

    /// Tells whoever is concerned what happened; `turn` is the number of a turn that failed.
    fn tell_outputs_of_turn(&mut self, turn: u64) {
        let core = self.core.clone();
        for output in self.kernel.take_outputs() {
            match output {
                Output::Failed { turn: failed, recovery, .. } => {
                    let FailedTurn { actor, label, kind, state, suspended, failure } = failed;
                    let kinds = &core.shared.kinds;
                    if matches!(recovery, Recovery::Restarted | Recovery::Resumed) {
                        self.report.restarts += 1;
                    }
                    let failure = ActorFailure {
                        actor: label,
                        id: actor.to_string(),
                        event: kind.map(|kind| kinds.name(kind)),
                        state,
                        suspended: suspended.map(String::from),
                        turn,
                        cause: failure.cause.to_string(),
                        message: failure.message,
                        backtrace: failure.backtrace,
                        outcome: outcome(recovery),
                    };
                    core.shared.observer.actor_failed(&failure);
                    self.report.add_failure(failure);
                }
                Output::Halted { id, label } => {
                    self.report.actors.halted += 1;
                    core.shared.observer.actor_halted(id, &label);
                }
                Output::DeadLetter(letter) => {
                    let kind = core.shared.kinds.name(letter.event.kind);
                    if letter.reason != DeadReason::Stopped {
                        self.port.tell_of_dropped(&letter, &kind);
                    }
                    self.tell_dropped(DroppedEvent::new(&letter, kind));
                }
                Output::Violation(violation) => {
                    let text = self.violation(&violation);
                    core.shared.observer.violation(&text);
                    self.report.add_violation(text);
                }
                Output::Reply { correlation, reply, from } => {
                    if !core.answer(correlation, reply.map_err(RequestError::Refused)) {
                        self.tell_dropped(DroppedEvent::late_reply(from));
                    }
                }
                Output::Admitted(ticket) => core.admitted(ticket, Ok(())),
                Output::Refused(ticket, reason) => core.admitted(ticket, Err(reason)),
                Output::Notified { notifications, .. } => {
                    self.report.unmonitored += notifications.len() as u64;
                }
            }
        }
    }

    fn tell_dropped(&mut self, event: DroppedEvent) {
        self.core.shared.observer.event_dropped(&event);
        let kept_max = self.core.shared.app.limits().dead_letters_max as usize;
        self.report.add_dropped(event, kept_max);
    }

    fn violation(&self, violation: &Violation) -> String {
        let kinds = &self.core.shared.kinds;
        match violation {
            Violation::MustHandle { sender, receiver, kind } => format!(
                "must-handle: `{}` from `{sender}` was for `{receiver}`, which halted",
                kinds.name(*kind)
            ),
            Violation::MaxInstances { sender, receiver, kind, instances_max } => format!(
                "max-instances: more than {instances_max} `{}` wait for `{receiver}`, the last from `{sender}`",
                kinds.name(*kind)
            ),
            Violation::InboxFull { sender, receiver, kind } => format!(
                "inbox-full: `{}` from `{sender}` found the inbox of `{receiver}` full",
                kinds.name(*kind)
            ),
            Violation::IdInUse { id, holder } => {
                format!("id-in-use: `{id}` is held by `{holder}`")
            }
            Violation::UnboundId { sender, id, kind } => format!(
                "unbound-id: `{}` from `{sender}` was sent to `{id}`, which is bound to nobody",
                kinds.name(*kind)
            ),
        }
    }

    /// Waits for something to do; whether the shard goes on.
    fn rest(&mut self) -> bool {
        let holds_timers = !self.draining && !self.is_still() && !self.kernel.has_no_timers();
        let kept = usize::from(holds_timers);
        let spare = self.tokens.saturating_sub(kept);
        if spare > 0 {
            self.tokens -= spare;
            self.core.rest(spare);
        }
        let letter = match self.next_due() {
            Some(due) => {
                let wait = due.saturating_sub(self.core.clock.now());
                match self.queue.recv_timeout(wait) {
                    Ok(letter) => letter,
                    Err(RecvTimeoutError::Timeout) => return true,
                    Err(RecvTimeoutError::Disconnected) => return false,
                }
            }
            None => match self.queue.recv() {
                Ok(letter) => letter,
                Err(_) => return false,
            },
        };
        self.open(letter)
    }

    fn next_due(&self) -> Option<Duration> {
        let timer = if self.draining || self.is_still() { None } else { self.kernel.next_due() };
        let deadline = self.deadlines.first().map(|&(at, _)| at);
        timer.into_iter().chain(deadline).min()
    }

    fn report(&self) -> RunReport {
        let mut report = self.report.clone();
        report.events = self.kernel.events();
        report.actors.created = self.kernel.created();
        report.unmonitored += self.port.unmonitored;
        for (_, _, status) in self.kernel.actors() {
            report.actors.live += 1;
            report.actors.failed += u64::from(matches!(status, Status::Failed(_)));
        }
        report
    }
}

/// The names of what somebody waits for.
struct Known<'a> {
    kinds: &'a Kinds,
    label: &'a dyn Fn(ActorId) -> String,
}

impl Names for Known<'_> {
    fn actor(&self, id: ActorId) -> String {
        (self.label)(id)
    }

    fn kind(&self, kind: Kind) -> String {
        self.kinds.name(kind)
    }

    fn monitor(&self, _: u32) -> String {
        unreachable!("nobody waits for a monitor")
    }
}

fn scope(lent: &mut Option<Box<TurnScope>>) -> &mut TurnScope {
    lent.as_mut().expect("an instance gives the scope back")
}

fn outcome(recovery: Recovery) -> &'static str {
    match recovery {
        Recovery::Restarted => "restarted",
        Recovery::Resumed => "resumed",
        Recovery::Parked => "parked",
        Recovery::Halted => "halted",
        Recovery::Stopped => "stopped",
    }
}
