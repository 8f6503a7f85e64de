//! The turns of an app, each run once.
//!
//! A turn is a pure function of the actor's image, the event, and the answers that the actor got during it. So what a
//! turn did is kept in a table, and an equal turn is looked up instead of run: an actor is the number of its image,
//! and instances are only a cache in which images are realised when a turn must really be run. A share of what is
//! looked up is run all the same and compared, which would show anything that this reasoning has forgotten.
//!
//! Components whose state is more than their memory cannot be looked up; each of their actors has an instance.

mod held;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::strategy::Oracle;
use coyote_kernel::{
    ActorId, Encoding, Ended, Errand, Event, Failure, Firing, Group, Guests, HashedKeys, Init,
    Kernel, Kind, Message, Outbox, Payload, Recovery, Slot, Snapshots, Table, Turn, Work,
};
use hashbrown::{HashMap, HashSet};
use serde::Serialize;
use twox_hash::XxHash3_128;

use self::held::Held;
use super::begun::{Begun, BegunActor};
use super::narrate::{self, Story};
use crate::app::ActorKind;
use crate::sandbox::{
    Asked, Component, Image, ImageNumber, Images, Instance, Questions, Realised, Shared, Tracking,
    TurnScope,
};

/// Most instances of one component that wait for their next turn.
const CACHED_MAX: usize = 4;

/// What all workers of an exploration share.
pub(super) struct Code {
    pub(super) shared: Arc<Shared>,
    /// First those of the actors, by definition, then those of the monitors.
    pub(super) parts: Vec<Part>,
    /// How many of them are actors.
    pub(super) actors: usize,
}

/// One component, and what its instances may use.
pub(super) struct Part {
    pub(super) component: Component,
    pub(super) kind: Arc<ActorKind>,
    pub(super) table: Table,
}

/// What an actor or a monitor is between two turns.
enum State {
    /// Nothing yet: its first turn comes next.
    Unborn,
    Image(ImageNumber),
    Live(Box<Instance>),
}

struct Guest {
    part: usize,
    id: ActorId,
    label: Arc<str>,
    state: State,
    /// What it becomes when the turn commits.
    next: Option<ImageNumber>,
}

impl Guest {
    /// What stands for one that is in use.
    fn vacant() -> Self {
        let (id, label) = (ActorId::ENVIRONMENT, Arc::default());
        Self { part: 0, id, label, state: State::Unborn, next: None }
    }
}

/// What is known of a turn, after the answers that led there.
enum Known {
    /// It asks for a number.
    Number {
        /// One more than the largest answer.
        bound: u32,
    },
    /// It asks for the time.
    Now,
    Over(Box<Over>),
}

/// How a turn ended.
struct Over {
    result: Result<ImageNumber, Failure>,
    outbox: Outbox,
}

/// One turn to be run or looked up.
struct Call<'a> {
    now: Duration,
    work: &'a Work,
    asked: Vec<Arc<Group>>,
}

/// How often turns were looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TurnCounts {
    /// Turns that were run.
    pub run: u64,
    /// Turns that were looked up.
    pub looked_up: u64,
    /// Turns that were looked up, run all the same, and compared.
    pub compared: u64,
}

