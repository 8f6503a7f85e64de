//! Executions that take what is known from an atlas, and leave the rest to the kernel.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Ending, Execution, asked, left};
use crate::actor::Slot;
use crate::atlas::{
    Arming, Atlas, Birth, Cast, Content, Effect, Entry, Learned, Node, Notice, OffChart, Position,
    START, Sent, Taken, Walk, Watched, nanoseconds,
};
use crate::event::{Event, Message};
use crate::exchange::{Exchange as _, Place};
use crate::id::ActorId;
use crate::kernel::local::{Armed, message_key};
use crate::kernel::{Touch, hash_of};
use crate::search::Snapshots;
use crate::step::{Enabled, Step};
use crate::strategy::{Done, Oracle};
use crate::timer::TimerId;
use crate::trace::Choice;

/// What is noted of the present step, while somebody learns from it.
#[derive(Debug)]
pub(super) struct Noted<G> {
    /// The key of a monitor in a state; none while nobody learns.
    key: Option<fn(&G, u32, u32) -> u128>,
    turns: u32,
    failed: bool,
    taken: Option<Taken>,
    watched: Vec<Noticed>,
}

/// What a monitor did with a notice.
#[derive(Debug)]
struct Noticed {
    monitor: u32,
    event: Event,
    before: u128,
    after: u128,
    state: Option<u32>,
    turns: u32,
}

impl<G> Default for Noted<G> {
    fn default() -> Self {
        Self { key: None, turns: 0, failed: false, taken: None, watched: Vec::new() }
    }
}

impl<G> Noted<G> {
    fn begin(&mut self) {
        (self.turns, self.failed, self.taken) = (0, false, None);
        self.watched.clear();
    }

    /// Whether somebody learns: nothing is noted otherwise.
    pub(super) fn is_open(&self) -> bool {
        self.key.is_some()
    }

    /// A turn of an actor has ended.
    pub(super) fn turn(&mut self, committed: bool) {
        if self.is_open() {
            self.turns += 1;
            self.failed |= !committed;
        }
    }

    /// An event was taken.
    pub(super) fn take(&mut self, taken: Taken) {
        self.taken = Some(taken);
    }

    /// The key of a monitor in this state, while somebody learns.
    pub(super) fn monitor_key(&self, guests: &G, monitor: u32, state: u32) -> Option<u128> {
        Some(self.key?(guests, monitor, state))
    }

    /// A monitor has heard of an event, in so many turns, and was this before and after.
    pub(super) fn watch(
        &mut self,
        (monitor, event): (u32, &Event),
        (before, after): (Option<u128>, Option<u128>),
        state: Option<u32>,
        turns: u32,
    ) {
        if let (Some(before), Some(after)) = (before, after) {
            let event = event.clone();
            self.watched.push(Noticed { monitor, event, before, after, state, turns });
        }
    }
}

/// The key of a monitor in a state.
fn monitor_key<G: Snapshots>(guests: &G, monitor: u32, state: u32) -> u128 {
    hash_of((monitor, state, guests.monitor_image(monitor)))
}

/// The slot of a receiver that is gone.
const NOWHERE: u32 = u32::MAX;

/// What a step is about, as the atlas has it.
struct Before {
    actor: ActorId,
    /// What its effects are counted by.
    origin: u32,
    node: Node,
    content: Content,
    /// The timer that fires, if it will fire again.
    fired: Option<TimerId>,
    /// Whether anything else is on its way to the actor.
    awaits: bool,
    serials: u32,
    /// The place of its first draw among the choices.
    draws: usize,
}

/// Why a walk ended before the execution did: after so many choices comes a step that is not known, or not plain.
struct Unknown {
    at: usize,
}

