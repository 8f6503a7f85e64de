//! The events that wait for one actor: on their way, arrived and deferred, and held up before a full
//! inbox.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::event::{Event, Kind, Message};
use crate::step::Stamp;
use crate::table::{Offer, Table};
use crate::timer::TimerId;

/// All events that were sent to one actor and not taken.
///
/// The channels from all senders share one queue, in the order of release; the channel from one sender
/// is the part of it that this sender sent. Production lets the oldest arrive first, which is causal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    /// Arrived, oldest first. Production lets an event arrive only when it is looked at, so all of these
    /// were deferred.
    arrived: VecDeque<Message>,
    /// How many of `arrived`, from the oldest on, are known to be deferred in the present state stack.
    scanned: u32,
    /// How many of `arrived`, from the oldest on, no task of the actor wants, if it has any.
    seen: u32,
    /// Sent, not arrived.
    channels: VecDeque<Message>,
    /// Sent beyond the bound of the inbox; their senders are held up (S8).
    overflow: VecDeque<Message>,
}

/// What a scan of the inbox found.
#[derive(Debug)]
pub(crate) enum Scanned {
    Take(Message),
    Ignored(Message),
    /// One that stays, for an actor that wants to be told.
    Deferred(Event),
    /// The answer to a request.
    Answer(Message),
    Nothing,
}

impl Inbox {
    /// How many events count for the bound.
    pub(crate) fn len(&self) -> usize {
        self.arrived.len() + self.channels.len()
    }

    pub(crate) fn push(&mut self, message: Message) {
        self.channels.push_back(message);
    }

    /// Puts the event of a failed turn back, so that the next scan comes to it first.
    pub(crate) fn put_back(&mut self, message: Message) {
        self.arrived.insert(self.scanned as usize, message);
        self.seen = self.seen.min(self.scanned);
    }

    pub(crate) fn hold(&mut self, message: Message) {
        self.overflow.push_back(message);
    }

    /// Whether the next event must wait: for room, or for others that wait already.
    pub(crate) fn is_full(&self, events_max: usize) -> bool {
        self.len() >= events_max || !self.overflow.is_empty()
    }

    /// The oldest event before the full inbox, if there is room for it now.
    pub(crate) fn unhold(&mut self, events_max: usize) -> Option<Message> {
        if self.overflow.is_empty() || self.len() >= events_max {
            return None;
        }
        self.overflow.pop_front()
    }

    /// What waits before the full inbox and fits, if nothing of its sender waits before it.
    pub(crate) fn unhold_if(&mut self, fits: impl Fn(&Message) -> bool) -> Vec<Message> {
        let (mut place, mut let_in) = (0, Vec::new());
        while let Some(message) = self.overflow.get(place) {
            let mut before = self.overflow.iter().take(place);
            if fits(message) && before.all(|earlier| earlier.from != message.from) {
                let_in.extend(self.overflow.remove(place));
            } else {
                place += 1;
            }
        }
        let_in
    }

    /// The oldest event; answers stay.
    pub(crate) fn pop_oldest(&mut self) -> Option<Message> {
        self.scanned = self.scanned.saturating_sub(1);
        self.seen = self.seen.saturating_sub(1);
        self.arrived.pop_front().or_else(|| {
            let place = self.channels.iter().position(|message| message.errand.is_none())?;
            self.channels.remove(place)
        })
    }

    /// The state stack changed: what was deferred may be taken now.
    pub(crate) fn rescan(&mut self) {
        self.scanned = 0;
    }

    /// Whether a scan may find anything.
    pub(crate) fn is_waiting(&self) -> bool {
        self.has_unscanned() || !self.channels.is_empty()
    }

    /// Looks for the next event to take: first among those that have arrived, then by letting the next
    /// ones arrive.
    pub(crate) fn scan(&mut self, table: &Table, stack: &[u32]) -> Scanned {
        match self.scan_arrived(table, stack) {
            Scanned::Nothing => {}
            scanned => return scanned,
        }
        while let Some(message) = self.channels.pop_front() {
            if message.errand.is_some() {
                return Scanned::Answer(message);
            }
            match table.offer(stack, message.event.kind) {
                Offer::Take => return Scanned::Take(message),
                Offer::Ignore => return Scanned::Ignored(message),
                Offer::Defer => {
                    let told = table.tells_deferred.then(|| message.event.clone());
                    self.arrived.push_back(message);
                    self.scanned += 1;
                    if let Some(event) = told {
                        return Scanned::Deferred(event);
                    }
                }
            }
        }
        Scanned::Nothing
    }

    /// Looks for the next event to take among those that have arrived.
    pub(crate) fn scan_arrived(&mut self, table: &Table, stack: &[u32]) -> Scanned {
        while let Some(message) = self.arrived.get(self.scanned as usize) {
            match table.offer(stack, message.event.kind) {
                Offer::Take => return Scanned::Take(self.remove_scanned()),
                Offer::Ignore => return Scanned::Ignored(self.remove_scanned()),
                Offer::Defer => {
                    self.scanned += 1;
                    if table.tells_deferred {
                        return Scanned::Deferred(message.event.clone());
                    }
                }
            }
        }
        Scanned::Nothing
    }