/// The guests of one worker.
pub(super) struct Turns {
    code: Arc<Code>,
    guests: Vec<Option<Guest>>,
    monitors: Vec<Guest>,
    /// The parts of the monitors that watch.
    watching: Vec<usize>,
    table: HashMap<u128, Known, HashedKeys>,
    images: Images,
    /// By part: the image of a fresh instance.
    fresh: Vec<Option<ImageNumber>>,
    /// By part: instances that wait for their next turn.
    cached: Vec<Vec<Realised>>,
    /// Of the turns that are run because they are not known.
    tracking: Tracking,
    scope: Option<Box<TurnScope>>,
    key: Vec<u8>,
    monitor_outbox: Outbox,
    bytes: usize,
    bytes_max: usize,
    /// One look-up in so many is compared; 0: none.
    compare_every: u64,
    /// Whether every look-up is compared for now.
    comparing: bool,
    pub(super) counts: TurnCounts,
    /// What was taken: by part, the state on top and the kind.
    pub(super) covered: HashSet<(u32, Option<u32>, Kind)>,
    /// Instances that were kept, under their keys; none of whoever has had no turn.
    kept: HashMap<u128, Option<Held>, HashedKeys>,
    /// The same of monitors, with the states that they are in.
    kept_monitors: HashMap<u128, (ImageNumber, u32), HashedKeys>,
    /// Where executions begin, if not at the start of the app, and all instances there once they have numbers.
    begun: Option<(Arc<Begun>, Option<<Self as Snapshots>::Instances>)>,
    /// The first two runs of a turn that differed, for people.
    pub(super) differs: Option<String>,
    /// Whether any guest ever asked for virtual time.
    tells_time: bool,
    /// Whether turns are looked up at all.
    remembers: bool,
    /// What is noted of the present turn, while somebody narrates.
    pub(super) story: Option<Story>,
}

impl Turns {
    pub(super) fn new(
        code: Arc<Code>,
        watching: Vec<usize>,
        bytes_max: usize,
        compare_every: u64,
    ) -> Self {
        let parts = code.parts.len();
        let mut scope = Box::<TurnScope>::default();
        scope.questions = Some(Box::default());
        let memories = code.parts.iter().map(|part| part.kind.sandbox.memory_bytes_max);
        let images = Images::new(memories.max().unwrap_or(0));
        Self {
            code,
            guests: Vec::new(),
            monitors: Vec::new(),
            watching,
            table: HashMap::default(),
            images,
            fresh: vec![None; parts],
            cached: std::iter::repeat_with(Vec::new).take(parts).collect(),
            tracking: Tracking::Marks,
            scope: Some(scope),
            key: Vec::new(),
            monitor_outbox: Outbox::default(),
            bytes: 0,
            bytes_max,
            compare_every,
            comparing: false,
            counts: TurnCounts::default(),
            covered: HashSet::new(),
            kept: HashMap::default(),
            kept_monitors: HashMap::default(),
            begun: None,
            differs: None,
            tells_time: false,
            remembers: true,
            story: None,
        }
    }

    /// Executions begin where an app was when a snapshot was taken. Of its monitors all watch that are to watch.
    pub(super) fn begin_at(mut self, begun: Arc<Begun>) -> Self {
        // Whether anybody asked for the time before is not known.
        self.tells_time = true;
        self.begun = Some((begun, None));
        self
    }

    /// Makes all instances what they were in the snapshot at which executions begin, if they begin at one.
    fn put_begun(&mut self) {
        let Some((begun, known)) = self.begun.take() else { return };
        let instances = known.unwrap_or_else(|| self.intern_begun(&begun));
        self.put_back(&instances);
        self.begun = Some((begun, Some(instances)));
    }

    fn intern_begun(&mut self, begun: &Begun) -> <Self as Snapshots>::Instances {
        let actors = begun.actors.iter().map(|actor| {
            let BegunActor { part, id, label, image } = actor.as_ref()?;
            Some(self.held(*part, *id, label, image))
        });
        let actors = actors.collect();
        let watching = self.watching.clone();
        let monitors = watching.into_iter().map(|part| {
            let mut monitors = begun.monitors.iter();
            let (.., image) = monitors
                .find(|(place, ..)| self.code.actors + place == part)
                .expect("a test has only monitors that watched");
            let label = self.code.parts[part].kind.name.as_str().into();
            self.held(part, ActorId::ENVIRONMENT, &label, image)
        });
        (actors, monitors.collect())
    }

    fn held(&mut self, part: usize, id: ActorId, label: &Arc<str>, image: &Image) -> Held {
        let Part { component, kind, .. } = &self.code.parts[part];
        let (shared, text) = (&self.code.shared, (&**label).into());
        let instance = Instance::from_image(component, shared, kind, id, text, image);
        let mut realised = Realised::new(instance.expect("it was an instance when it was read"));
        let image = Some(self.images.snapshot(&mut realised));
        Held { part, id, label: label.clone(), image }
    }

