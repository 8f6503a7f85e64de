//! What the kernel has, as plain data, and back.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::{Mark, SavedMessage};
use crate::event::{Group, Message};
use crate::step::{Clock, Stamp, Stamped};

impl From<&Message> for SavedMessage {
    /// Nobody will ask for the fate of a send of the environment any more.
    fn from(message: &Message) -> Self {
        let Message {
            from,
            event,
            group,
            firing,
            options,
            ticket: _,
            failed_turns,
            notice,
            errand,
            stamp,
        } = message;
        Self {
            from: *from,
            event: event.clone(),
            group: unshared(group.as_ref()),
            firing: *firing,
            options: *options,
            failed_turns: *failed_turns,
            notice: *notice,
            errand: errand.as_deref().cloned(),
            mark: marked(stamp),
        }
    }
}

impl From<SavedMessage> for Message {
    fn from(saved: SavedMessage) -> Self {
        let SavedMessage {
            from,
            event,
            group,
            firing,
            options,
            failed_turns,
            notice,
            errand,
            mark,
        } = saved;
        Self {
            group: group.map(Arc::new),
            firing,
            options,
            failed_turns,
            notice,
            errand: errand.map(Box::new),
            stamp: stamped(mark),
            ..Self::plain(from, event)
        }
    }
}

impl From<&Stamp> for Mark {
    fn from(stamp: &Stamp) -> Self {
        let Stamp { serial, cause: _, number, copy, delayed, origin, effect, before } = stamp;
        Self {
            serial: *serial,
            number: *number,
            copy: *copy,
            delayed: *delayed,
            origin: *origin,
            effect: *effect,
            before: before.effects(),
        }
    }
}

impl From<Mark> for Stamp {
    /// The steps before are no part of an execution that begins here: what is pending is there from its start.
    fn from(mark: Mark) -> Self {
        let Mark { serial, number, copy, delayed, origin, effect, before } = mark;
        let before = Clock::of(&before);
        Self { serial, cause: 0, number, copy, delayed, origin, effect, before }
    }
}

pub(crate) fn marked(stamp: &Stamped) -> Option<Mark> {
    stamp.as_deref().map(Mark::from)
}

pub(crate) fn stamped(mark: Option<Mark>) -> Stamped {
    mark.map(|mark| Arc::new(mark.into()))
}

pub(crate) fn unshared(group: Option<&Arc<Group>>) -> Option<Group> {
    group.map(|group| Group::clone(group))
}
