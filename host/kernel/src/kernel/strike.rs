//! Faults: where each may strike now, and what it does.

use alloc::vec::Vec;

use super::arrival::{firing, stamp_of};
use super::explore::pending;
use super::{Begun, Kernel, Work};
use crate::actor::{Slot, Status};
use crate::delivery::{Delivery, TimerMode};
use crate::event::{Message, SendOptions};
use crate::exchange::Exchange;
use crate::failure::DeadReason;
use crate::fault::{Fault, FaultKind, FaultStep};
use crate::outbox::Outbox;
use crate::step::{Enabled, Step};
use crate::supervision::Recovery;

/// The actor of a step that is about none.
const NOBODY: Slot = Slot(0);

/// Where faults may strike. The steps that are not faults are known before.
impl Kernel {
    /// The faults that this kernel explores; steps name them by their place.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.exploration.as_ref().map_or(&[], |exploration| &exploration.rules.faults)
    }

    /// Whether this actor may have to begin anew although its supervision does not say so.
    pub(super) fn may_crash(&self, slot: Slot) -> bool {
        let definition = self.actor(slot).definition;
        let mut faults = self.faults().iter();
        faults.any(|fault| fault.kind == FaultKind::Crash && fault.hits_actor(definition))
    }

    /// Adds the faults that may strike now, and, where nothing else can happen, the end. The end is no choice while
    /// something waits behind a partition: that must heal first.
    pub(super) fn enabled_faults(&self, enabled: &mut Vec<Enabled>) {
        if self.faults().is_empty() {
            return;
        }
        let others = enabled.len();
        for &fault in &self.exploration().progress.splits {
            if self.cuts(fault) {
                enabled.push(about_nobody(Step::Fault(FaultStep::Heal { fault })));
            }
        }
        let heals = enabled.len() - others;
        for (fault, known) in (0..).zip(self.faults()) {
            if self.exploration().progress.budgets[fault as usize] > 0 {
                self.enabled_strikes(fault, known, enabled);
            }
        }
        if others == 0 && heals == 0 && !enabled.is_empty() {
            enabled.insert(0, about_nobody(Step::End));
        }
    }

    fn enabled_strikes(&self, fault: u32, known: &Fault, enabled: &mut Vec<Enabled>) {
        match known.kind {
            FaultKind::Crash | FaultKind::Reboot | FaultKind::Kill => {
                self.enabled_hits(fault, known, enabled);
            }
            FaultKind::Loss | FaultKind::Duplication | FaultKind::Delay | FaultKind::Reordering => {
                self.enabled_mishaps(fault, known, enabled)
            }
            FaultKind::Partition => {
                if self.would_cut(fault, known) {
                    enabled.push(about_nobody(Step::Fault(FaultStep::Split { fault })));
                }
            }
            FaultKind::Skew => self.enabled_skews(fault, known, enabled),
        }
    }

    /// Whom a crash or the like may hit. What an actor staged leaves first, and one that has not begun has nothing to
    /// lose: to hit it earlier would lead nowhere else.
    fn enabled_hits(&self, fault: u32, known: &Fault, enabled: &mut Vec<Enabled>) {
        for slot in self.slots() {
            let actor = self.actor(slot);
            let may_be_hit = match actor.status {
                Status::Idle => true,
                Status::Starting => known.kind == FaultKind::Kill,
                Status::InTurn | Status::Halting | Status::Failed(_) | Status::Cell => false,
            };
            // Production does not keep the first payload of one that it never starts again.
            let may_begin = known.kind != FaultKind::Crash || actor.init.is_some();
            let may_be_hit = may_be_hit && may_begin && actor.is_released();
            if may_be_hit && known.hits_actor(actor.definition) {
                let step = Step::Fault(FaultStep::Actor { fault, actor: actor.id });
                enabled.push(pending(step, slot, None, None));
            }
        }
    }

    /// Which messages a loss or the like may hit.
    fn enabled_mishaps(&self, fault: u32, known: &Fault, enabled: &mut Vec<Enabled>) {
        for slot in self.slots() {
            let actor = self.actor(slot);
            if !known.hits_actor(actor.definition) || !self.is_open(slot) {
                continue;
            }
            for (place, message) in actor.inbox.on_its_way().iter().enumerate() {
                if known.hits_message(message) && self.may_be_hit(slot, place, known.kind) {
                    enabled.push(self.arrival(slot, place, message, |message| {
                        Step::Fault(FaultStep::Message { fault, message })
                    }));
                }
            }
        }
    }

    fn may_be_hit(&self, slot: Slot, place: usize, kind: FaultKind) -> bool {
        match kind {
            FaultKind::Loss | FaultKind::Duplication => self.is_eligible(slot, place),
            FaultKind::Delay => self.is_eligible(slot, place) && self.holds_up(slot, place),
            FaultKind::Reordering => {
                let message = &self.actor(slot).inbox.on_its_way()[place];
                !self.is_eligible(slot, place) && !self.is_cut(slot, message)
            }
            FaultKind::Crash
            | FaultKind::Reboot
            | FaultKind::Kill
            | FaultKind::Partition
            | FaultKind::Skew => false,
        }
    }

    /// Whether something from elsewhere must wait for the message there, which could arrive.
    fn holds_up(&self, slot: Slot, place: usize) -> bool {
        if self.gives_way(slot, place) {
            return false;
        }
        let way = self.actor(slot).inbox.on_its_way();
        let (message, stamp) = (&way[place], stamp_of(&way[place]));
        let mut elsewhere = way
            .iter()
            .enumerate()
            .filter(|(_, other)| other.from != message.from && stamp_of(other).copy == 0);
        match self.exploration().rules.delivery {
            Delivery::Mailbox => elsewhere.any(|(other, _)| other > place),
            Delivery::Causal => {
                let mut timers = self.timers.armed().filter(|&(_, owner, ..)| owner == slot);
                elsewhere.any(|(_, other)| stamp.precedes(stamp_of(other)))
                    || timers.any(|(.., timer)| {
                        timer.stamp.as_deref().is_some_and(|timer| stamp.precedes(timer))
                    })
            }
            Delivery::Pairwise | Delivery::Unordered => false,
        }
    }

    /// Whether what others sent need not wait for the message there: it is a copy, it waits behind a partition, or a
    /// delay holds up its channel.
    pub(super) fn gives_way(&self, slot: Slot, place: usize) -> bool {
        if self.faults().is_empty() {
            return false;
        }
        let way = self.actor(slot).inbox.on_its_way();
        let message = &way[place];
        let mut so_far = way.iter().take(place + 1);
        stamp_of(message).copy > 0
            || self.is_cut(slot, message)
            || so_far.any(|other| other.from == message.from && stamp_of(other).delayed)
    }

    /// Whether a partition keeps a message from this actor.
    pub(super) fn is_cut(&self, slot: Slot, message: &Message) -> bool {
        let exploration = self.exploration();
        let mut splits = exploration.progress.splits.iter();
        splits.any(|&split| {
            let fault = &exploration.rules.faults[split as usize];
            self.is_parted(fault, slot, message)
        })
    }

    fn is_parted(&self, fault: &Fault, slot: Slot, message: &Message) -> bool {
        let actor = self.actor(slot);
        let sender = self.exploration().definition_of(stamp_of(message).origin);
        // Cells are everywhere.
        let with_cell = self.is_of_cells(actor.definition)
            || sender.is_some_and(|sender| self.is_of_cells(sender));
        !with_cell
            && message.from != actor.id
            && fault.hits_kind(message.event.kind)
            && sender.is_some_and(|sender| fault.parts(sender, actor.definition))
    }

    /// Whether anything waits behind this partition.
    fn cuts(&self, fault: u32) -> bool {
        let known = &self.faults()[fault as usize];
        let is_behind = |slot: Slot| {
            let mut way = self.actor(slot).inbox.on_its_way().iter();
            way.any(|message| self.is_parted(known, slot, message))
        };
        self.slots().any(is_behind)
    }

    /// Whether a partition that has not begun would keep something from arriving that could arrive now.
    fn would_cut(&self, fault: u32, known: &Fault) -> bool {
        let is_between = |slot: Slot| {
            let mut way = self.actor(slot).inbox.on_its_way().iter().enumerate();
            self.is_open(slot)
                && way.any(|(place, message)| {
                    self.is_parted(known, slot, message) && self.is_eligible(slot, place)
                })
        };
        !self.exploration().progress.splits.contains(&fault) && self.slots().any(is_between)
    }

    fn enabled_skews(&self, fault: u32, known: &Fault, enabled: &mut Vec<Enabled>) {
        if self.exploration().rules.timers != TimerMode::Earliest {
            return;
        }
        let earliest = self.timers.next_due();
        for (_, slot, timer, armed) in self.timers.armed().filter(|&(due, ..)| Some(due) > earliest)
        {
            let actor = self.actor(slot);
            let is_hit = known.hits_actor(actor.definition) && known.hits_kind(armed.event.kind);
            if is_hit && self.may_fire(slot, armed) {
                let owner = actor.id;
                let step = Step::Fault(FaultStep::Timer { fault, owner, timer });
                enabled.push(firing(slot, armed, step));
            }
        }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.actors.slots().filter(|&slot| self.actors.at(slot).is_some())
    }
}

