//! What a step did, for an [`Atlas`] to keep.

use alloc::vec::Vec;

use super::apart::Elsewhere;
use super::noted::{Noticed, kept_monitor, monitor_key};
use super::{Ending, Execution, asked};
use crate::actor::Slot;
use crate::atlas::{
    Arming, Atlas, Birth, Content, Effect, Entry, Learned, Node, Notice, START, Sent, Walk,
    Watched, nanoseconds,
};
use crate::event::Message;
use crate::id::ActorId;
use crate::kernel::Touch;
use crate::kernel::local::{Armed, message_key};
use crate::search::Snapshots;
use crate::step::{Enabled, Step};
use crate::timer::TimerId;
use crate::trace::Choice;

/// The slot of a receiver that is gone.
const NOWHERE: u32 = u32::MAX;

/// A message that a step sends to somebody, who is at this place if anywhere.
fn sent(
    receiver: ActorId,
    place: impl Fn(ActorId) -> u32,
    message: &Message,
    atlas: &mut Atlas,
) -> Sent {
    let (content, kind) = (kept_content(message, atlas), message.event.kind);
    Sent { to: place(receiver), receiver, content, kind, must_handle: message.options.must_handle }
}

/// The number of a message, which is kept for steps that are taken apart.
pub(super) fn kept_content(message: &Message, atlas: &mut Atlas) -> Content {
    let content = atlas.content(message_key(message));
    if atlas.is_walked() {
        atlas.keep_message(content, || Message { stamp: None, ..message.clone() });
    }
    content
}

/// What a step is about, as the atlas has it.
pub(super) struct Before {
    pub(super) actor: ActorId,
    /// What its effects are counted by.
    pub(super) origin: u32,
    pub(super) node: Node,
    pub(super) content: Content,
    /// The timer that fires, if it will fire again.
    pub(super) fired: Option<TimerId>,
    /// Whether anything else is on its way to the actor.
    pub(super) awaits: bool,
    pub(super) serials: u32,
    /// The place of its first draw among the choices.
    pub(super) draws: usize,
}

impl<G: Snapshots> Execution<G> {
    /// Takes a step, and notes what it did; how the execution ended, if it did, and whether the step was plain.
    pub(super) fn perform_noting(
        &mut self,
        step: Enabled,
        atlas: &mut Atlas,
    ) -> (Option<Ending>, bool) {
        self.noted.begin(kept_monitor);
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
        let draws = self.draws_since(before.draws);
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
        let learned = self.learned(before, notices, None, atlas);
        let plain = learned.is_some();
        atlas.note((before.node, before.content), &draws, learned);
        plain
    }

    /// What was drawn after so many choices: bounds and results.
    pub(super) fn draws_since(&self, choices: usize) -> Vec<(u32, u32)> {
        let draws = self.trace().choices[choices..].iter().filter_map(|choice| match *choice {
            Choice::Number { taken, bound, .. } => Some((bound, taken)),
            Choice::Step { .. } => None,
        });
        draws.collect()
    }

    /// Notes what monitors did with what the step notified them of.
    fn note_watched(&mut self, atlas: &mut Atlas) -> Vec<Notice> {
        let note = |noticed| {
            let Noticed { monitor, event, before, after, state, turns } = noticed;
            let content = kept_content(&Message::plain(ActorId::ENVIRONMENT, event), atlas);
            let (before, after) = (atlas.node(before), atlas.node(after));
            atlas.note_watched((before, content), Watched { after, state, turns });
            Notice { monitor, content }
        };
        self.noted.watched.drain(..).map(note).collect()
    }

    /// What the step did that was just taken, in the app or apart from it in an app that was walked on; none if it is not
    /// plain.
    pub(super) fn learned(
        &mut self,
        before: &Before,
        notices: Vec<Notice>,
        apart: Option<(&Elsewhere, &Walk)>,
        atlas: &mut Atlas,
    ) -> Option<Learned> {
        let actor = before.actor;
        let is_elsewhere = |id| apart.is_some() && self.kernel.slot(id).is_none();
        if self.noted.failed || !self.kernel.did_plainly(actor, is_elsewhere) {
            return None;
        }
        let mut effects = self.sent(before, apart, atlas)?;
        let stopped = self.arm(before, &mut effects, atlas)?;
        let brought_up = effects.len() + usize::from(stopped);
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
        let after = self.kernel.slot(actor).map(|slot| self.kept_node(slot, atlas));
        let taken = self.noted.taken;
        let joins = before.content == START || taken.is_some();
        let turns = self.noted.turns;
        Some(Learned { after, effects, notices, turns, joins, taken })
    }

