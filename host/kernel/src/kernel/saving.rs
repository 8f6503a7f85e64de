//! Kernels to plain data and back.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Exploration, Kernel, Rules};
use crate::actor::{Actor, Definition, Rare, Slot, Status};
use crate::exchange::{Exchange, Place};
use crate::id::{ActorId, IdMap};
use crate::inbox::Inbox;
use crate::saved::{
    Saved, SavedActor, SavedMessage, SavedStatus, SavedTimer, marked, stamped, unshared,
};
use crate::step::Clock;
use crate::task::Tasks;
use crate::timer::{Instant, Timer, TimerId};

impl Kernel {
    /// The kernel as plain data. `places` are the ids that were issued; those that are bound do not matter. What
    /// happened and [nobody has looked at](Self::take_outputs) is not in it.
    ///
    /// # Panics
    ///
    /// If the kernel is in the middle of a turn.
    #[must_use]
    pub fn save(&self, places: impl IntoIterator<Item = (ActorId, Place)>) -> Saved {
        let mut timers: BTreeMap<Slot, Vec<SavedTimer>> = BTreeMap::new();
        for (due, slot, id, timer) in self.timers.armed() {
            timers.entry(slot).or_default().push(save_timer(id, due, timer));
        }
        let mut actors = Vec::new();
        let exploration = self.exploration.as_deref();
        for slot in self.in_order_of_waiting() {
            let Some(actor) = self.actors.at(slot) else { continue };
            let timers = timers.remove(&slot).unwrap_or_default();
            let queued = actor.queued && exploration.is_none();
            let past = exploration.map_or_else(Vec::new, |known| known.past_of(slot).effects());
            actors.push(SavedActor { queued, past, ..save_actor(actor, timers) });
        }
        let &Self { now, events, created, cells, .. } = self;
        let history = exploration.map(Exploration::history);
        let unbound = Vec::new();
        let mut saved = Saved { now, events, created, cells, actors, unbound, history };
        saved.set_unbound(places);
        saved
    }

    /// All slots: in production first those that are ready, in their order. Exploration has no such order.
    fn in_order_of_waiting(&self) -> Vec<Slot> {
        let all = self.actors.slots();
        if self.exploration.is_some() {
            return all.collect();
        }
        let is_queued = |slot: &Slot| self.actors.at(*slot).is_some_and(|actor| actor.queued);
        self.ready.iter().copied().chain(all.filter(|slot| !is_queued(slot))).collect()
    }

    /// A production kernel that goes on where others were, with those of their actors that live here. Their ids are bound
    /// in the exchange already.
    ///
    /// What it was made of must have been [checked](Saved::check).
    pub fn resuming<X: Exchange>(
        definitions: Arc<[Definition]>,
        mut saved: Saved,
        exchange: &mut X,
    ) -> Self {
        saved.forget_history();
        let mut kernel = Self::new(definitions);
        (kernel.created, kernel.cells) = (saved.created, saved.cells);
        kernel.fill(saved, exchange);
        kernel
    }

    /// A kernel for an exploration by these rules that begins where another one was. What was pending is pending from the
    /// start. If the other one was one of production, or of an exploration by another delivery model than `causal`, nothing
    /// is known of what happened before what: then messages in different channels are concurrent, and only what the same
    /// actor sends later comes after what it had sent. Faults may strike as often as the rules say, partitions are healed.
    ///
    /// What it is made of must have been [checked](Saved::check).
    pub fn exploring_from<X: Exchange>(
        definitions: Arc<[Definition]>,
        rules: Rules,
        mut saved: Saved,
        exchange: &mut X,
    ) -> Self {
        let mut kernel = Self::exploring(definitions, rules);
        kernel.exploration_mut().remember(&mut saved);
        (kernel.created, kernel.cells) = (saved.created, saved.cells);
        kernel.fill(saved, exchange);
        kernel
    }

    fn fill<X: Exchange>(&mut self, saved: Saved, exchange: &mut X) {
        let Saved { now, events, actors, .. } = saved;
        (self.now, self.events) = (now, events);
        let mut blocked: IdMap<u32> = IdMap::default();
        for message in actors.iter().flat_map(|actor| &actor.overflow) {
            *blocked.entry(message.from).or_default() += 1;
        }
        let mut line = Vec::new();
        for actor in actors {
            let (queued, blocked) = (actor.queued, blocked.get(&actor.id).copied().unwrap_or(0));
            let slot = self.seat(actor, blocked);
            if queued {
                line.push(slot);
            }
        }
        for slot in line {
            self.queue(slot);
        }
        for slot in self.actors.slots() {
            self.count_pending(slot);
            if self.releases_one_by_one() && !self.actor(slot).held.is_empty() {
                self.stamp_next_turn(slot);
            }
            // As if it had just come.
            if self.exploration.is_some() || self.actor(slot).status == Status::Cell {
                self.queue(slot);
            } else {
                self.queue_if_waiting(slot);
            }
        }
        self.settle(exchange);
    }

