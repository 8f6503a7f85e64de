//! A step that is known is taken: what it does to an app, as numbers.

use super::{Item, Place, Position, STARTING, Timer, letter};
use crate::atlas::cast::Cast;
use crate::atlas::order::{self, MESSAGES_MAX, Messages, TIMERS_MAX};
use crate::atlas::{Arming, Atlas, Birth, Done, Effect, Sent};
use crate::delivery::Delivery;

/// Why a step that is known cannot be taken without a look at the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// There may be no room for what it sends.
    Room,
    /// It may hang on who is there, on what waits, or on whether it is lost.
    Others,
    /// It is not known what a monitor does.
    Monitor,
}

impl Position {
    /// A step does what is known of it.
    #[inline]
    pub(crate) fn perform(
        &mut self,
        cast: &Cast,
        place: Place,
        done: Done<'_>,
    ) -> Result<(), Unfit> {
        let (actor, ..) = self.step(cast, place);
        let known = if let Some(at) = Self::timer_at(place) {
            self.fire(at)
        } else if let Some(at) = usize::from(place).checked_sub(cast.names.len()) {
            self.remove(cast, at)
        } else {
            0
        };
        if done.joins() && cast.delivery == Delivery::Causal {
            self.items[actor].after |= known;
        }
        for effect in done.effects() {
            match effect {
                Effect::Stop(id) => {
                    self.timers.retain(|timer| (timer.owner, timer.id) != (actor, *id));
                }
                Effect::Send(sent) => self.send(cast, actor, sent)?,
                Effect::Bear(birth) => self.bear(cast, actor, birth)?,
                Effect::Arm(arming) => self.arm(cast, actor, arming)?,
            }
        }
        match done.after() {
            Some(after) => self.items[actor].word = after.into(),
            None => self.leave(cast, actor)?,
        }
        Ok(())
    }

    /// An actor is gone, and all that waits for it is lost.
    fn leave(&mut self, cast: &Cast, actor: usize) -> Result<(), Unfit> {
        self.items[actor] = Item::LEFT;
        self.timers.retain(|timer| timer.owner != actor);
        let waits = |message: &Item| message.receiver() == actor;
        while let Some(at) = self.items[cast.fixed()..].iter().position(waits) {
            if cast.minds_loss(false) {
                return Err(Unfit::Others);
            }
            self.remove(cast, at);
        }
        Ok(())
    }

    /// Time goes on to where a timer is due, which is gone then; what it came after.
    fn fire(&mut self, at: usize) -> Messages {
        let fired = self.timers.remove(at);
        self.timers.iter_mut().for_each(|timer| timer.due -= fired.due);
        fired.after
    }

    /// An actor arms a timer.
    fn arm(&mut self, cast: &Cast, owner: usize, arming: &Arming) -> Result<(), Unfit> {
        let own = self.timers.iter().filter(|timer| timer.owner == owner);
        if self.timers.len() == TIMERS_MAX || own.count() >= cast.rooms[owner] {
            return Err(Unfit::Room);
        }
        self.serials += 1;
        let Arming { id, content, due, .. } = *arming;
        let after = order::before(cast.delivery, self.items[owner].after, 0);
        let timer = Timer { due, owner, id, content, notes: 0, after, serial: self.serials };
        let at = self.timers.partition_point(|other| other.rank() < timer.rank());
        self.timers.insert(at, timer);
        Ok(())
    }

    /// An actor creates another one.
    fn bear(&mut self, cast: &Cast, creator: usize, birth: &Birth) -> Result<(), Unfit> {
        let number = cast.number(birth.name).ok_or(Unfit::Others)?;
        if self.items[number].is_there() {
            return Err(Unfit::Others);
        }
        self.serials += 1;
        let (word, after) = (u64::from(birth.node) | STARTING, self.items[creator].after);
        self.items[number] = Item { word, after, serial: self.serials };
        Ok(())
    }

    /// The message at this place is gone; what it came after.
    fn remove(&mut self, cast: &Cast, at: usize) -> Messages {
        let Item { after, .. } = self.items.remove(cast.fixed() + at);
        self.each_set(cast, |set| closed(set, at));
        closed(after, at)
    }

    fn send(&mut self, cast: &Cast, from: usize, sent: &Sent) -> Result<(), Unfit> {
        let to = cast.receiver(sent).ok_or(Unfit::Others)?;
        self.serials += 1;
        if !self.items[to].is_there() {
            let is_lost = self.items[to].is_gone() && !cast.minds_loss(sent.must_handle);
            return if is_lost { Ok(()) } else { Err(Unfit::Others) };
        }
        if sent.must_handle && !cast.minds_loss(false) {
            return Err(Unfit::Others);
        }
        let word = letter(to, from, sent.content);
        let mut message = Item { word, after: 0, serial: self.serials };
        let pending = &self.items[cast.fixed()..];
        let at = pending.partition_point(|other| other.channel() <= message.channel());
        let waiting = pending.iter().filter(|other| other.receiver() == to);
        if pending.len() == MESSAGES_MAX || waiting.count() >= cast.rooms[to] {
            return Err(Unfit::Room);
        }
        let earlier = pending[..at].iter().rev();
        let in_channel = earlier.take_while(|other| other.channel() == message.channel()).count();
        self.each_set(cast, |set| opened(set, at));
        let past = &mut self.items[from].after;
        let channel = below(at) ^ below(at - in_channel);
        message.after = order::before(cast.delivery, *past, channel);
        if cast.delivery == Delivery::Causal {
            *past |= 1 << at;
        }
        self.items.insert(cast.fixed() + at, message);
        Ok(())
    }

    /// Monitors see what a step notifies them of.
    #[inline]
    pub(crate) fn watch(
        &mut self,
        cast: &Cast,
        done: Done<'_>,
        atlas: &Atlas,
    ) -> Result<(), Unfit> {
        for notice in done.notices() {
            let monitor = &mut self.items[cast.names.len() + notice.monitor as usize];
            let watched = atlas.watched(monitor.number(), notice.content).ok_or(Unfit::Monitor)?;
            monitor.word = watched.after.into();
            monitor.after = watched.state.map_or(monitor.after, u64::from);
        }
        Ok(())
    }
}

fn below(place: usize) -> Messages {
    (1 << place) - 1
}

/// The set after a message came in at a place.
fn opened(set: Messages, place: usize) -> Messages {
    let low = set & below(place);
    low | (set ^ low) << 1
}

/// The set after the message at a place is gone.
fn closed(set: Messages, place: usize) -> Messages {
    let low = below(place);
    set & low | set >> 1 & !low
}
