//! The app as the kernel has it now, read as a position.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::{Item, Position, STARTING, Timer, letter};
use crate::actor::{Slot, Status};
use crate::atlas::cast::{Cast, OffChart};
use crate::atlas::order::{self, MESSAGES_MAX, TIMERS_MAX};
use crate::atlas::{Content, Node};
use crate::id::ActorId;
use crate::kernel::Kernel;
use crate::kernel::local::{Armed, Pending, message_key};
use crate::timer::Instant;

/// Whoever takes part was met before anything is read.
const MET: &str = "whoever takes part is known by now";

impl Position {
    /// The app as it is now: the numbers of its actors by slot, and the numbers and states of its monitors.
    pub(crate) fn of(
        cast: &mut Cast,
        kernel: &Kernel,
        mut node: impl FnMut(Slot) -> Node,
        is_gone: impl Fn(ActorId) -> bool,
        monitors: &[(Node, u32)],
        mut content: impl FnMut(u128) -> Content,
    ) -> Result<Self, OffChart> {
        if cast.meet(kernel)? {
            return Err(OffChart::Grown);
        }
        let reading = Reading::new(cast, kernel, &mut content)?;
        let mut items = Vec::with_capacity(reading.cast.fixed() + reading.messages.len());
        for &name in &reading.cast.names {
            let item = reading.actor(name, &mut node)?;
            let absent = || if is_gone(name) { Item::LEFT } else { Item::NOBODY };
            items.push(item.unwrap_or_else(absent));
        }
        items.extend(monitors.iter().map(|&(node, state)| Item {
            word: node.into(),
            after: state.into(),
            serial: 0,
        }));
        items.extend(reading.messages());
        let timers = kernel.armed().map(|timer| reading.timer(&timer, &mut content));
        let mut timers = timers.collect::<Result<Vec<_>, _>>()?;
        if timers.len() > TIMERS_MAX {
            return Err(OffChart::Strange);
        }
        timers.sort_unstable_by_key(Timer::rank);
        Ok(Self { items, timers, serials: kernel.serials() })
    }
}

/// An app of which everybody is known, and what is pending in it.
struct Reading<'a> {
    cast: &'a Cast,
    kernel: &'a Kernel,
    starts: SmallVec<[Pending<'a>; 16]>,
    /// By channel, and in each by age.
    messages: Vec<Pending<'a>>,
    /// The messages as [letters](letter).
    words: SmallVec<[u64; 32]>,
}

impl<'a> Reading<'a> {
    fn new(
        cast: &'a Cast,
        kernel: &'a Kernel,
        mut content: impl FnMut(u128) -> Content,
    ) -> Result<Self, OffChart> {
        let mut messages = kernel.all_pending();
        let starts = messages.extract_if(.., |pending| pending.message.is_none()).collect();
        if messages.len() > MESSAGES_MAX {
            return Err(OffChart::Strange);
        }
        let word = |pending: &Pending<'_>| {
            let message = pending.message.expect("starts are not among them");
            let to = cast.number(kernel.id(pending.enabled.slot)).expect(MET);
            let from = cast.number(message.from).expect(MET);
            letter(to, from, content(message_key(message)))
        };
        let words: SmallVec<[u64; 32]> = messages.iter().map(word).collect();
        let mut order: SmallVec<[usize; 32]> = (0..messages.len()).collect();
        order.sort_by_key(|&place| words[place] >> 32);
        let messages = order.iter().map(|&place| messages[place]).collect();
        let words = order.iter().map(|&place| words[place]).collect();
        Ok(Self { cast, kernel, starts, messages, words })
    }

    /// An actor, if it is there.
    fn actor(
        &self,
        name: ActorId,
        mut node: impl FnMut(Slot) -> Node,
    ) -> Result<Option<Item>, OffChart> {
        let Self { kernel, messages, .. } = self;
        let Some(slot) = kernel.slot(name) else { return Ok(None) };
        let start = self.starts.iter().find(|start| start.enabled.slot == slot);
        let is_open = *kernel.status(slot) == Status::Idle;
        if is_open == start.is_some() {
            return Err(OffChart::Strange);
        }
        let own = order::of_actor(kernel, messages, slot);
        let after = own | start.map_or(0, |start| order::of_pending(kernel, messages, start));
        let starting = if is_open { 0 } else { STARTING };
        let serial = start.map_or(0, |start| start.stamp.serial);
        Ok(Some(Item { word: u64::from(node(slot)) | starting, after, serial }))
    }

    fn messages(&self) -> impl Iterator<Item = Item> {
        self.messages.iter().zip(&self.words).map(|(one, &word)| {
            let after = order::of_pending(self.kernel, &self.messages, one);
            Item { word, after, serial: one.stamp.serial }
        })
    }

    fn timer(
        &self,
        timer: &Armed<'_>,
        mut content: impl FnMut(u128) -> Content,
    ) -> Result<Timer, OffChart> {
        Ok(Timer {
            due: nanoseconds(timer.due).ok_or(OffChart::Strange)?,
            owner: self.cast.number(self.kernel.id(timer.slot)).expect(MET),
            id: timer.id,
            content: content(timer.key),
            notes: 0,
            after: order::of_timer(self.kernel, &self.messages, timer),
            serial: timer.stamp.serial,
        })
    }
}

/// A time in nanoseconds, if it is not beyond all times.
pub(crate) fn nanoseconds(time: Instant) -> Option<u64> {
    u64::try_from(time.as_nanos()).ok()
}