    /// What the step sent, and whom it created, by serial; none if that is not plain.
    fn sent(
        &mut self,
        before: &Before,
        apart: Option<(&Elsewhere, &Walk)>,
        atlas: &mut Atlas,
    ) -> Option<Vec<(u32, Effect)>> {
        let Before { actor, origin, serials, .. } = *before;
        // Where somebody is that it sends to, which is looked at first.
        let place = |id| match apart {
            Some((_, walk)) => walk.slot_of(id),
            None => self.kernel.slot(id),
        };
        let place = |id| place(id).map_or(NOWHERE, |slot| slot.0);
        let (mut effects, mut born) = (Vec::new(), Vec::new());
        for lost in self.kernel.lost().iter().filter(|lost| lost.serial > serials) {
            // All that it lost it sent itself; whoever is told of such things would not be another time.
            if lost.from != actor || self.monitors.are_told_of_dropped() {
                return None;
            }
            let (receiver, content, kind) = (lost.to, atlas.content(lost.key), lost.kind);
            let sent = Sent { to: NOWHERE, receiver, content, kind, must_handle: false };
            effects.push((lost.serial, Effect::Send(sent)));
        }
        for pending in self.kernel.all_pending() {
            let Enabled { slot, serial, .. } = pending.enabled;
            if serial <= serials {
                continue;
            }
            if pending.stamp.origin != origin || pending.stamp.copy > 0 {
                return None;
            }
            match pending.message {
                None => born.push((serial, slot)),
                Some(message) if message.from == actor => {
                    let sent = sent(self.kernel.id(slot), place, message, atlas);
                    effects.push((serial, Effect::Send(sent)));
                }
                Some(_) => return None,
            }
        }
        for (to, message) in apart.iter().flat_map(|(elsewhere, _)| &elsewhere.sent) {
            let stamp = message.stamp.as_ref().expect("exploration stamps every message");
            effects.push((stamp.serial, Effect::Send(sent(*to, place, message, atlas))));
        }
        for (serial, slot) in born {
            let (name, room) = (self.kernel.id(slot), self.kernel.room_at_birth(slot));
            let node = self.kept_node(slot, atlas);
            effects.push((serial, Effect::Bear(Birth { name, node, room })));
        }
        Some(effects)
    }

    /// Adds what timers the step armed, by serial; whether the one that fired would have done so again and was stopped.
    /// None if that is not plain.
    fn arm(
        &self,
        before: &Before,
        effects: &mut Vec<(u32, Effect)>,
        atlas: &mut Atlas,
    ) -> Option<bool> {
        if self.kernel.armed().next().is_some() && self.guests.tells_time() {
            return None;
        }
        let mut lost = before.fired;
        for timer in self.kernel.armed().filter(|timer| timer.stamp.serial > before.serials) {
            let Armed { id, kind, key, .. } = timer;
            lost = lost.filter(|&lost| lost != id);
            let (due, content) = (nanoseconds(timer.due)?, atlas.content(key));
            effects.push((timer.stamp.serial, Effect::Arm(Arming { id, content, kind, due })));
        }
        Some(lost.is_some())
    }

    /// The number of an actor as it is now.
    pub(super) fn node(&self, slot: Slot, atlas: &mut Atlas) -> Node {
        atlas.node(self.kernel.local_key(slot, self.guests.image(slot)))
    }

    /// The number of an actor as it is now, which is kept for steps that it takes apart.
    pub(super) fn kept_node(&mut self, slot: Slot, atlas: &mut Atlas) -> Node {
        let node = self.node(slot, atlas);
        if atlas.is_walked() {
            atlas.keep_actor(node, || self.kernel.actor_by_itself(slot));
            self.guests.keep(slot, atlas.key_of(node));
        }
        node
    }

    /// The number of a monitor as it is now.
    pub(super) fn watcher(&self, monitor: u32, atlas: &mut Atlas) -> Node {
        atlas.node(monitor_key(&self.guests, monitor, self.monitors.state(monitor)))
    }
}