    /// An instance of an actor or, with none, of a monitor, to be captured; the part whose state is more than memory.
    pub(super) fn realised(&mut self, whose: Result<Slot, u32>) -> Result<Box<Instance>, usize> {
        let guest = match whose {
            Ok(slot) => self.guests[slot.index()].as_ref().expect("an idle actor has had a turn"),
            Err(monitor) => &self.monitors[monitor as usize],
        };
        let State::Image(image) = guest.state else { return Err(guest.part) };
        let (part, id, label) = (guest.part, guest.id, guest.label.clone());
        let guest = Guest { part, id, label, state: State::Unborn, next: None };
        let realised = self.realise(&guest, image, Tracking::Compare).map_err(|_| part)?;
        Ok(Box::new(realised.instance))
    }

    /// Runs every turn, so that its log lines come out and its failures have their backtraces, with places in the
    /// source: the components are run as they are.
    pub(super) fn forgetful(mut self) -> Self {
        self.remembers = false;
        self.tracking = Tracking::Compare;
        self
    }

    /// The state of an actor as its component renders it. None if it has had no turn, or cannot be rendered.
    pub(super) fn state_text(&mut self, slot: Slot) -> Option<String> {
        let guest = self.guests.get_mut(slot.index())?.take()?;
        let text = self.guest_text(&guest);
        self.guests[slot.index()] = Some(guest);
        text
    }

    /// The state of a monitor as its component renders it.
    pub(super) fn monitor_text(&mut self, monitor: u32) -> Option<String> {
        let guest = std::mem::replace(&mut self.monitors[monitor as usize], Guest::vacant());
        let text = self.guest_text(&guest);
        self.monitors[monitor as usize] = guest;
        text
    }

    fn guest_text(&mut self, guest: &Guest) -> Option<String> {
        let State::Image(image) = guest.state else { return None };
        let realised = self.realise(guest, image, Tracking::Compare);
        realised.ok()?.instance.render_state(&self.code.parts[guest.part].component.exports)
    }

    /// The payload of a turn as text.
    fn work_text(&self, guest: &Guest, work: &Work) -> Option<String> {
        let (kind, encoding, payload) = match work {
            Work::Initialize(init) => (None, init.encoding, &init.payload),
            Work::Handle(_) | Work::Deliver { .. } | Work::Passed { .. } => {
                let event = work.event()?;
                (work.event_kind(), event.encoding, &event.payload)
            }
            Work::Resume { .. } | Work::Judge(_) => return None,
        };
        self.payload_text(guest.part, kind, encoding, payload)
    }

    /// The payload of an event as text; none if it has none, or the components of this kind of actor cannot tell.
    pub(super) fn event_text(&self, definition: u32, event: &Event) -> Option<String> {
        let Event { kind, encoding, payload } = event;
        self.payload_text(definition as usize, Some(*kind), *encoding, payload)
    }

    fn payload_text(
        &self,
        part: usize,
        kind: Option<Kind>,
        encoding: Encoding,
        payload: &Payload,
    ) -> Option<String> {
        if payload.is_empty() {
            return None;
        }
        if matches!(encoding, Encoding::Json | Encoding::Text) {
            return Some(narrate::cut(&String::from_utf8_lossy(payload.as_slice())));
        }
        let (Part { component, kind: actor, .. }, shared) =
            (&self.code.parts[part], &self.code.shared);
        let kind = shared.kinds.name(kind?);
        // What an instance does while it renders must not be seen by its turns.
        let (id, label) = (ActorId::ENVIRONMENT, actor.name.as_str().into());
        let mut instance = Instance::new(component, shared, actor, id, label).ok()?;
        let text = instance.render_event(&component.exports, &kind, encoding, payload.as_slice());
        text.map(|text| narrate::cut(&text))
    }

