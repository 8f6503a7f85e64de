//! What one step leads to becomes what another one leads to: nothing of it is computed, it is noted, and does not fit if it
//! was noted otherwise before.

use smallvec::SmallVec;

use super::case::{Case, Heard};
use super::swaps::Swaps;
use crate::atlas::cast::Cast;
use crate::atlas::position::Holder;
use crate::atlas::{Atlas, Done, Effect, Node, Talks};

/// A step that is known: what is done in it, by whom.
#[derive(Clone, Copy)]
struct Known<'a> {
    case: &'a Case,
    done: Done<'a>,
}

/// A step and the one that is its image under a swap.
pub(super) struct Pairing<'a> {
    cast: &'a Cast,
    atlas: &'a Atlas,
    talks: Option<&'a Talks>,
    swap: usize,
    one: Known<'a>,
    image: Known<'a>,
}

/// An effect among those of a step.
struct Placed {
    /// Where its counterpart is among those of the image.
    place: usize,
    /// Whom it is about.
    whom: Option<usize>,
    is_sent: bool,
}

impl<'a> Pairing<'a> {
    /// Of two steps; none if it is not known what they do, or they do not draw alike.
    pub(super) fn new(
        (cast, atlas): (&'a Cast, &'a Atlas),
        talks: Option<&'a Talks>,
        swap: usize,
        (one, image): (&'a Case, &'a Case),
    ) -> Option<Self> {
        let known = |case: &'a Case| case.done(atlas).map(|done| Known { case, done });
        let (one, image) = known(one).zip(known(image))?;
        let is_alike = image.case.draws_as_many(atlas);
        is_alike.then_some(Self { cast, atlas, talks, swap, one, image })
    }

    /// Notes what becomes of what; whether that can be.
    pub(super) fn note(&self, swaps: &mut Swaps) -> bool {
        let after = match (self.one.done.after(), self.image.done.after()) {
            (Some(one), Some(image)) => self.note_nodes(swaps, one, image),
            (one, image) => one.is_none() && image.is_none(),
        };
        after
            && self.one.done.joins() == self.image.done.joins()
            && self.note_births(swaps)
            && self.note_effects(swaps)
            && self.note_notices(swaps)
    }

    fn note_nodes(&self, swaps: &mut Swaps, one: Node, image: Node) -> bool {
        swaps.pair_things(self.swap, (Holder::Itself, one), (Holder::Itself, image))
    }

    /// Whom it creates: those of whom it is not known who becomes of them one after the other.
    fn note_births(&self, swaps: &mut Swaps) -> bool {
        let images = self.births(self.image.done);
        self.births(self.one.done).into_iter().all(|(actor, node)| {
            let to = swaps.known_actor(self.swap, actor);
            let is_image = |image: usize| match to {
                Some(to) => image == to,
                None => swaps.known_actor(self.swap, image).is_none(),
            };
            let Some(&(to, image)) = images.iter().find(|image| is_image(image.0)) else {
                return false;
            };
            self.cast.rooms[actor] == self.cast.rooms[to]
                && swaps.pair_actors(self.swap, (actor, to))
                && self.note_nodes(swaps, node, image)
        })
    }

    /// Whom a step creates, and what they are, as far as anybody has met them.
    fn births(&self, done: Done<'_>) -> SmallVec<[(usize, Node); 8]> {
        let births = done.effects().iter().filter_map(Effect::birth);
        births.filter_map(|birth| Some((self.cast.number(birth.name)?, birth.node))).collect()
    }

