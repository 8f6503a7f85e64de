//! The events that wait for one actor: on their way, arrived and deferred, and held up before a full
//! inbox.

use alloc::collections::VecDeque;

use crate::event::{Kind, Message};
use crate::table::{Offer, Table};
use crate::timer::TimerId;

/// All events that were sent to one actor and not taken.
///
/// The channels from all senders share one queue, in the order of release; the channel from one sender
/// is the part of it that this sender sent. Production lets the oldest arrive first, which is causal.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// Arrived, oldest first. Production lets an event arrive only when it is looked at, so all of these
    /// were deferred.
    arrived: VecDeque<Message>,
    /// How many of `arrived`, from the oldest on, are known to be deferred in the present state stack.
    scanned: usize,
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
    /// The newest arrival, which stays.
    Deferred,
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

    /// Puts the event of a failed turn back in front of all others.
    pub(crate) fn push_back_failed(&mut self, message: Message) {
        self.arrived.push_front(message);
        self.scanned = 0;
    }

    pub(crate) fn hold(&mut self, message: Message) {
        self.overflow.push_back(message);
    }

    /// The oldest event before the full inbox, if there is room for it now.
    pub(crate) fn unhold(&mut self, events_max: usize) -> Option<Message> {
        if self.len() < events_max { self.overflow.pop_front() } else { None }
    }

    pub(crate) fn pop_oldest(&mut self) -> Option<Message> {
        self.scanned = self.scanned.saturating_sub(1);
        self.arrived.pop_front().or_else(|| self.channels.pop_front())
    }

    /// The newest event that has arrived.
    pub(crate) fn newest_arrival(&self) -> Option<&Message> {
        self.arrived.back()
    }

    /// The state stack changed: what was deferred may be taken now.
    pub(crate) fn rescan(&mut self) {
        self.scanned = 0;
    }

    /// Whether a scan may find anything.
    pub(crate) fn is_waiting(&self) -> bool {
        self.scanned < self.arrived.len() || !self.channels.is_empty()
    }

    /// Looks for the next event to take: first among those that have arrived, then by letting the next
    /// one arrive.
    pub(crate) fn scan(&mut self, table: &Table, stack: &[u32]) -> Scanned {
        while let Some(message) = self.arrived.get(self.scanned) {
            match table.offer(stack, message.event.kind) {
                Offer::Defer => self.scanned += 1,
                Offer::Take => return Scanned::Take(self.remove_scanned()),
                Offer::Ignore => return Scanned::Ignored(self.remove_scanned()),
            }
        }
        let Some(message) = self.channels.pop_front() else { return Scanned::Nothing };
        match table.offer(stack, message.event.kind) {
            Offer::Take => Scanned::Take(message),
            Offer::Ignore => Scanned::Ignored(message),
            Offer::Defer => {
                self.arrived.push_back(message);
                self.scanned += 1;
                Scanned::Deferred
            }
        }
    }

    fn remove_scanned(&mut self) -> Message {
        self.arrived.remove(self.scanned).expect("the scan looks at an arrival")
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.waiting().filter(|message| message.event.kind == kind).count()
    }

    /// The untaken event of a timer (M6).
    pub(crate) fn of_timer(&mut self, timer: TimerId) -> Option<&mut Message> {
        let waiting = self.arrived.iter_mut().chain(&mut self.channels);
        waiting.into_iter().find(|message| is_of(message, timer))
    }

    /// Removes the events of a stopped timer (M4).
    pub(crate) fn remove_timer(&mut self, timer: TimerId) {
        self.scanned = 0;
        self.arrived.retain(|message| !is_of(message, timer));
        self.channels.retain(|message| !is_of(message, timer));
    }

    /// Everything, oldest first; `true` for what was held up before the bound.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Message, bool)> {
        self.scanned = 0;
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
