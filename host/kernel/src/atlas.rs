//! What the steps of an app do, each learned once.
//!
//! A strategy that takes many executions takes the same steps over and over: not in the same states of the app, of which
//! there are too many, but with the same actor in the same state and the same message. What such a step does is known from
//! the first time on: what the actor becomes, to whom it sends what, which monitors it notifies. An [`Atlas`] keeps that, as
//! numbers, and a [`Walk`] is an execution on it: a few look-ups a step instead of a turn in the kernel.
//!
//! Only plain steps are kept: starts, arrivals and firings that change one actor and its timers, create others, send to some
//! that are there or gone, or halt, while nothing is near a limit. What was never met is learned from a kernel in which its
//! actor is alone; everything else is left to the kernel of the app, which is brought there by the choices that were made so
//! far. So a walk decides nothing that a kernel does not decide: it repeats what one did, and whatever it cannot repeat ends
//! it. Which messages may arrive is the one rule that is written twice, for speed; audits compare (see
//! [`Execution::explore`](crate::Execution::explore)).
//!
//! Deliberately not here: what depends on the time that it is, or on what was deferred.

mod cast;
mod commuting;
mod order;
mod position;
mod step;
mod symmetry;
mod table;
mod talks;
mod walk;

use alloc::boxed::Box;
use alloc::vec::Vec;

use hashbrown::HashMap;
use serde::Serialize;

pub(crate) use self::cast::{Cast, OffChart};
pub(crate) use self::position::{ALL_SHARED, Place, Position, Shared, TIME, Unfit, nanoseconds};
pub(crate) use self::step::{Arming, Birth, Done, Effect, Learned, Notice, Sent};
use self::step::{Record, Steps};
pub(crate) use self::symmetry::{Case, Symmetry};
use self::table::{CacheLine, PairTable, Slot};
pub(crate) use self::talks::Talks;
pub(crate) use self::walk::Walk;
use crate::actor::Actor;
use crate::event::{Kind, Message};
use crate::id::HashedKeys;

/// What an entry takes, with its share of the tables: measured roughly.
const ENTRY_BYTES: usize = 160;

/// What is spent on an app before it has paid anything back, in units of what it costs to note a step.
const CREDIT: i64 = 50_000;

/// So many steps walked for nothing cost what it costs to note one.
const WALKED_PER_NOTED: i64 = 8;

/// What an actor, a monitor is by itself, as a number.
pub(crate) type Node = u32;

/// What a message is by itself, as a number; 0 is the start of an actor.
pub(crate) type Content = u32;

/// The number of a start, which comes with no message.
pub(crate) const START: Content = 0;

/// What was taken: the definition of the actor, the state on top of its stack, the kind of the event.
pub type Taken = (u32, Option<u32>, Kind);

/// What a question about a step, or a draw in it, leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    /// The turn draws a number.
    Draw {
        /// Which draw, among all that are known.
        number: u32,
        bound: u32,
    },
    /// The step is over; what it did.
    Over(Done<'a>),
    /// The step is not plain.
    Strange,
}

/// The same, as it is kept.
#[derive(Debug)]
enum Known {
    Draw { number: u32, bound: u32 },
    Over(Record),
    Strange,
}

const _: () =
    assert!(size_of::<Slot<Known, CacheLine>>() == 64, "what is known of a step is a cache line");

/// What a monitor does with a notice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    pub(crate) after: Node,
    /// The state that it goes into, if it changes.
    pub(crate) state: Option<u32>,
    /// Turns of it: one, or none if it ignores the notice.
    pub(crate) turns: u32,
}

/// What the steps of an app do, as far as it is known. One for each worker.
#[derive(Debug)]
pub struct Atlas {
    /// The app before its first step.
    start: Start,
    is_walked: bool,
    nodes: HashMap<u128, Node, HashedKeys>,
    /// By node.
    keys: Vec<u128>,
    /// By node, if it is an actor: the actor by itself.
    actors: Vec<Option<Box<Actor>>>,
    contents: HashMap<u128, Content, HashedKeys>,
    /// By content, if it is a message.
    messages: Vec<Option<Box<Message>>>,
    entries: PairTable<Known, CacheLine>,
    watched: PairTable<Watched>,
    steps: Steps,
    /// How many draws are known.
    draws: u32,
    /// What is left to be spent.
    credit: i64,
    bytes: usize,
    /// When it takes so many it learns nothing more.
    bytes_max: usize,
    /// What was taken on walks since the last drain, each once.
    taken: Vec<Taken>,
    /// One walked turn in so many is taken again in the kernel, and compared; 0: none.
    compare_every: u64,
    /// Walked turns since the last that were compared.
    uncompared: u64,
    counts: Walked,
    differs: Option<alloc::string::String>,
}