impl<G: Snapshots> Execution<G> {
    /// Executes the app from its start to its end, with answers from this oracle, as [`run`](Self::run) does, but what is
    /// known from earlier executions is taken from the atlas. The kernel, and the guests, are where the execution ended
    /// only if it was they who came to its end.
    ///
    /// A share of the executions that the kernel took no part in is repeated in it and compared, and every one that it
    /// has to finish is compared as far as it went.
    pub fn explore(
        &mut self,
        mut oracle: Box<Oracle>,
        seed: u64,
        atlas: &mut Atlas,
    ) -> (Box<Oracle>, Ending) {
        oracle.begin(seed);
        if !atlas.is_open() || oracle.strategy().looks_at_app() {
            let ending = self.begin_app(oracle);
            return self.go_on(ending, None);
        }
        let Some(start) = atlas.start() else {
            let ending = self.begin_app(oracle);
            if ending.is_none() {
                let start = self.start_of_walks(atlas);
                atlas.set_start(start);
            }
            return self.go_on(ending, Some(atlas));
        };
        let mut walk = self.walk.take().unwrap_or_default();
        walk.restart(start);
        if let Some(before) = &start.before {
            self.monitors.put_back(before);
        }
        let walked = self.walk(&mut oracle, atlas, &mut walk);
        let turns = walk.turns;
        self.walk = Some(walk);
        match walked {
            Ok(ending) => {
                atlas.earn(oracle.counted());
                if atlas.is_to_be_compared(oracle.counted(), turns) {
                    return self.compare(oracle, ending, atlas);
                }
                oracle.strategy().end();
                (oracle, ending)
            }
            Err(Unknown { at }) => {
                atlas.lose(oracle.counted());
                let ending = self.catch_up(oracle, at, atlas);
                self.go_on(ending, Some(atlas))
            }
        }
    }

    /// The app before its first step; none if it cannot be walked on.
    fn start_of_walks(&mut self, atlas: &mut Atlas) -> Option<Walk> {
        let kernel = &self.world.kernel;
        if !kernel.is_plain() || !kernel.is_full() || kernel.armed().next().is_some() {
            return None;
        }
        self.noted.key = Some(monitor_key);
        let nodes = self.kernel.slots().map(|slot| self.node(slot, atlas)).collect();
        let monitors = (0..self.monitors.count()).map(|monitor| self.watcher(monitor, atlas));
        let monitors = monitors.collect();
        let begun = self.monitors.clone();
        let content = |message: &Message| atlas.content(message_key(message));
        let births = self.kernel.births_left(&self.world.exchange);
        let mut walk = Walk::new(&self.kernel, begun, nodes, monitors, births, content)?;
        if self.world.states.is_none() {
            // Those in which the monitors started.
            walk.turns = self.monitors.count().into();
        }
        Some(walk)
    }

    /// Who takes part in the app, which has just begun.
    pub(crate) fn cast(&self) -> Result<Cast, OffChart> {
        let is_told = self.monitors.are_told_of_dropped();
        Cast::new(&self.kernel, self.monitors.count(), is_told)
    }

    /// The app as it is now.
    pub(crate) fn position(
        &self,
        cast: &mut Cast,
        atlas: &mut Atlas,
    ) -> Result<Position, OffChart> {
        if !self.kernel.is_plain() || self.guests.tells_time() {
            return Err(OffChart::Strange);
        }
        let nodes = self.kernel.slots().map(|slot| (slot, self.node(slot, atlas)));
        let nodes: Vec<_> = nodes.collect();
        let node = |slot| nodes.iter().find(|node| node.0 == slot).expect("all have one").1;
        let monitors = (0..self.monitors.count())
            .map(|monitor| (self.watcher(monitor, atlas), self.monitors.state(monitor)));
        let monitors: Vec<_> = monitors.collect();
        let content = |key| atlas.content(key);
        let is_gone = |id| self.exchange.find(id) == Some(Place::Gone);
        Position::of(cast, &self.kernel, node, is_gone, &monitors, content)
    }

    /// The step that has this [timeless](crate::Kernel::timeless) name, of those that can be taken.
    ///
    /// # Panics
    ///
    /// If none has.
    pub(crate) fn named(&self, seen: &[Enabled], name: Step) -> Step {
        let mut steps = seen.iter();
        let step = steps.find(|enabled| self.kernel.timeless(enabled) == name);
        step.expect("a turn did not repeat itself").step
    }

    /// Takes one of the steps that were [seen](Self::seen) here, with these draws, then 0, and lets an atlas learn what it
    /// does; how the execution ended, if it did, and whether the step was plain.
    pub(crate) fn learn(
        &mut self,
        seen: &[Enabled],
        step: Step,
        draws: Vec<u32>,
        atlas: &mut Atlas,
    ) -> (Option<Ending>, bool) {
        self.direct(Some(step), draws);
        let oracle = asked(&mut self.oracle);
        let place = oracle.step(Some(&self.kernel), seen).expect("the step is among them");
        let learned = self.perform_noting(seen[place], atlas);
        self.noted.key = None;
        learned
    }

