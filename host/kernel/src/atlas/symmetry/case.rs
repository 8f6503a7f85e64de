//! A step without the state that it is taken in: as much of that as decides what it does.

use smallvec::SmallVec;

use crate::atlas::cast::Cast;
use crate::atlas::position::{Holder, Place, Position};
use crate::atlas::{Atlas, Content, Done, Entry, Node, START};

/// What a monitor hears: its number, what it is before, and the notice.
pub(super) type Heard = (u32, Node, Content);

/// A step: of which actor, what it is, what it gets, what it draws, and what the monitors are before.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(super) actor: usize,
    pub(super) node: Node,
    content: Content,
    /// The bound and the result of each.
    draws: SmallVec<[(u32, u32); 2]>,
    monitors: SmallVec<[Node; 2]>,
}

impl Case {
    /// The step at a place of a position, with these draws.
    pub(crate) fn new(
        cast: &Cast,
        position: &Position,
        place: Place,
        draws: &[(u32, u32)],
    ) -> Self {
        let (actor, node, content) = position.step(cast, place);
        let monitors = position.monitors(cast).collect();
        Self { actor, node, content, draws: draws.into(), monitors }
    }

    /// What it becomes if actors change places: who its actor is then, and what becomes of a number of whoever holds it.
    /// None if that is not known of something in it.
    pub(super) fn image(
        &self,
        actor: usize,
        number: impl Fn(Holder, u32) -> Option<u32>,
    ) -> Option<Self> {
        let node = number(Holder::Itself, self.node)?;
        let content = match self.content {
            START => START,
            content => number(Holder::Actor(self.actor), content)?,
        };
        let monitors = self.monitors.iter().map(|&monitor| number(Holder::Itself, monitor));
        let monitors = monitors.collect::<Option<_>>()?;
        Some(Self { actor, node, content, draws: self.draws.clone(), monitors })
    }

    /// Whether it is known what it does, and what monitors do.
    pub(crate) fn is_known(&self, atlas: &Atlas) -> bool {
        self.done(atlas).is_some_and(|done| self.heard(atlas, done).is_some())
    }

    /// What it does, if that is known.
    pub(super) fn done<'a>(&self, atlas: &'a Atlas) -> Option<Done<'a>> {
        match atlas.known(self.node, self.content, &self.draws) {
            Some(Entry::Over(done)) => Some(done),
            _ => None,
        }
    }

    /// Whether each draw has as many results as it was found to have.
    pub(super) fn draws_as_many(&self, atlas: &Atlas) -> bool {
        (0..self.draws.len()).all(|draw| {
            let entry = atlas.known(self.node, self.content, &self.draws[..draw]);
            matches!(entry, Some(Entry::Draw { bound, .. }) if bound == self.draws[draw].0)
        })
    }

    /// What monitors hear of it, in order; none if it is not known what they do.
    pub(super) fn heard(&self, atlas: &Atlas, done: Done<'_>) -> Option<SmallVec<[Heard; 2]>> {
        let mut monitors = self.monitors.clone();
        let heard = done.notices().iter().map(|notice| {
            let monitor = &mut monitors[notice.monitor as usize];
            let before = *monitor;
            *monitor = atlas.watched(before, notice.content)?.after;
            Some((notice.monitor, before, notice.content))
        });
        heard.collect()
    }
}