#[derive(Debug)]
enum Start {
    /// Nobody has looked yet.
    Unseen,
    /// There is nothing to walk on.
    Strange,
    Plain(Box<Walk>),
}

/// How much was walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Walked {
    /// Executions that the kernel took no part in.
    pub executions: u64,
    /// Steps and draws of those.
    pub steps: u64,
    /// Turns in them.
    pub turns: u64,
    /// Executions that were walked, taken again in the kernel, and compared.
    pub compared: u64,
}

impl Walked {
    /// Adds what was walked elsewhere.
    pub fn add(&mut self, other: Self) {
        self.executions += other.executions;
        self.steps += other.steps;
        self.turns += other.turns;
        self.compared += other.compared;
    }
}

impl Atlas {
    /// An empty one, that learns until it takes so many bytes, more or less. One walked turn in `compare_every` is compared
    /// with what the kernel does; 0: none.
    #[must_use]
    pub fn new(bytes_max: usize, compare_every: u64) -> Self {
        Self {
            start: Start::Unseen,
            is_walked: false,
            nodes: HashMap::default(),
            keys: Vec::new(),
            actors: Vec::new(),
            messages: Vec::new(),
            contents: HashMap::default(),
            entries: PairTable::new(),
            watched: PairTable::new(),
            steps: Steps::default(),
            draws: 0,
            credit: CREDIT,
            bytes: 0,
            bytes_max,
            taken: Vec::new(),
            compare_every,
            uncompared: 0,
            counts: Walked::default(),
            differs: None,
        }
    }

    /// How much was walked since the last call.
    pub fn take_counts(&mut self) -> Walked {
        core::mem::take(&mut self.counts)
    }

    /// What was taken on walks since the last call, each once.
    pub fn take_taken(&mut self) -> Vec<Taken> {
        self.steps.forget_met();
        core::mem::take(&mut self.taken)
    }

    /// The first walk that the kernel did not repeat, for people: our bug.
    pub fn take_difference(&mut self) -> Option<alloc::string::String> {
        self.differs.take()
    }

    /// How many steps are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it may still pay to walk.
    pub(crate) fn is_open(&self) -> bool {
        self.credit > 0 && !matches!(self.start, Start::Strange)
    }

    /// It is walked on from here on.
    pub(crate) fn begin_walks(&mut self) {
        self.is_walked = true;
    }

    /// Whether it is walked on, and not searched.
    pub(crate) fn is_walked(&self) -> bool {
        self.is_walked
    }

    /// The app before its first step, if it is known.
    pub(crate) fn start(&self) -> Option<&Walk> {
        match &self.start {
            Start::Plain(walk) => Some(walk),
            Start::Unseen | Start::Strange => None,
        }
    }

    /// Keeps the app before its first step; none if there is nothing to walk on.
    pub(crate) fn set_start(&mut self, walk: Option<Walk>) {
        self.start = walk.map_or(Start::Strange, |walk| Start::Plain(Box::new(walk)));
    }

    /// The number of what has this key.
    pub(crate) fn node(&mut self, key: u128) -> Node {
        let next = u32::try_from(self.nodes.len()).expect("an atlas has a bound");
        *self.nodes.entry(key).or_insert_with(|| {
            self.bytes += ENTRY_BYTES / 4;
            self.keys.push(key);
            next
        })
    }

    /// What has this number.
    pub(crate) fn key_of(&self, node: Node) -> u128 {
        self.keys[node as usize]
    }

    /// The number of the content with this key.
    pub(crate) fn content(&mut self, key: u128) -> Content {
        let next = u32::try_from(self.contents.len() + 1).expect("an atlas has a bound");
        *self.contents.entry(key).or_insert_with(|| {
            self.bytes += ENTRY_BYTES / 4;
            next
        })
    }

    /// Keeps what has this number: an actor by itself.
    pub(crate) fn keep_actor(&mut self, node: Node, actor: impl FnOnce() -> Actor) {
        self.bytes += keep(&mut self.actors, node, actor);
    }

    /// Keeps what has this number: a message.
    pub(crate) fn keep_message(&mut self, content: Content, message: impl FnOnce() -> Message) {
        self.bytes += keep(&mut self.messages, content, message);
    }

    /// What takes a step: the actor by itself, and the message unless it starts. None if that was not kept.
    pub(crate) fn kept(&self, node: Node, content: Content) -> Option<(&Actor, Option<&Message>)> {
        let actor = self.actors.get(node as usize)?.as_deref()?;
        if content == START {
            return Some((actor, None));
        }
        Some((actor, Some(self.kept_message(content)?)))
    }

    /// The message with this number, if it was kept.
    pub(crate) fn kept_message(&self, content: Content) -> Option<&Message> {
        self.messages.get(content as usize)?.as_deref()
    }