fn about_nobody(step: Step) -> Enabled {
    pending(step, NOBODY, None, None)
}

/// What a strike does.
impl Kernel {
    /// Strikes.
    pub(super) fn strike<X: Exchange>(
        &mut self,
        slot: Slot,
        fault: FaultStep,
        place: usize,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Begun {
        let work = match fault {
            FaultStep::Heal { fault } => {
                self.exploration_mut().progress.splits.retain(|&split| split != fault);
                self.actors.note_all_changed();
                return Begun::Over;
            }
            FaultStep::Split { fault } => {
                self.spend(fault);
                self.exploration_mut().progress.splits.push(fault);
                self.actors.note_all_changed();
                return Begun::Over;
            }
            FaultStep::Actor { fault, .. } => {
                let kind = self.spend(fault);
                return Begun::Hit { slot, recovery: self.hit(slot, kind, exchange) };
            }
            FaultStep::Message { fault, .. } => {
                let kind = self.spend(fault);
                self.mishap(slot, place, kind, exchange)
            }
            FaultStep::Timer { fault, timer, .. } => {
                self.spend(fault);
                self.fire(slot, timer, exchange)
            }
        };
        self.begin_turn(slot, work, outbox)
    }

    /// Counts a strike.
    fn spend(&mut self, fault: u32) -> FaultKind {
        let exploration = self.exploration_mut();
        exploration.progress.budgets[fault as usize] -= 1;
        exploration.rules.faults[fault as usize].kind
    }

    fn hit<X: Exchange>(&mut self, slot: Slot, kind: FaultKind, exchange: &mut X) -> Recovery {
        match kind {
            FaultKind::Kill => {
                self.end(slot, DeadReason::Failed, exchange);
                self.settle(exchange);
                Recovery::Halted
            }
            FaultKind::Crash => {
                self.restart(slot);
                Recovery::Restarted
            }
            _ => Recovery::Resumed,
        }
    }

    fn mishap<X: Exchange>(
        &mut self,
        slot: Slot,
        place: usize,
        kind: FaultKind,
        exchange: &mut X,
    ) -> Option<Work> {
        match kind {
            FaultKind::Loss => {
                let actor = self.actor_mut(slot);
                let (id, message) = (actor.id, actor.inbox.pull(place));
                let message = message.expect("an enabled message is on its way");
                self.dead_letter(id, message, DeadReason::Lost);
                self.admit_held(slot, exchange);
                self.settle(exchange);
                None
            }
            FaultKind::Delay => {
                if let Some(stamp) = self.actor_mut(slot).inbox.stamp_mut(place) {
                    stamp.delayed = true;
                }
                None
            }
            FaultKind::Duplication => {
                let message = &self.actor(slot).inbox.on_its_way()[place];
                let (mut copy, stamp) = (message.clone(), stamp_of(message).clone());
                self.count_arrival(slot);
                copy.stamp = Some(self.exploration_mut().stamp_copy(&stamp));
                copy.options = SendOptions::default();
                copy.ticket = None;
                self.actor_mut(slot).inbox.push(copy);
                self.deliver(slot, place, exchange)
            }
            _ => self.deliver(slot, place, exchange),
        }
    }
}
