//! Priorities on pending events, drawn anew after a race.

use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;
use super::{Diverged, Done, Question, Strategy, derive_seed, seen};
use crate::actor::Slot;
use crate::event::Kind;
use crate::id::{ActorId, HashedById};
use crate::kernel::Kernel;
use crate::step::{Enabled, Step};

/// The pending event of the highest priority comes next; after that all that raced with it draw new priorities.
///
/// Yuan, Yang and Gu, "Partial order aware concurrency sampling", CAV 2018, section 3 (POS). Two events race if they
/// have the same receiver, or if both touch the same monitor. Differences:
/// - What an event touches is known only once its turn is over. So we learn in the batch, by definition of the receiver
///   and kind, which monitors turns notify. What was never seen yet may touch any of them. To take too much for a race
///   costs some of the advantage over [`Random`](super::Random), but rules out no schedule.
/// - A priority is not kept but computed, from the seed, the event and how often something raced with it. So an event
///   that cannot be taken at the moment of the race draws anew too; it was not compared then, so nobody can tell.
/// - In the `mailbox` model it is not known to whom an effect goes until it is released, so all releases race.
#[derive(Clone, Debug)]
pub struct Pos {
    random: Xoshiro256PlusPlus,
    seed: u64,
    /// By slot: how many steps were about it.
    by_actor: Vec<u32>,
    /// By monitor: how many turns touched it.
    by_monitor: [u32; 64],
    /// How many turns touched any monitor.
    touching: u32,
    releases: u32,
    /// By serial.
    pending: Vec<Option<Monitors>>,
    /// By slot: whose definition it was last.
    definitions: Vec<(ActorId, u32)>,
    learned: HashedById<u64, Monitors>,
}

/// Monitors that an event may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Monitors {
    /// One bit each; all monitors from number 63 on share the last one.
    These(u64),
    Any,
}

/// The bit of a monitor.
fn bit(monitor: u32) -> u32 {
    monitor.min(63)
}

impl Default for Pos {
    fn default() -> Self {
        Self {
            random: Xoshiro256PlusPlus::seed_from_u64(0),
            seed: 0,
            by_actor: Vec::new(),
            by_monitor: [0; 64],
            touching: 0,
            releases: 0,
            pending: Vec::new(),
            definitions: Vec::new(),
            learned: HashedById::default(),
        }
    }
}

/// What turns with the same behaviour have in common; a first turn has no kind.
pub(super) fn class(definition: u32, kind: Option<Kind>) -> u64 {
    derive_seed(u64::from(definition), kind.map_or(u64::MAX, |kind| u64::from(kind.0)))
}

impl Pos {
    fn priority(&mut self, step: &Enabled, kernel: &Kernel) -> u64 {
        let receiver = self.by_actor.get(step.slot.index()).copied().unwrap_or(0);
        let (name, races) = match step.step {
            Step::End => (u64::MAX, 0),
            Step::Fault(fault) => {
                let name = derive_seed(fault.actor().bits(), u64::from(fault.fault()));
                (derive_seed(name, u64::from(step.serial)), u64::from(receiver))
            }
            Step::Release(_) => (u64::from(step.serial), u64::from(self.releases)),
            _ => {
                let monitors = self.monitors(step, kernel);
                (u64::from(step.serial), u64::from(receiver) + self.touches(monitors))
            }
        };
        derive_seed(derive_seed(self.seed, name), races)
    }

    /// What a pending event may touch.
    fn monitors(&mut self, step: &Enabled, kernel: &Kernel) -> Monitors {
        let serial = step.serial as usize;
        if self.pending.len() <= serial {
            self.pending.resize(serial + 1, None);
        }
        if let Some(known) = self.pending[serial] {
            return known;
        }
        let definition = kernel.definition(step.slot);
        self.note(step.slot, step.step.actor(), definition);
        let learned = self.learned.get(&class(definition, step.kind)).copied();
        *self.pending[serial].insert(learned.unwrap_or(Monitors::Any))
    }

    /// How many turns touched some of these monitors, those that touched several counted as often.
    fn touches(&self, monitors: Monitors) -> u64 {
        match monitors {
            Monitors::Any => u64::from(self.touching),
            Monitors::These(mut bits) => {
                let mut touches = 0;
                while bits != 0 {
                    touches += u64::from(self.by_monitor[bits.trailing_zeros() as usize]);
                    bits &= bits - 1;
                }
                touches
            }
        }
    }

    fn note(&mut self, slot: Slot, id: ActorId, definition: u32) {
        if self.definitions.len() <= slot.index() {
            self.definitions.resize(slot.index() + 1, (ActorId::ENVIRONMENT, 0));
        }
        self.definitions[slot.index()] = (id, definition);
    }

    /// The definition of the actor of a step that is over, even if the actor is over too.
    fn definition(&self, done: &Done<'_>) -> Option<u32> {
        let (slot, id) = (done.step.slot, done.step.step.actor());
        let kernel = seen(done.kernel);
        if kernel.slot(id) == Some(slot) {
            return Some(kernel.definition(slot));
        }
        let noted = self.definitions.get(slot.index())?;
        (noted.0 == id).then_some(noted.1)
    }
}

impl Strategy for Pos {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.learned.clear();
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.seed = seed;
        self.by_actor.clear();
        self.by_monitor.fill(0);
        (self.touching, self.releases) = (0, 0);
        self.pending.clear();
        self.definitions.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, kernel } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        let kernel = seen(*kernel);
        let ranked = (0..).zip(*enabled).map(|(place, step)| (self.priority(step, kernel), place));
        Ok(ranked.max().expect("a question has answers").1)
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        if matches!(step.step, Step::Release(_)) {
            self.releases += 1;
            return;
        }
        let slot = step.slot.index();
        if self.by_actor.len() <= slot {
            self.by_actor.resize(slot + 1, 0);
        }
        self.by_actor[slot] += 1;
    }

    fn done(&mut self, done: &Done<'_>) {
        if matches!(done.step.step, Step::Release(_) | Step::Fault(_) | Step::End) {
            return;
        }
        let mut touched = 0;
        for &monitor in done.monitors {
            touched |= 1 << bit(monitor);
            self.by_monitor[bit(monitor) as usize] += 1;
        }
        self.touching += u32::from(touched != 0);
        let Some(definition) = self.definition(done) else { return };
        let learned = self.learned.entry(class(definition, done.step.kind));
        if let Monitors::These(bits) = learned.or_insert(Monitors::These(0)) {
            *bits |= touched;
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}