    /// What the step of this actor with this message leads to first.
    #[inline]
    pub(crate) fn entry(&self, node: Node, content: Content) -> Option<Entry<'_>> {
        self.entry_of(pair(node, content))
    }

    #[inline]
    fn entry_of(&self, pair: u64) -> Option<Entry<'_>> {
        Some(match self.entries.get(pair)? {
            Known::Over(record) => Entry::Over(self.steps.done(record)),
            &Known::Draw { number, bound } => Entry::Draw { number, bound },
            Known::Strange => Entry::Strange,
        })
    }

    /// What comes after a draw.
    pub(crate) fn after_draw(&self, number: u32, taken: u32) -> Option<Entry<'_>> {
        self.entry_of(of_draw(number, taken))
    }

    /// What a step with these draws leads to: their bounds and results.
    pub(crate) fn known(
        &self,
        node: Node,
        content: Content,
        draws: &[(u32, u32)],
    ) -> Option<Entry<'_>> {
        let first = self.entry(node, content);
        draws.iter().fold(first, |entry, &(_, taken)| match entry {
            Some(Entry::Draw { number, .. }) => self.after_draw(number, taken),
            other => other,
        })
    }

    /// What a monitor does with a notice.
    pub(crate) fn watched(&self, node: Node, content: Content) -> Option<Watched> {
        self.watched.get(pair(node, content)).copied()
    }

    /// Notes what a monitor does with a notice.
    pub(crate) fn note_watched(&mut self, (node, content): (Node, Content), watched: Watched) {
        self.bytes += ENTRY_BYTES / 2;
        self.watched.insert(pair(node, content), watched);
    }

    /// The step with this number was walked.
    #[inline]
    pub(crate) fn meet(&mut self, step: u32) {
        if !self.steps.is_met(step) {
            self.taken.extend(self.steps.meet(step));
        }
    }

    /// Whether it pays to learn, and there is room for it.
    pub(crate) fn learns(&self) -> bool {
        self.is_open() && self.has_room()
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < self.bytes_max
    }

    /// A walk came to its end: it has saved steps in the kernel.
    pub(crate) fn earn(&mut self, steps: u32) {
        self.credit = self.credit.saturating_add(steps.into()).min(CREDIT);
    }

    /// A walk of so many steps came to nothing.
    pub(crate) fn lose(&mut self, steps: u32) {
        self.credit -= i64::from(steps) / WALKED_PER_NOTED;
    }

    /// Whether a walk with so many turns is to be compared. Turns that are not are counted.
    pub(crate) fn is_to_be_compared(&mut self, steps: u32, turns: u64) -> bool {
        self.uncompared += turns;
        if self.compare_every > 0 && self.uncompared / self.compare_every >= turns.max(1) {
            self.uncompared = 0;
            self.counts.compared += 1;
            return true;
        }
        self.counts.executions += 1;
        self.counts.steps += u64::from(steps);
        self.counts.turns += turns;
        false
    }

    /// Something differs; the first is kept.
    pub(crate) fn differ(&mut self, what: alloc::string::String) {
        self.differs.get_or_insert(what);
    }

    /// Notes what a step did, after these draws: their bounds and results. None if it is not plain.
    pub(crate) fn note(
        &mut self,
        (node, content): (Node, Content),
        draws: &[(u32, u32)],
        known: Option<Learned>,
    ) {
        self.credit -= 1;
        let mut key = pair(node, content);
        for &(bound, taken) in draws {
            let next = Known::Draw { number: self.draws, bound };
            let number = match self.entries.get_or_insert(key, next) {
                Known::Draw { number, .. } => *number,
                // What was strange without a draw fails before it.
                Known::Over(_) | Known::Strange => return,
            };
            self.draws += u32::from(number == self.draws);
            key = of_draw(number, taken);
        }
        self.bytes += ENTRY_BYTES * (1 + draws.len());
        let step = known.and_then(|learned| self.steps.add(&learned));
        let entry = step.map_or(Known::Strange, |(record, bytes)| {
            self.bytes += bytes;
            Known::Over(record)
        });
        self.entries.insert(key, entry);
    }
}

/// Keeps something in its place of a list, unless there is something; how many bytes that takes, more or less.
fn keep<T>(kept: &mut Vec<Option<Box<T>>>, number: u32, thing: impl FnOnce() -> T) -> usize {
    let place = number as usize;
    if kept.len() <= place {
        kept.resize_with(place + 1, || None);
    }
    if kept[place].is_some() {
        return 0;
    }
    kept[place] = Some(Box::new(thing()));
    size_of::<T>() + ENTRY_BYTES
}

/// Nodes have 31 bits, so that draws are told from steps.
fn pair(node: Node, content: Content) -> u64 {
    u64::from(node) << 32 | u64::from(content)
}

fn of_draw(number: u32, taken: u32) -> u64 {
    1 << 63 | u64::from(number) << 32 | u64::from(taken)
}
