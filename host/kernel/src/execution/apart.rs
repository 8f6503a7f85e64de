//! What a step does that is not known yet, seen without the app around it.
//!
//! Most steps are a matter of one actor and one message. So nobody has to bring the app to where such a step is taken for
//! the first time: the actor takes it alone in a kernel, as if all others lived on another shard. What does not turn out
//! to be such a step is left to the app.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::learning::{Before, kept_content};
use super::noted::kept_monitor;
use super::{Execution, asked};
use crate::atlas::{Atlas, Content, Node, Notice, Walk, Watched};
use crate::cell::CellKind;
use crate::event::Message;
use crate::exchange::{Created, Exchange, Parcel, Place, ShardIndex};
use crate::id::ActorId;
use crate::kernel::{Begun, Output, Work};
use crate::search::Snapshots;
use crate::step::Enabled;

/// Where all lives that the kernel does not have. Whether it does is for those to find out who take the step.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// What was sent there.
    pub(super) sent: Vec<(ActorId, Message)>,
    /// Whether there was anything else.
    is_strange: bool,
}

const HERE: ShardIndex = 0;

const THERE: ShardIndex = 1;

impl Exchange for Elsewhere {
    fn here(&self) -> ShardIndex {
        HERE
    }

    fn find(&self, _: ActorId) -> Option<Place> {
        Some(Place::Shard(THERE))
    }

    fn room(&self) -> usize {
        // Half of it is taken for room that is left.
        usize::MAX / 2
    }

    fn bind(&mut self, _: ActorId, _: ActorId, _: u32) -> Result<Created, ShardIndex> {
        Ok(Created::Here)
    }

    fn bind_cell(&mut self, _: ActorId, _: CellKind) {
        self.is_strange = true;
    }

    fn reserve(&mut self, _: ActorId, _: u32) {
        self.is_strange = true;
    }

    fn retire(&mut self, _: ActorId) {}

    fn push(&mut self, _: ShardIndex, parcel: Parcel) {
        match parcel {
            Parcel::Message { to, message } => self.sent.push((to, message)),
            Parcel::Create { .. }
            | Parcel::Watch { .. }
            | Parcel::Held { .. }
            | Parcel::Released { .. } => self.is_strange = true,
        }
    }
}

impl<G: Snapshots> Execution<G> {
    /// Lets an actor take a step alone, and an atlas learn what it does; whether it did. The step was chosen last by the
    /// oracle, which is behind that choice, or some draws of the step.
    #[cold]
    pub(super) fn learn_apart(
        &mut self,
        (node, content): (Node, Content),
        draws: usize,
        walk: &Walk,
        atlas: &mut Atlas,
    ) -> bool {
        let Some((actor, message)) = atlas.kept(node, content) else { return false };
        if !atlas.has_room() || self.guests.tells_time() {
            return false;
        }
        let kernel = self.apart.take();
        let mut kernel = kernel.unwrap_or_else(|| Box::new(self.world.kernel.emptied()));
        let step = kernel.put_alone(actor, message);
        core::mem::swap(&mut self.kernel, &mut kernel);
        let learned = self.guests.put_kept(step.slot, atlas.key_of(node))
            && self.take_apart(&step, (node, content), draws, walk, atlas);
        core::mem::swap(&mut self.kernel, &mut kernel);
        self.apart = Some(kernel);
        learned
    }

    /// Lets a monitor that is this hear of something, and an atlas learn what it does; whether it did.
    #[cold]
    pub(super) fn watch_apart(&mut self, notice: Notice, node: Node, atlas: &mut Atlas) -> bool {
        let Notice { monitor, content } = notice;
        let Some(message) = atlas.kept_message(content).filter(|_| atlas.has_room()) else {
            return false;
        };
        let event = message.event.clone();
        let Some(state) = self.guests.put_monitor(monitor, atlas.key_of(node)) else {
            return false;
        };
        let watched = if self.monitors.would_ignore(monitor, state, event.kind) {
            Watched { after: node, state: None, turns: 0 }
        } else {
            // Whatever it finds is found again in the app.
            let Ok(entered) = self.guests.watch(monitor, Some(&event)) else { return false };
            let now = entered.unwrap_or(state);
            let after = atlas.node(kept_monitor(&mut self.guests, monitor, now));
            Watched { after, state: (now != state).then_some(now), turns: 1 }
        };
        atlas.note_watched((node, content), watched);
        true
    }

    /// Takes the only step of the kernel's only actor.
    fn take_apart(
        &mut self,
        step: &Enabled,
        (node, content): (Node, Content),
        draws: usize,
        walk: &Walk,
        atlas: &mut Atlas,
    ) -> bool {
        asked(&mut self.oracle).rewind(draws);
        self.noted.begin(kept_monitor);
        let (actor, origin) = (self.kernel.id(step.slot), self.kernel.origin(step.slot));
        let serials = self.kernel.serials();
        let before =
            Before { actor, origin, node, content, fired: None, awaits: false, serials, draws };
        let mut elsewhere = Elsewhere::default();
        let is_plain = match self.kernel.begin(step, &mut self.outbox, &mut elsewhere) {
            Begun::Turn(turn) if matches!(turn.work, Work::Handle(_) | Work::Initialize(_)) => {
                self.note_taken(&turn);
                let ran = self.guests.turn(&self.kernel, &turn, &mut self.outbox, &mut self.oracle);
                let slot = turn.slot;
                let has_ended = ran.is_ok() && asked(&mut self.oracle).diverged().is_none();
                let commit = || self.kernel.commit(turn, &mut self.outbox, &mut elsewhere).ok();
                let ended = has_ended.then(commit).flatten();
                if let Some(ended) = ended {
                    self.guests.commit(slot, ended);
                    self.noted.turn(true);
                }
                ended.is_some()
            }
            Begun::Over => true,
            Begun::Turn(_) | Begun::Hit { .. } => false,
        };
        let notices = if is_plain { self.notices_apart(atlas) } else { None };
        self.outbox.clear();
        self.noted.end();
        let Some(notices) = notices.filter(|_| !elsewhere.is_strange) else { return false };
        if self.guests.tells_time() {
            return false;
        }
        let apart = Some((&elsewhere, walk));
        let Some(learned) = self.learned(&before, notices, apart, atlas) else { return false };
        let draws = self.draws_since(draws);
        atlas.note((node, content), &draws, Some(learned));
        true
    }

    /// What the monitors are to be notified of; none if more became of the step than that.
    fn notices_apart(&mut self, atlas: &mut Atlas) -> Option<Vec<Notice>> {
        let mut notices = Vec::new();
        for output in self.kernel.take_outputs() {
            match output {
                Output::Notified { notifications, .. } => {
                    notices.extend(notifications.into_iter().filter_map(|(name, event)| {
                        let monitor = self.monitors.number(&name)?;
                        let message = Message::plain(ActorId::ENVIRONMENT, event);
                        let content = kept_content(&message, atlas);
                        Some(Notice { monitor, content })
                    }));
                }
                Output::Halted { .. } | Output::DeadLetter(_) => {}
                Output::Failed { .. }
                | Output::Violation(_)
                | Output::Reply { .. }
                | Output::Admitted(_)
                | Output::Refused(..) => return None,
            }
        }
        Some(notices)
    }
}