    /// What it does around it: messages channel by channel, actors and timers by their numbers, and all in the same order
    /// wherever that matters.
    fn note_effects(&self, swaps: &mut Swaps) -> bool {
        let mut left: SmallVec<[_; 8]> = self.image.done.effects().iter().enumerate().collect();
        let mut placed = SmallVec::<[Placed; 8]>::new();
        for effect in self.one.done.effects() {
            let is_image = |(_, image): &(usize, &Effect)| self.is_image(swaps, effect, image);
            let Some(at) = left.iter().position(is_image) else { return false };
            let (place, image) = left.remove(at);
            if !self.note_contents(swaps, effect, image) {
                return false;
            }
            let is_sent = matches!(effect, Effect::Send(_));
            placed.push(Placed { place, whom: self.whom(effect), is_sent });
        }
        left.is_empty() && self.may_reorder(&placed)
    }

    /// Whom an effect is about beside the actor itself.
    fn whom(&self, effect: &Effect) -> Option<usize> {
        match effect {
            Effect::Send(sent) => self.cast.receiver(sent),
            Effect::Bear(birth) => self.cast.number(birth.name),
            Effect::Stop(_) | Effect::Arm(_) => None,
        }
    }

    /// Whether an effect can be the image of another one by all that is told from outside.
    fn is_image(&self, swaps: &Swaps, effect: &Effect, image: &Effect) -> bool {
        match (effect, image) {
            (Effect::Send(_), Effect::Send(_)) | (Effect::Bear(_), Effect::Bear(_)) => {
                self.whom(effect).map(|to| swaps.actor(self.swap, to)) == self.whom(image)
            }
            (Effect::Stop(one), Effect::Stop(other)) => one == other,
            (Effect::Arm(one), Effect::Arm(other)) => (one.id, one.due) == (other.id, other.due),
            _ => false,
        }
    }

    /// What is in an effect becomes what is in its image.
    fn note_contents(&self, swaps: &mut Swaps, effect: &Effect, image: &Effect) -> bool {
        let (one, other) = match (effect, image) {
            (Effect::Send(sent), Effect::Send(image)) => {
                let Some(to) = self.cast.receiver(sent) else { return false };
                ((to, sent.content), (swaps.actor(self.swap, to), image.content))
            }
            (Effect::Arm(arming), Effect::Arm(image)) => {
                let (one, other) = (self.one.case.actor, self.image.case.actor);
                ((one, arming.content), (other, image.content))
            }
            _ => return true,
        };
        let held = |(actor, content)| (Holder::Actor(actor), content);
        swaps.pair_things(self.swap, held(one), held(other))
    }

    /// Whether nobody can tell in which order the actor does this.
    fn may_reorder(&self, placed: &[Placed]) -> bool {
        let Some(talks) = self.talks else { return true };
        let actor = self.one.case.actor;
        let mut pairs = (0..placed.len()).flat_map(|at| (0..at).map(move |before| (before, at)));
        pairs.all(|(before, at)| {
            let (one, other) = (&placed[before], &placed[at]);
            let shows = |(to, other_to)| {
                one.is_sent && talks.matters_to((actor, to), other_to)
                    || other.is_sent && talks.matters_to((actor, other_to), to)
            };
            one.place < other.place || one.whom.zip(other.whom).is_some_and(|both| !shows(both))
        })
    }

    /// What monitors hear, and what they become.
    fn note_notices(&self, swaps: &mut Swaps) -> bool {
        let heard = |known: Known<'_>| known.case.heard(self.atlas, known.done);
        let Some((one, image)) = heard(self.one).zip(heard(self.image)) else { return false };
        one.len() == image.len()
            && one.into_iter().zip(image).all(|pair| self.note_notice(swaps, pair))
    }

    fn note_notice(&self, swaps: &mut Swaps, (one, image): (Heard, Heard)) -> bool {
        let watched = |(_, node, notice): Heard| self.atlas.watched(node, notice);
        let (does, image_does) = (watched(one).expect("heard"), watched(image).expect("heard"));
        let held = |(monitor, _, notice): Heard| (Holder::Monitor(monitor), notice);
        one.0 == image.0
            && does.state == image_does.state
            && swaps.pair_things(self.swap, held(one), held(image))
            && self.note_nodes(swaps, does.after, image_does.after)
    }
}
