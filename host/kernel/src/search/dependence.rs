//! Which steps can change places: those that touch nothing in common that one of them changes.
//!
//! A step changes the actor that it is about, and the monitors that its turn notifies. What it sends changes nothing that
//! its receiver or another sender can notice, as long as there is room: channels are apart, and it is the arrival that
//! fixes an order. Where more than that matters, which is seldom, dependence is coarser:
//! - Who is bound to an id matters to those who send to it: a send races with the halt of its receiver.
//! - In the `mailbox` model releases to one receiver race.
//! - Timers race with whatever arms and stops timers, since only the earliest may fire; `unordered` ones only with what
//!   arms them.
//! - Strikes of one fault race for its budget. What a fault can hit depends on what is on its way, so where there are
//!   faults, steps of an actor race with sends to it. A partition, and the end, race with everything.
//! - How full an inbox or the app is, and what time it is, matter only if somebody comes near a limit, or asks. When that
//!   is seen for the first time, the search begins [anew](Dependence::coarser).

use smallvec::SmallVec;

use super::Snapshots;
use crate::delivery::{Delivery, TimerMode};
use crate::execution::Execution;
use crate::fault::FaultStep;
use crate::id::{ActorId, HashedById};
use crate::kernel::{Rules, Touch};
use crate::step::Step;

/// Something that steps can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Object {
    /// An actor, with all that has arrived at it.
    Actor(ActorId),
    /// Who is bound to an id.
    Life(ActorId),
    /// Who watches an actor.
    Watchers(ActorId),
    /// The order in which messages wait for an actor.
    Inbox(ActorId),
    Monitor(u32),
    /// How often a fault may strike.
    Budget(u32),
    /// Virtual time, and which timers are armed.
    Time,
    /// How many actors there are.
    Room,
    Everything,
}

/// The number of an object.
pub(super) type ObjectNumber = u32;

/// An object that a step touched, and whether it changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) object: ObjectNumber,
    pub(super) writes: bool,
}

/// What a step touched, each object once.
#[derive(Clone, Debug, Default)]
pub(super) struct Footprint(SmallVec<[Access; 6]>);

impl Footprint {
    fn add(&mut self, object: ObjectNumber, writes: bool) {
        match self.0.iter_mut().find(|access| access.object == object) {
            Some(access) => access.writes |= writes,
            None => self.0.push(Access { object, writes }),
        }
    }

    /// Adds what a step touched that drew something else.
    pub(super) fn join(&mut self, other: &Self) {
        for access in &other.0 {
            self.add(access.object, access.writes);
        }
    }

    /// Whether the two steps cannot change places.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        self.0.iter().any(|one| {
            let mut others = other.0.iter();
            others.any(|other| one.object == other.object && (one.writes || other.writes))
        })
    }

    pub(super) fn accesses(&self) -> impl Iterator<Item = Access> {
        self.0.iter().copied()
    }
}

/// What else matters, because it was seen that it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Coarseness {
    /// How full something is.
    fullness: bool,
    /// What time it is.
    clock: bool,
}

/// Which steps of an app depend on each other.
#[derive(Debug)]
pub(super) struct Dependence {
    delivery: Delivery,
    timers: TimerMode,
    has_faults: bool,
    coarseness: Coarseness,
    /// What was seen since the search began.
    seen: Coarseness,
    numbers: HashedById<Object, ObjectNumber>,
}

impl Dependence {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            delivery: rules.delivery,
            timers: rules.timers,
            has_faults: !rules.faults.is_empty(),
            coarseness: Coarseness::default(),
            seen: Coarseness::default(),
            numbers: HashedById::default(),
        }
    }

    /// What to begin anew with if something was seen that matters and was not taken for it.
    pub(super) fn coarser(&self) -> Option<Self> {
        let coarseness = Coarseness {
            fullness: self.coarseness.fullness || self.seen.fullness,
            clock: self.coarseness.clock || self.seen.clock,
        };
        let numbers = HashedById::default();
        (coarseness != self.coarseness).then_some(Self { coarseness, numbers, ..*self })
    }

    /// The object that an actor is.
    pub(super) fn actor(&mut self, id: ActorId) -> ObjectNumber {
        self.number(Object::Actor(id))
    }

    fn number(&mut self, object: Object) -> ObjectNumber {
        let next = u32::try_from(self.numbers.len()).expect("fewer than 2^32 objects");
        *self.numbers.entry(object).or_insert(next)
    }

    /// What the step touched that was just taken; `stops` if its actor does nothing more.
    pub(super) fn footprint<G: Snapshots>(
        &mut self,
        execution: &Execution<G>,
        step: Step,
        stops: bool,
    ) -> Footprint {
        let mut footprint = Footprint::default();
        self.add_step(step, &mut footprint);
        if stops {
            self.add(Object::Life(step.actor()), true, &mut footprint);
        }
        for &monitor in execution.notified() {
            self.add(Object::Monitor(monitor), true, &mut footprint);
        }
        for &touch in execution.kernel().touched() {
            self.add_touch(touch, &mut footprint);
        }
        self.seen.clock |= execution.guests.tells_time();
        if self.coarseness.clock {
            self.add(Object::Time, false, &mut footprint);
        }
        footprint
    }

    fn add(&mut self, object: Object, writes: bool, footprint: &mut Footprint) {
        let number = self.number(object);
        footprint.add(number, writes);
    }

    fn add_step(&mut self, step: Step, footprint: &mut Footprint) {
        let actor = step.actor();
        if actor == ActorId::ENVIRONMENT {
            return self.add(Object::Everything, true, footprint);
        }
        self.add(Object::Actor(actor), true, footprint);
        if self.has_faults {
            self.add(Object::Everything, false, footprint);
        }
        if let Step::Fault(fault) = step {
            self.add(Object::Budget(fault.fault()), true, footprint);
        }
        if let Step::Fire { .. } | Step::Fault(FaultStep::Timer { .. }) = step {
            let writes = self.timers == TimerMode::Earliest || self.coarseness.clock;
            self.add(Object::Time, writes, footprint);
        }
    }

    fn add_touch(&mut self, touch: Touch, footprint: &mut Footprint) {
        match touch {
            Touch::Named(id) => self.add(Object::Life(id), false, footprint),
            Touch::Sent(id) => {
                self.add(Object::Life(id), false, footprint);
                if self.coarseness.fullness || self.has_faults {
                    self.add(Object::Actor(id), self.coarseness.fullness, footprint);
                }
                if self.delivery == Delivery::Mailbox {
                    self.add(Object::Inbox(id), true, footprint);
                }
            }
            Touch::Bound(id) => {
                self.add(Object::Life(id), true, footprint);
                if self.coarseness.fullness {
                    self.add(Object::Room, true, footprint);
                }
            }
            Touch::Watched(id) => {
                self.add(Object::Life(id), false, footprint);
                self.add(Object::Watchers(id), true, footprint);
            }
            Touch::LetGo(id) => self.add(Object::Actor(id), true, footprint),
            Touch::Armed => self.add(Object::Time, true, footprint),
            Touch::Stopped(_) => {
                if self.timers == TimerMode::Earliest {
                    self.add(Object::Time, true, footprint);
                }
            }
            Touch::Clock => self.seen.clock = true,
            Touch::Scarce => self.seen.fullness = true,
        }
    }
}