    /// The key of a state in which nothing is left to be done: equal ones have equal keys.
    pub(crate) fn final_key(&mut self) -> u128 {
        if !self.kernel.is_plain() || self.kernel.armed().next().is_some() {
            return self.key();
        }
        let actors =
            self.kernel.slots().map(|slot| self.kernel.local_key(slot, self.guests.image(slot)));
        let monitors = (0..self.monitors.count())
            .map(|monitor| monitor_key(&self.guests, monitor, self.monitors.state(monitor)));
        actors.chain(monitors).fold(0, u128::wrapping_add)
    }

    fn node(&self, slot: Slot, atlas: &mut Atlas) -> Node {
        atlas.node(self.kernel.local_key(slot, self.guests.image(slot)))
    }

    /// The number of a monitor as it is now.
    fn watcher(&self, monitor: u32, atlas: &mut Atlas) -> Node {
        atlas.node(monitor_key(&self.guests, monitor, self.monitors.state(monitor)))
    }

    /// Walks from the start to the end of the execution, or to where it is not known how to go on.
    fn walk(
        &mut self,
        oracle: &mut Oracle,
        atlas: &mut Atlas,
        walk: &mut Walk,
    ) -> Result<Ending, Unknown> {
        loop {
            let before = oracle.counted();
            let unknown = Unknown { at: before as usize };
            let enabled = walk.enabled();
            if enabled.is_empty() {
                return Ok(self.rest());
            }
            if before >= self.bounds.steps_max {
                return Ok(Ending::Cut);
            }
            let place = match oracle.step(None, enabled) {
                Ok(place) => place,
                Err(diverged) => return Ok(left(diverged)),
            };
            let (node, content) = walk.take(place);
            let mut entry = atlas.entry(node, content);
            let known = loop {
                match entry {
                    Some(Entry::Over(known)) => break known,
                    Some(Entry::Draw { number, bound }) => {
                        match oracle.number(walk.last().step.actor(), bound) {
                            Ok(taken) => entry = atlas.after_draw(number, taken),
                            Err(diverged) => return Ok(left(diverged)),
                        }
                    }
                    Some(Entry::Strange) | None => return Err(unknown),
                }
            };
            let number = known.number();
            if !walk.perform(known) || !walk.watch(known, atlas) {
                return Err(unknown);
            }
            atlas.meet(number);
            if self.monitors.count() > 0 {
                self.notified.clear();
                for &(monitor, state) in walk.watched() {
                    self.note_notified(monitor);
                    if let Some(state) = state {
                        self.monitors.enter(monitor, state);
                    }
                }
                let fair = oracle.is_fair();
                if let Some(bug) = self.warm_up(fair, oracle.counted() - before) {
                    return Ok(Ending::Bug(Box::new(bug)));
                }
            }
            oracle.done(&Done { step: walk.last(), monitors: &self.notified, kernel: None });
        }
    }

    /// Brings the kernel and the guests to where the oracle was after so many choices; how the execution ended, if that
    /// was not possible.
    fn catch_up(
        &mut self,
        mut oracle: Box<Oracle>,
        choices: usize,
        atlas: &mut Atlas,
    ) -> Option<Ending> {
        let walked = self.monitors.clone();
        oracle.rewind();
        let mut ending = self.begin_app(oracle);
        while ending.is_none() && (asked(&mut self.oracle).counted() as usize) < choices {
            ending = self.choose().map_or_else(Some, |step| {
                self.last = Some(step);
                self.act(step)
            });
        }
        if let Some(ending) = &ending {
            let at = asked(&mut self.oracle).counted();
            atlas.differ(format!("after {at} of {choices} known choices: {ending:?}"));
        } else if !self.monitors.is_like(&walked) {
            atlas.differ(format!("after {choices} known choices, monitors: {walked:?}"));
        }
        // For how long they have been hot depends on when the strategy was fair.
        self.monitors = walked;
        ending
    }

