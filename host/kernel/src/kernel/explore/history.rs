//! What exploration knows of how an app came to be what it is, kept for another exploration that begins there.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::{Delivery, Exploration};
use crate::id::ActorId;
use crate::saved::{History, Mark, Pending, Saved};
use crate::step::Clock;

/// The definition of an actor of which nothing is known: no partition parts it from anybody.
const NOBODY_KNOWS: u32 = u32::MAX;

impl Exploration {
    /// What is known, beside what happened before the next turn of each actor.
    pub(in crate::kernel) fn history(&self) -> History {
        let Self { rules, progress, .. } = self;
        History {
            serials: progress.serials,
            numbers: progress.numbers(),
            is_causal: rules.delivery == Delivery::Causal,
            outside: progress.outside.effects(),
            definitions: progress.definitions.clone(),
        }
    }

    /// Goes on with what is known of an app that was saved, and marks afresh what is not marked as the delivery model
    /// needs it. The numbers of messages stay: they are their names.
    pub(in crate::kernel) fn remember(&mut self, saved: &mut Saved) {
        let history = saved.history.take();
        let wants_clocks = self.rules.delivery == Delivery::Causal;
        let has_clocks = history.as_ref().is_some_and(|history| history.is_causal);
        match &history {
            Some(history) if has_clocks || !wants_clocks => self.adopt(history, saved),
            _ => self.mark_afresh(saved),
        }
        if let Some(History { serials, numbers, .. }) = history {
            self.progress.serials = serials;
            self.progress.set_numbers(&numbers);
        }
    }

    fn adopt(&mut self, history: &History, saved: &mut Saved) {
        self.note_definitions(saved, &history.definitions);
        if self.rules.delivery == Delivery::Causal {
            self.progress.outside = Clock::of(&history.outside);
            return;
        }
        saved.actors.iter_mut().for_each(|actor| actor.past.clear());
        saved.each_pending(|_, _, mark| {
            if let Some(mark) = mark {
                (mark.effect, mark.before) = (0, Vec::new());
            }
        });
    }

    /// The definitions of those who are there, and of those who are gone as far as they were noted.
    fn note_definitions(&mut self, saved: &Saved, noted: &[u32]) {
        if self.rules.faults.is_empty() {
            return;
        }
        let definitions = &mut self.progress.definitions;
        *definitions = noted.to_vec();
        let created = usize::try_from(saved.created).expect("a history has a bound");
        definitions.resize(created, NOBODY_KNOWS);
        for actor in &saved.actors {
            definitions[actor.origin as usize - 1] = actor.definition;
        }
    }

    /// Nothing is known of what happened before what. Vector clocks count by process: here each actor is one, and each
    /// channel in which something is pending, so that what waits in two of them is concurrent, even if one actor sent it.
    fn mark_afresh(&mut self, saved: &mut Saved) {
        let mut origins = BTreeMap::new();
        for (origin, actor) in (1..).zip(&mut saved.actors) {
            actor.origin = origin;
            origins.insert(actor.id, origin);
        }
        saved.created = origins.len() as u64;
        self.note_definitions(saved, &[]);
        let mut pasts = vec![Clock::default(); origins.len() + 1];
        saved.each_pending(|id, pending, mark| {
            if pending == Pending::Turn {
                let origin = origins[&id];
                self.mark(origin, None, &mut pasts[origin as usize], mark);
            }
        });
        let channels = self.mark_messages(saved, &origins, &mut pasts);
        for ((from, _), channel) in channels {
            let sent = pasts[channel as usize].clone();
            let sender = origins.get(&from).copied().unwrap_or(0);
            pasts[sender as usize].join(&sent);
        }
        saved.created = pasts.len() as u64 - 1;
        for actor in &mut saved.actors {
            actor.past = pasts[actor.origin as usize].effects();
        }
        self.progress.outside = pasts.swap_remove(0);
    }

    /// Marks all messages. Each channel is a process behind those that are there; which one.
    fn mark_messages(
        &mut self,
        saved: &mut Saved,
        origins: &BTreeMap<ActorId, u32>,
        pasts: &mut Vec<Clock>,
    ) -> BTreeMap<(ActorId, ActorId), u32> {
        let mut channels = BTreeMap::new();
        saved.each_pending(|to, pending, mark| {
            let Pending::Message { from } = pending else { return };
            let origin = *channels.entry((from, to)).or_insert_with(|| {
                self.note_process_of(origins.get(&from).copied());
                pasts.push(Clock::default());
                u32::try_from(pasts.len() - 1).expect("fewer than 2^32 channels")
            });
            self.mark(origin, Some((from, to)), &mut pasts[origin as usize], mark);
        });
        channels
    }

    /// One more process, which is a channel of this actor.
    fn note_process_of(&mut self, sender: Option<u32>) {
        if !self.rules.faults.is_empty() {
            let definition = sender.and_then(|origin| self.definition_of(origin));
            self.progress.definitions.push(definition.unwrap_or(NOBODY_KNOWS));
        }
    }

    fn mark(
        &mut self,
        origin: u32,
        channel: Option<(ActorId, ActorId)>,
        past: &mut Clock,
        mark: &mut Option<Mark>,
    ) {
        let Self { rules, progress, .. } = self;
        let number = channel.map_or(0, |channel| progress.next_number(channel));
        let serial = progress.next_serial();
        let fresh = Mark { serial, number, origin, ..Mark::default() };
        let mark = mark.get_or_insert(fresh);
        (mark.origin, mark.effect, mark.before) = (origin, 0, Vec::new());
        if rules.delivery == Delivery::Causal {
            mark.effect = past.count(origin);
            mark.before = past.effects();
        }
    }
}