    /// Handles a turn of an actor or a monitor: what it was before and after.
    fn handle(
        &mut self,
        mut guest: Guest,
        call: &Call<'_>,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> (Guest, Result<(), Failure>) {
        let code = self.code.clone();
        let part = &code.parts[guest.part];
        guest.next = None;
        questions(&mut self.scope).known.clear();
        if matches!(call.work, Work::Initialize(_)) {
            guest.state = State::Unborn;
        }
        if !part.component.has_image() {
            let result = self.handle_live(&mut guest, part, call, outbox, oracle);
            return (guest, result);
        }
        let before = match guest.state {
            State::Image(image) => Ok(image),
            State::Unborn | State::Live(_) => self.fresh(guest.part),
        };
        let after = before.and_then(|before| self.look_up(&guest, before, call, outbox, oracle));
        // A condition leaves nothing behind.
        let judges = matches!(call.work, Work::Judge(_));
        let result = after.map(|after| guest.next = (!judges).then_some(after));
        (guest, result)
    }

    fn handle_live(
        &mut self,
        guest: &mut Guest,
        part: &Part,
        call: &Call<'_>,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
        let State::Live(instance) = &mut guest.state else {
            let (shared, label) = (&self.code.shared, Box::from(&*guest.label));
            let instance = Instance::new(&part.component, shared, &part.kind, guest.id, label)?;
            guest.state = State::Live(Box::new(instance));
            return self.handle_live(guest, part, call, outbox, oracle);
        };
        self.counts.run += 1;
        run(&mut self.scope, instance, part, call, outbox, oracle)
    }

    /// Looks a turn up, and runs it if it is not known; the image after it.
    fn look_up(
        &mut self,
        guest: &Guest,
        before: ImageNumber,
        call: &Call<'_>,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<ImageNumber, Failure> {
        let root = self.root(guest, before, call, outbox);
        let mut key = root;
        while self.remembers {
            match self.table.get(&key) {
                None => break,
                Some(Known::Now) => key = child(key, nanoseconds(call.now)),
                Some(&Known::Number { bound }) => {
                    let oracle = oracle.as_mut().expect("an explored turn has an oracle");
                    let taken = oracle.number(guest.id, bound).map_err(|diverged| {
                        Failure::new(coyote_kernel::Cause::Trap, diverged.to_string())
                    })?;
                    questions(&mut self.scope).known.push(taken);
                    key = child(key, taken.into());
                }
                Some(Known::Over(over)) => {
                    self.counts.looked_up += 1;
                    let share = self.compare_every > 0
                        && self.counts.looked_up.is_multiple_of(self.compare_every);
                    if share || self.comparing {
                        return self.compare(guest, before, call, key, outbox, oracle);
                    }
                    outbox.restage(&over.outbox);
                    return over.result.clone();
                }
            }
        }
        let result = self.run_once(guest, before, call, outbox, oracle, self.tracking);
        let diverged = oracle.as_ref().is_some_and(|oracle| oracle.diverged().is_some());
        if self.remembers && !diverged {
            self.remember(root, call.now, &result, outbox);
        }
        result
    }