    /// Repeats an execution that was walked.
    fn compare(
        &mut self,
        oracle: Box<Oracle>,
        walked: Ending,
        atlas: &mut Atlas,
    ) -> (Box<Oracle>, Ending) {
        let choices = oracle.counted() as usize;
        self.guests.compare_all(true);
        let ending = self.catch_up(oracle, choices, atlas);
        self.guests.compare_all(false);
        if ending.is_none() {
            // The heat of monitors does not show in the app, and comes first.
            let overheated = self.overheated(true).map(|bug| Ending::Bug(Box::new(bug)));
            let cut = || (walked == Ending::Cut).then_some(Ending::Cut);
            let ends = overheated.or_else(|| self.survey()).or_else(cut);
            if ends.as_ref() != Some(&walked) {
                atlas.differ(format!("after {choices} known choices: {walked:?}, not {ends:?}"));
            }
        }
        let mut oracle = self.oracle.take().expect("an execution has begun");
        oracle.strategy().end();
        (oracle, walked)
    }

    /// Goes on in the kernel to the end of the execution, and lets an atlas learn from it up to the first step that is
    /// not plain.
    fn go_on(
        &mut self,
        mut ending: Option<Ending>,
        mut atlas: Option<&mut Atlas>,
    ) -> (Box<Oracle>, Ending) {
        loop {
            if let Some(ending) = ending {
                self.noted.key = None;
                return (self.end(), ending);
            }
            if atlas.as_ref().is_some_and(|atlas| !atlas.learns()) {
                atlas = None;
                self.noted.key = None;
            }
            ending = match self.choose() {
                Err(ending) => Some(ending),
                Ok(step) => match atlas.as_deref_mut() {
                    None => self.perform(step),
                    Some(known) => {
                        let (ended, plain) = self.perform_noting(step, known);
                        if !plain {
                            atlas = None;
                            self.noted.key = None;
                        }
                        ended
                    }
                },
            };
        }
    }

    /// Takes a step, and notes what it did; how the execution ended, if it did, and whether the step was plain.
    fn perform_noting(&mut self, step: Enabled, atlas: &mut Atlas) -> (Option<Ending>, bool) {
        self.noted.key = Some(monitor_key);
        self.noted.begin();
        let before = self.before(step, atlas);
        let ending = self.perform(step);
        let Some(before) = before.filter(|_| ending.is_none()) else { return (ending, false) };
        (ending, self.note(&before, atlas))
    }

    fn before(&mut self, step: Enabled, atlas: &mut Atlas) -> Option<Before> {
        let mut fired = None;
        let content = match step.step {
            Step::Start(_) => START,
            Step::Deliver(_) => {
                let message = self.kernel.message_of(&step).expect("an enabled message is there");
                atlas.content(message_key(message))
            }
            Step::Fire { timer, .. } => {
                let armed = self.kernel.armed_one(step.slot, timer);
                fired = armed.is_periodic.then_some(timer);
                atlas.content(armed.key)
            }
            _ => return None,
        };
        let arriving = usize::from(matches!(step.step, Step::Deliver(_)));
        let awaits = self.kernel.on_its_way(step.slot).len() > arriving;
        let node = self.node(step.slot, atlas);
        let (actor, origin) = (self.kernel.id(step.slot), self.kernel.origin(step.slot));
        let (serials, draws) = (self.kernel.serials(), asked(&mut self.oracle).counted() as usize);
        Some(Before { actor, origin, node, content, fired, awaits, serials, draws })
    }

    /// Notes what a step did unless it is known; whether it was plain.
    fn note(&mut self, before: &Before, atlas: &mut Atlas) -> bool {
        let choices = &self.oracle.as_ref().expect("an execution is under way").trace().choices;
        let draws = choices[before.draws..].iter().filter_map(|choice| match *choice {
            Choice::Number { taken, bound, .. } => Some((bound, taken)),
            Choice::Step { .. } => None,
        });
        let draws: Vec<_> = draws.collect();
        let notices = self.note_watched(atlas);
        let tells = self.monitors.are_told_of_dropped();
        if tells && before.awaits && self.kernel.slot(before.actor).is_none() {
            // What it lost was told of, and is not there another time.
            return false;
        }
        match atlas.known(before.node, before.content, &draws) {
            Some(Entry::Over(_)) => return true,
            Some(Entry::Strange) => return false,
            Some(Entry::Draw { .. }) | None => {}
        }
        let learned = self.learned(before, notices, atlas);
        let plain = learned.is_some();
        atlas.note((before.node, before.content), &draws, learned);
        plain
    }