    /// Puts an actor, of which so many events wait for room elsewhere, into a slot.
    fn seat(&mut self, saved: SavedActor, blocked: u32) -> Slot {
        let slot = self.actors.add();
        for timer in &saved.timers {
            let (id, timer) = load_timer(timer);
            self.timers.arm(slot, id, timer);
        }
        if let Some(exploration) = &mut self.exploration {
            exploration.note_seated(slot, Clock::of(&saved.past));
            self.actors.note_changed(slot);
        }
        let actor = Actor { blocked, ..load_actor(saved) };
        self.conditions |= actor.tasks().is_some_and(Tasks::have_conditions);
        if blocked == 0 && !actor.held.is_empty() && !self.releases_one_by_one() {
            self.freed.push_back(actor.id);
        }
        Arc::make_mut(&mut self.index).insert(actor.id, slot);
        self.actors.set(slot, Some(actor));
        slot
    }

    /// Exploration counts what there ever was for an actor: here, what there is.
    fn count_pending(&mut self, slot: Slot) {
        if self.exploration.is_some() {
            let pending = self.actor(slot).inbox.waiting().count() + self.timers.count(slot);
            for _ in 0..pending {
                self.count_arrival(slot);
            }
        }
    }
}

/// All but its place in the line, and what happened before its next turn.
fn save_actor(actor: &Actor, timers: Vec<SavedTimer>) -> SavedActor {
    let status = match &actor.status {
        Status::Starting => SavedStatus::Starting,
        Status::Idle => SavedStatus::Idle,
        Status::InTurn => panic!("an app is saved between two turns"),
        Status::Halting => SavedStatus::Halting,
        Status::Failed(failure) => SavedStatus::Failed(Box::as_ref(failure).clone()),
        Status::Cell => SavedStatus::Cell,
    };
    let nothing = Rare::default();
    let Rare { watchers, children, restarts, asked, tasks, cell } =
        actor.rare.as_deref().unwrap_or(&nothing);
    SavedActor {
        id: actor.id,
        origin: actor.origin,
        definition: actor.definition,
        label: actor.label.clone(),
        status,
        stack: actor.stack.clone(),
        arrived: actor.inbox.arrived().map(Into::into).collect(),
        looked_at: actor.inbox.looked_at(),
        channels: actor.inbox.on_its_way().iter().map(Into::into).collect(),
        overflow: actor.inbox.held().map(Into::into).collect(),
        held: actor.held.iter().cloned().collect(),
        queued: false,
        counts: actor.counts,
        group: unshared(actor.group.as_ref()),
        init: actor.init.clone(),
        mark: marked(&actor.stamp),
        past: Vec::new(),
        watchers: watchers.clone(),
        children: children.clone(),
        restarts: restarts.iter().copied().collect(),
        asked: asked.iter().map(|group| (**group).clone()).collect(),
        tasks: tasks.as_ref().map(|tasks| tasks.save()),
        cell: cell.clone(),
        timers,
    }
}

/// All but how many of its events wait for room elsewhere, and what happened before its next turn.
fn load_actor(saved: SavedActor) -> Actor {
    let SavedActor {
        id,
        origin,
        definition,
        label,
        status,
        stack,
        arrived,
        looked_at,
        channels,
        overflow,
        held,
        queued: _,
        counts,
        group,
        init,
        mark,
        past: _,
        watchers,
        children,
        restarts,
        asked,
        tasks,
        cell,
        timers: _,
    } = saved;
    let messages = |saved: Vec<SavedMessage>| saved.into_iter().map(Into::into).collect();
    let is_rare = !(watchers.is_empty()
        && children.is_empty()
        && restarts.is_empty()
        && asked.is_empty()
        && tasks.is_none()
        && cell.is_none());
    let rare = is_rare.then(|| {
        Box::new(Rare {
            watchers,
            children,
            restarts: restarts.into(),
            asked: asked.into_iter().map(Arc::new).collect(),
            tasks: tasks.map(|tasks| Box::new(Tasks::load(tasks))),
            cell,
        })
    });
    Actor {
        id,
        origin,
        definition,
        label,
        status: match status {
            SavedStatus::Starting => Status::Starting,
            SavedStatus::Idle => Status::Idle,
            SavedStatus::Halting => Status::Halting,
            SavedStatus::Failed(failure) => Status::Failed(Box::new(failure)),
            SavedStatus::Cell => Status::Cell,
        },
        stack,
        inbox: Inbox::of(messages(arrived), looked_at, messages(channels), messages(overflow)),
        held: held.into(),
        blocked: 0,
        queued: false,
        changed: true,
        counts,
        group: group.map(Arc::new),
        init,
        stamp: stamped(mark),
        rare,
    }
}

fn save_timer(id: TimerId, due: Instant, timer: &Timer) -> SavedTimer {
    let Timer { due: _, period, event, group, stamp } = timer;
    SavedTimer {
        id,
        due,
        period: *period,
        event: event.clone(),
        group: unshared(group.as_ref()),
        mark: marked(stamp),
    }
}

fn load_timer(saved: &SavedTimer) -> (TimerId, Timer) {
    let SavedTimer { id, due, period, event, group, mark } = saved.clone();
    let group = group.map(Arc::new);
    (id, Timer { due, period, event, group, stamp: stamped(mark) })
}