    /// Runs a turn that is known; the image after it. The component is run as it is, and its whole memory is compared:
    /// if the store barrier changed or missed anything, it shows here.
    fn compare(
        &mut self,
        guest: &Guest,
        before: ImageNumber,
        call: &Call<'_>,
        key: u128,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<ImageNumber, Failure> {
        self.counts.compared += 1;
        let result = self.run_once(guest, before, call, outbox, oracle, Tracking::Compare);
        let Some(Known::Over(over)) = self.table.get(&key) else { return result };
        let is_same = match (&over.result, &result) {
            (Ok(first), Ok(second)) => first == second && over.outbox == *outbox,
            // Whether there is a backtrace depends on how the component is run.
            (Err(first), Err(second)) => {
                (first.cause, &first.message) == (second.cause, &second.message)
            }
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        if is_same {
            return over.result.clone();
        }
        if self.differs.is_none() {
            let (label, Over { result: first, outbox: before }) = (&guest.label, &**over);
            self.differs = Some(format!(
                "a turn of `{label}`\n1: {first:?} {before:?}\n2: {result:?} {outbox:?}"
            ));
        }
        result
    }

    /// Runs a turn in an instance; the image after it.
    fn run_once(
        &mut self,
        guest: &Guest,
        before: ImageNumber,
        call: &Call<'_>,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
        tracking: Tracking,
    ) -> Result<ImageNumber, Failure> {
        self.counts.run += 1;
        let code = self.code.clone();
        let part = &code.parts[guest.part];
        let mut realised = self.realise(guest, before, tracking)?;
        // An instance whose turn fails is of no use any more.
        run(&mut self.scope, &mut realised.instance, part, call, outbox, oracle)?;
        let after = self.images.snapshot(&mut realised);
        self.keep(guest.part, realised);
        Ok(after)
    }

    /// Notes how a turn ended, under all that it asked.
    fn remember(
        &mut self,
        root: u128,
        now: Duration,
        result: &Result<ImageNumber, Failure>,
        outbox: &Outbox,
    ) {
        let mut key = root;
        for asked in &questions(&mut self.scope).asked {
            let (known, answer) = match *asked {
                Asked::Number { bound, taken } => (Known::Number { bound }, taken.into()),
                Asked::Now(_) => {
                    self.tells_time = true;
                    (Known::Now, nanoseconds(now))
                }
            };
            self.table.insert(key, known);
            key = child(key, answer);
        }
        let over = Over { result: result.clone(), outbox: outbox.clone() };
        self.bytes += size_of::<Over>() + 64 * (1 + outbox.effects().len());
        self.table.insert(key, Known::Over(Box::new(over)));
    }

    /// The key of a turn, before anything that it asks.
    fn root(
        &mut self,
        guest: &Guest,
        before: ImageNumber,
        call: &Call<'_>,
        outbox: &Outbox,
    ) -> u128 {
        let key = &mut self.key;
        key.clear();
        let mut number = |number: u64| key.extend_from_slice(&number.to_le_bytes());
        number(guest.part as u64);
        number(guest.id.bits());
        number(before.index());
        for made in outbox.made() {
            number(made.into());
        }
        number(outbox.group().map_or(0, |group| group.id.0));
        number(outbox.group().map_or(0, |group| u64::from(group.asker.is_some())));
        number(call.asked.len() as u64);
        call.asked.iter().for_each(|group| number(group.id.0));
        let nothing = Payload::default();
        // The sort of work, and its task or condition: as many numbers for all sorts, or one could be taken for another.
        let (sort, whose, kind, encoding, payload) = match call.work {
            Work::Initialize(init) => (0, 0, None, init.encoding, &init.payload),
            Work::Resume { task, .. } => (4, *task, None, Encoding::Bytes, &nothing),
            Work::Deliver { task, message } => {
                let failed = match message.errand.as_deref() {
                    Some(Errand::Answer { failed, .. }) => *failed,
                    Some(Errand::Operation { .. }) | None => false,
                };
                let Event { kind, encoding, payload } = &message.event;
                (5 + u64::from(failed), *task, Some(*kind), *encoding, payload)
            }
            Work::Judge(judgement) => {
                let Event { kind, encoding, payload } = &judgement.message.event;
                (7, judgement.condition, Some(*kind), *encoding, payload)
            }
            Work::Handle(message) => {
                let Event { kind, encoding, payload } = &message.event;
                (1, 0, Some(*kind), *encoding, payload)
            }
            Work::Passed { event, deferred } => {
                (2 + u64::from(*deferred), 0, Some(event.kind), event.encoding, &event.payload)
            }
        };
        number(sort);
        number(whose.into());
        number(kind.map_or(0, |kind| kind.0.into()));
        number(encoding as u64);
        let firing = call.work.firing();
        number(firing.map_or(u64::MAX, |Firing { timer, ticks }| {
            (u64::from(timer) << 32) | u64::from(ticks)
        }));
        key.extend_from_slice(payload.as_slice());
        XxHash3_128::oneshot(key)
    }

    /// An instance of this actor that holds this image.
    fn realise(
        &mut self,
        guest: &Guest,
        image: ImageNumber,
        tracking: Tracking,
    ) -> Result<Realised, Failure> {
        let Guest { part, id, label, .. } = guest;
        let cached = &mut self.cached[*part];
        let has_marks = self.code.parts[*part].component.has_marks();
        let tracking = if has_marks { tracking } else { Tracking::Compare };
        let bytes = self.images.memory_bytes(image);
        let fits = |realised: &Realised| {
            let instance = &realised.instance;
            let fits = instance.memory().is_some_and(|memory| memory.len() <= bytes);
            fits && instance.tracking() == tracking
        };
        let holds = |realised: &Realised| fits(realised) && realised.holds() == Some(image);
        let place = cached.iter().position(holds).or_else(|| cached.iter().position(fits));
        let mut realised = match place {
            Some(place) => cached.swap_remove(place),
            None => Realised::new(self.instance(*part, *id, label, tracking)?),
        };
        self.images.restore(&mut realised, image)?;
        realised.instance.set_identity(*id, label);
        Ok(realised)
    }

    fn instance(
        &self,
        part: usize,
        id: ActorId,
        label: &str,
        tracking: Tracking,
    ) -> Result<Instance, Failure> {
        let Part { component, kind, .. } = &self.code.parts[part];
        Instance::tracked(component, &self.code.shared, kind, id, label.into(), tracking)
    }

    fn keep(&mut self, part: usize, realised: Realised) {
        let kept = &mut self.cached[part];
        if kept.len() >= CACHED_MAX {
            kept.remove(0);
        }
        kept.push(realised);
    }

    /// The image of a fresh instance.
    fn fresh(&mut self, part: usize) -> Result<ImageNumber, Failure> {
        if let Some(fresh) = self.fresh[part] {
            return Ok(fresh);
        }
        let (id, label) = (ActorId::ENVIRONMENT, self.code.parts[part].kind.name.clone());
        let mut realised = Realised::new(self.instance(part, id, &label, self.tracking)?);
        let fresh = self.images.snapshot(&mut realised);
        self.fresh[part] = Some(fresh);
        self.keep(part, realised);
        Ok(fresh)
    }

    /// Everything that is known is forgotten once it takes too much memory.
    fn limit_memory(&mut self) {
        if self.bytes + self.images.bytes() <= self.bytes_max {
            return;
        }
        self.table.clear();
        self.kept.clear();
        self.kept_monitors.clear();
        self.images.clear();
        self.fresh.fill(None);
        self.cached.iter_mut().for_each(Vec::clear);
        if let Some((_, known)) = &mut self.begun {
            *known = None;
        }
        self.bytes = 0;
    }
}

impl Guests for Turns {
    fn begin(&mut self) {
        self.guests.clear();
        self.limit_memory();
        self.monitors.clear();
        self.monitors.extend(self.watching.iter().map(|&part| Guest {
            part,
            id: ActorId::ENVIRONMENT,
            label: self.code.parts[part].kind.name.as_str().into(),
            state: State::Unborn,
            next: None,
        }));
        self.put_begun();
    }

    fn turn(
        &mut self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure> {
        let Turn { slot, work } = turn;
        let place = slot.index();
        if self.guests.len() <= place {
            self.guests.resize_with(place + 1, || None);
        }
        let part = kernel.definition(*slot);
        if let Work::Handle(message) = work {
            self.covered.insert((part, kernel.state(*slot), message.event.kind));
        }
        let guest = self.guests[place].take().unwrap_or_else(|| Guest {
            part: part as usize,
            id: kernel.id(*slot),
            label: kernel.label(*slot).into(),
            state: State::Unborn,
            next: None,
        });
        let asked = kernel.asked(*slot).chain(work.group()).cloned().collect();
        let call = Call { now: kernel.now(), work, asked };
        let payload = self.story.is_some().then(|| self.work_text(&guest, work)).flatten();
        let (guest, result) = self.handle(guest, &call, outbox, oracle);
        self.guests[place] = Some(guest);
        if let Some(story) = &mut self.story
            && !matches!(work, Work::Judge(_))
        {
            let (effects, halts) = (outbox.effects().to_vec(), outbox.halts());
            let notifications = outbox.notifications().to_vec();
            *story = Story { payload, effects, notifications, halts };
        }
        result
    }

    fn kind_name(&self, kind: Kind) -> String {
        self.code.shared.kinds.name(kind)
    }

    fn commit(&mut self, slot: Slot, ended: Ended) {
        match ended {
            Ended::Alive => {
                let guest = self.guests[slot.index()].as_mut().expect("it has just had a turn");
                if let Some(next) = guest.next.take() {
                    guest.state = State::Image(next);
                }
            }
            Ended::Dropped => self.guests[slot.index()] = None,
        }
    }

    fn recover(&mut self, slot: Slot, recovery: Recovery) {
        // Whom a fault ends may never have had a turn.
        if recovery != Recovery::Resumed
            && let Some(guest) = self.guests.get_mut(slot.index())
        {
            *guest = None;
        }
    }

    fn watch(&mut self, monitor: u32, notice: Option<&Event>) -> Result<Option<u32>, Failure> {
        let place = monitor as usize;
        let guest = std::mem::replace(&mut self.monitors[place], Guest::vacant());
        let work = match notice {
            None => Work::Initialize(Init::empty()),
            Some(event) => Work::Handle(Message::plain(ActorId::ENVIRONMENT, event.clone())),
        };
        let call = Call { now: Duration::ZERO, work: &work, asked: Vec::new() };
        let mut outbox = std::mem::take(&mut self.monitor_outbox);
        outbox.clear();
        let (mut guest, result) = self.handle(guest, &call, &mut outbox, &mut None);
        if let Some(next) = guest.next.take() {
            guest.state = State::Image(next);
        }
        let state = self.code.parts[guest.part].table.monitor_state(outbox.stack());
        self.monitors[place] = guest;
        self.monitor_outbox = outbox;
        result.and(state)
    }
}

/// Runs a turn in this instance.
fn run(
    scope: &mut Option<Box<TurnScope>>,
    instance: &mut Instance,
    part: &Part,
    call: &Call<'_>,
    outbox: &mut Outbox,
    oracle: &mut Option<Box<Oracle>>,
) -> Result<(), Failure> {
    let lent = scope.as_mut().expect("an instance gives the scope back");
    std::mem::swap(&mut lent.outbox, outbox);
    lent.now = call.now;
    lent.kind = call.work.event_kind();
    lent.firing = call.work.firing();
    lent.opened.clear();
    lent.asked.clone_from(&call.asked);
    let asking = lent.questions.as_mut().expect("an exploration answers questions");
    asking.begin();
    asking.oracle = oracle.take();
    let result = instance.turn(call.work, &part.table, &part.component.exports, scope);
    let lent = scope.as_mut().expect("an instance gives the scope back");
    std::mem::swap(&mut lent.outbox, outbox);
    *oracle = questions(scope).oracle.take();
    result
}

fn questions(scope: &mut Option<Box<TurnScope>>) -> &mut Questions {
    let scope = scope.as_mut().expect("an instance gives the scope back");
    scope.questions.as_mut().expect("an exploration answers questions")
}

/// The key of what comes after an answer.
fn child(key: u128, answer: u64) -> u128 {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(&key.to_le_bytes());
    bytes[16..].copy_from_slice(&answer.to_le_bytes());
    XxHash3_128::oneshot(&bytes)
}

fn nanoseconds(now: Duration) -> u64 {
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