    /// Notes what monitors did with what the step notified them of.
    fn note_watched(&mut self, atlas: &mut Atlas) -> Vec<Notice> {
        let note = |noticed| {
            let Noticed { monitor, event, before, after, state, turns } = noticed;
            let content = atlas.content(message_key(&Message::plain(ActorId::ENVIRONMENT, event)));
            let (before, after) = (atlas.node(before), atlas.node(after));
            atlas.note_watched((before, content), Watched { after, state, turns });
            Notice { monitor, content }
        };
        self.noted.watched.drain(..).map(note).collect()
    }

    /// What the step did that was just taken; none if it is not plain.
    fn learned(
        &mut self,
        before: &Before,
        notices: Vec<Notice>,
        atlas: &mut Atlas,
    ) -> Option<Learned> {
        let Before { actor, origin, .. } = *before;
        if self.noted.failed || !self.kernel.did_plainly(actor) {
            return None;
        }
        let mut effects = Vec::new();
        for lost in self.kernel.lost().iter().filter(|lost| lost.serial > before.serials) {
            // All that it lost it sent itself; whoever is told of such things would not be another time.
            if lost.from != actor || self.monitors.are_told_of_dropped() {
                return None;
            }
            let (receiver, content) = (lost.to, atlas.content(lost.key));
            let kind = lost.kind;
            let sent = Sent { to: NOWHERE, receiver, content, kind, must_handle: false };
            effects.push((lost.serial, Effect::Send(sent)));
        }
        for pending in self.kernel.all_pending() {
            if pending.enabled.serial <= before.serials {
                continue;
            }
            if pending.stamp.origin != origin || pending.stamp.copy > 0 {
                return None;
            }
            let slot = pending.enabled.slot;
            let name = self.kernel.id(slot);
            let effect = match pending.message {
                None => {
                    let (node, room) = (self.node(slot, atlas), self.kernel.room_at_birth(slot));
                    Effect::Bear(Birth { name, node, room })
                }
                Some(message) if message.from == actor => {
                    let (content, kind) = (atlas.content(message_key(message)), message.event.kind);
                    let must_handle = message.options.must_handle;
                    Effect::Send(Sent { to: slot.0, receiver: name, content, kind, must_handle })
                }
                Some(_) => return None,
            };
            effects.push((pending.enabled.serial, effect));
        }
        if self.kernel.armed().next().is_some() && self.guests.tells_time() {
            return None;
        }
        let mut lost = before.fired;
        for timer in self.kernel.armed().filter(|timer| timer.stamp.serial > before.serials) {
            let Armed { id, kind, key, .. } = timer;
            // A timer that would have fired again was stopped by what it fired, unless it is there.
            lost = lost.filter(|&lost| lost != id);
            let (due, content) = (nanoseconds(timer.due)?, atlas.content(key));
            effects.push((timer.stamp.serial, Effect::Arm(Arming { id, content, kind, due })));
        }
        let brought_up = effects.len() + usize::from(lost.is_some());
        if brought_up != (self.kernel.serials() - before.serials) as usize {
            return None;
        }
        effects.sort_unstable_by_key(|&(serial, _)| serial);
        let stops = self.kernel.stopped().map(Effect::Stop);
        let effects: Vec<_> = stops.chain(effects.into_iter().map(|(_, effect)| effect)).collect();
        // Whether others are there that it asked for is nowhere else.
        let is_met = |id: ActorId| {
            effects.iter().any(|effect| match effect {
                Effect::Send(sent) => sent.receiver == id,
                Effect::Bear(birth) => birth.name == id,
                Effect::Arm(_) | Effect::Stop(_) => false,
            })
        };
        let mut touched = self.kernel.touched().iter();
        if !touched.all(|touch| !matches!(touch, Touch::Named(id) if !is_met(*id))) {
            return None;
        }
        let after = self.kernel.slot(actor).map(|slot| self.node(slot, atlas));
        let taken = self.noted.taken;
        let joins = before.content == START || taken.is_some();
        let turns = self.noted.turns;
        Some(Learned { after, effects, notices, turns, joins, taken })
    }
}