    /// Drops what has arrived and is ignored, up to the next event that the actor takes or wants to be told of; whether
    /// there is one.
    pub(crate) fn settle(
        &mut self,
        table: &Table,
        stack: &[u32],
        mut ignored: impl FnMut(Message),
    ) -> bool {
        while let Some(message) = self.arrived.get(self.scanned as usize) {
            match table.offer(stack, message.event.kind) {
                Offer::Take => return true,
                Offer::Defer if table.tells_deferred => return true,
                Offer::Ignore if table.tells_ignored => return true,
                Offer::Defer => self.scanned += 1,
                Offer::Ignore => ignored(self.remove_scanned()),
            }
        }
        false
    }

    /// Whether the scan has not come to the end of what has arrived.
    pub(crate) fn has_unscanned(&self) -> bool {
        (self.scanned as usize) < self.arrived.len()
    }

    /// Whether there may be something that not all tasks of the actor have seen.
    pub(crate) fn has_unseen(&self) -> bool {
        (self.seen as usize) < self.arrived.len() || !self.channels.is_empty()
    }

    /// The oldest arrival that not all tasks of the actor have seen.
    pub(crate) fn unseen(&self) -> Option<&Message> {
        self.arrived.get(self.seen as usize)
    }

    /// No task wants that arrival.
    pub(crate) fn see(&mut self) {
        self.seen += 1;
    }

    /// A task takes that arrival; where it stood.
    pub(crate) fn take_unseen(&mut self) -> Option<(u32, Message)> {
        let message = self.arrived.remove(self.seen as usize)?;
        self.scanned -= u32::from(self.seen < self.scanned);
        Some((self.seen, message))
    }

    /// A task that took an arrival from this place does not want it any more.
    pub(crate) fn give_back(&mut self, place: u32, message: Message) {
        let place = place.min(u32::try_from(self.arrived.len()).unwrap_or(u32::MAX));
        self.arrived.insert(place as usize, message);
        self.scanned = self.scanned.min(place);
    }

    /// All arrivals may be offered to tasks once more.
    pub(crate) fn show_again(&mut self) {
        self.seen = 0;
    }

    /// Whether anything waits for room.
    pub(crate) fn has_held(&self) -> bool {
        !self.overflow.is_empty()
    }

    /// What waits for room.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Message> {
        self.overflow.iter()
    }

    /// The arrived event that the scan has come to.
    pub(crate) fn offered(&self) -> Option<&Message> {
        self.arrived.get(self.scanned as usize)
    }

    /// What has arrived and was deferred, oldest first.
    pub(crate) fn arrived(&self) -> impl Iterator<Item = &Message> {
        self.arrived.iter()
    }

    /// What is on its way, in the order of release.
    pub(crate) fn on_its_way(&self) -> &VecDeque<Message> {
        &self.channels
    }

    /// What exploration notes about a message on its way.
    pub(crate) fn stamp_mut(&mut self, place: usize) -> Option<&mut Stamp> {
        self.channels.get_mut(place)?.stamp.as_mut().map(Arc::make_mut)
    }

    /// Takes a message off its way, wherever it stands.
    pub(crate) fn pull(&mut self, place: usize) -> Option<Message> {
        if place == 0 { self.channels.pop_front() } else { self.channels.remove(place) }
    }

    /// Puts a message at the end of what has arrived; the next scan comes to it if all before it are deferred.
    pub(crate) fn arrive(&mut self, message: Message) {
        self.arrived.push_back(message);
    }

    /// How many of the arrivals, from the oldest on, are known to be deferred, and how many no task wants.
    pub(crate) fn looked_at(&self) -> (u32, u32) {
        (self.scanned, self.seen)
    }

    /// What [`Self::arrived`], [`Self::looked_at`], [`Self::on_its_way`] and [`Self::held`] told of another one.
    pub(crate) fn of(
        arrived: VecDeque<Message>,
        (scanned, seen): (u32, u32),
        channels: VecDeque<Message>,
        overflow: VecDeque<Message>,
    ) -> Self {
        Self { arrived, scanned, seen, channels, overflow }
    }

    fn remove_scanned(&mut self) -> Message {
        self.seen -= u32::from(self.scanned < self.seen);
        self.arrived.remove(self.scanned as usize).expect("the scan looks at an arrival")
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.waiting().filter(|message| message.event.kind == kind).count()
    }

    /// The untaken event of a timer (M6).
    pub(crate) fn of_timer(&mut self, timer: TimerId) -> Option<&mut Message> {
        let waiting = self.arrived.iter_mut().chain(&mut self.channels);
        waiting.into_iter().find(|message| is_of(message, timer))
    }

    /// Removes the untaken event of a stopped timer (M4).
    pub(crate) fn remove_timer(&mut self, timer: TimerId) {
        if let Some(place) = self.arrived.iter().position(|message| is_of(message, timer)) {
            self.arrived.remove(place);
            self.scanned -= u32::from(place < self.scanned as usize);
            self.seen -= u32::from(place < self.seen as usize);
        } else if let Some(place) = self.channels.iter().position(|message| is_of(message, timer)) {
            self.channels.remove(place);
        }
    }

    /// Everything, oldest first; `true` for what was held up before the bound.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Message, bool)> {
        (self.scanned, self.seen) = (0, 0);
        let inside = self.arrived.drain(..).chain(self.channels.drain(..));
        inside
            .map(|message| (message, false))
            .chain(self.overflow.drain(..).map(|message| (message, true)))
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Message> {
        self.arrived.iter().chain(&self.channels)
    }
}

fn is_of(message: &Message, timer: TimerId) -> bool {
    message.firing.is_some_and(|firing| firing.timer == timer)
}
