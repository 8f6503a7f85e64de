//! Walks that make every schedule equally likely, as far as the future is known.

use alloc::vec::Vec;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::pos::class;
use super::random::below;
use super::{Diverged, Question, Strategy, derive_seed, seen};
use crate::actor::Slot;
use crate::id::{ActorId, HashedById};
use crate::kernel::Kernel;
use crate::step::{Enabled, MessageName, Step};

/// Each enabled step is as likely as it has consequences: itself, what it will bring up, what waits behind it.
///
/// Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025, section 3: a uniform
/// random walk (URW) weighs a thread by how many of its events remain, and then every interleaving is equally likely.
/// Differences:
/// - Threads become steps. An actor is no thread: what one handles next is what others have caused, and nothing orders
///   what remains of it. But of a step it is known what it caused in earlier executions, and causes make a forest. A
///   linear extension of a forest is drawn uniformly by taking roots with the sizes of their trees for weights (Knuth,
///   "The Art of Computer Programming" 3, 5.1.4, exercise 20).
/// - The sizes are means over the first executions of the batch, not of one profiling run: by the name of the step,
///   else by definition and kind, else 1.
/// - What waits in a channel behind its head, or for the first turn of its receiver, counts as a consequence.
#[derive(Clone, Debug)]
pub struct Urw {
    random: Xoshiro256PlusPlus,
    by_name: HashedById<u64, Mean>,
    by_class: HashedById<u64, Mean>,
    /// How many executions were learned from.
    learned: u32,
    questions: u32,
    /// By serial.
    pending: Vec<Pending>,
    /// Of the enabled steps.
    weights: Vec<u64>,
    /// What happened in this execution, if we still learn.
    taken: Vec<Taken>,
    /// By serial: consequences counted so far, at the end of an execution.
    sizes: Vec<u32>,
}

/// Executions to learn from. What comes later would not change much.
const LEARNED_MAX: u32 = 64;

/// What 1 is among weights.
const ONE: u64 = 256;

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: u64,
    count: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pending {
    /// Without what waits behind it; 0 if not met yet.
    weight: u64,
    /// The class of its turn; 0 if not met yet.
    class: u64,
    /// The last question in which it was enabled.
    enabled_at: u32,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    serial: u32,
    cause: u32,
    name: u64,
    class: u64,
    /// Whether the event was counted when it arrived.
    again: bool,
}

impl Default for Urw {
    fn default() -> Self {
        Self {
            random: Xoshiro256PlusPlus::seed_from_u64(0),
            by_name: HashedById::default(),
            by_class: HashedById::default(),
            learned: 0,
            questions: 0,
            pending: Vec::new(),
            weights: Vec::new(),
            taken: Vec::new(),
            sizes: Vec::new(),
        }
    }
}

/// The name of a step, the same in every execution.
fn name_of(step: &Step) -> u64 {
    let named = |sort: u64, actor: ActorId| derive_seed(actor.bits(), sort << 32);
    match *step {
        Step::Start(actor) => named(1, actor),
        Step::Take(actor) => named(2, actor),
        Step::Default(actor) => named(3, actor),
        Step::Release(actor) => named(4, actor),
        Step::Fire { owner, timer } => derive_seed(named(5, owner), u64::from(timer)),
        Step::Resume { actor, task } => derive_seed(named(7, actor), u64::from(task)),
        Step::Deliver(name) => named_message(name),
        Step::Fault(fault) => derive_seed(named(6, fault.actor()), u64::from(fault.fault())),
        Step::End => 0,
    }
}

fn named_message(name: MessageName) -> u64 {
    let channel = derive_seed(name.from.bits(), name.to.bits());
    derive_seed(channel, u64::from(name.copy) << 32 | u64::from(name.number))
}

impl Urw {
    fn pending(&mut self, serial: u32) -> &mut Pending {
        let serial = serial as usize;
        if self.pending.len() <= serial {
            self.pending.resize(serial + 1, Pending::default());
        }
        &mut self.pending[serial]
    }

    /// How many consequences something pending has by itself, times [`ONE`].
    fn weight(&mut self, serial: u32, name: impl FnOnce() -> u64, class: u64) -> u64 {
        if self.pending(serial).weight > 0 {
            return self.pending(serial).weight;
        }
        let mean = self.by_name.get(&name()).or_else(|| self.by_class.get(&class));
        let weight = mean.map_or(ONE, |mean| (mean.sum * ONE / mean.count).max(ONE));
        *self.pending(serial) = Pending { weight, class, ..*self.pending(serial) };
        weight
    }

    /// How many consequences everything has that this step is before.
    fn weight_of(&mut self, step: &Enabled, kernel: &Kernel) -> u64 {
        let is_behind: fn(&MessageName, ActorId) -> bool = match step.step {
            Step::Start(_) | Step::Take(_) | Step::Resume { .. } => |_, _| true,
            Step::Deliver(_) => |name, from| name.from == from,
            Step::Fault(_) | Step::End => return ONE,
            Step::Default(_) | Step::Fire { .. } | Step::Release(_) => |_, _| false,
        };
        let class = class(kernel.definition(step.slot), step.kind);
        let own = self.weight(step.serial, || name_of(&step.step), class);
        let head = match step.step {
            Step::Deliver(name) => name,
            _ => MessageName { from: step.step.actor(), to: step.step.actor(), number: 0, copy: 0 },
        };
        own + self.weight_behind(step.slot, kernel, |from| is_behind(&head, from))
    }

    /// Of what is on its way to an actor and not enabled.
    fn weight_behind(
        &mut self,
        slot: Slot,
        kernel: &Kernel,
        is_behind: impl Fn(ActorId) -> bool,
    ) -> u64 {
        let (mut weight, questions) = (0, self.questions);
        for message in kernel.on_its_way(slot).iter().filter(|message| is_behind(message.from)) {
            let Some(stamp) = message.stamp.as_deref() else { continue };
            let (number, copy) = (stamp.number, stamp.copy);
            if self.pending(stamp.serial).enabled_at != questions {
                let (from, to) = (message.from, kernel.id(slot));
                let class = class(kernel.definition(slot), Some(message.event.kind));
                let name = || named_message(MessageName { from, to, number, copy });
                weight += self.weight(stamp.serial, name, class);
            }
        }
        weight
    }

    /// Counts the consequences of all steps, the last first: what a step caused came after it.
    fn learn(&mut self) {
        self.sizes.clear();
        let last = self.taken.iter().map(|taken| taken.serial.max(taken.cause)).max().unwrap_or(0);
        self.sizes.resize(last as usize + 1, 0);
        for taken in self.taken.iter().rev() {
            self.sizes[taken.serial as usize] += 1;
            let size = self.sizes[taken.serial as usize];
            if !taken.again {
                self.sizes[taken.cause as usize] += size;
            }
            let class = (taken.class != 0).then(|| self.by_class.entry(taken.class));
            for mean in [Some(self.by_name.entry(taken.name)), class].into_iter().flatten() {
                let mean = mean.or_default();
                mean.sum += u64::from(size);
                mean.count += 1;
            }
        }
    }
}

impl Strategy for Urw {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.by_name.clear();
        self.by_class.clear();
        self.learned = 0;
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.questions = 0;
        self.pending.clear();
        self.taken.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, kernel } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        self.questions += 1;
        for step in *enabled {
            self.pending(step.serial).enabled_at = self.questions;
        }
        self.weights.clear();
        for step in *enabled {
            let weight = self.weight_of(step, seen(*kernel));
            self.weights.push(weight);
        }
        Ok(weighted(&mut self.random, &self.weights))
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        if self.learned < LEARNED_MAX && !matches!(step.step, Step::Fault(_) | Step::End) {
            let again = matches!(step.step, Step::Take(_));
            let class = self.pending(step.serial).class;
            let (serial, cause, name) = (step.serial, step.cause, name_of(&step.step));
            self.taken.push(Taken { serial, cause, name, class, again });
        }
    }

    fn end(&mut self) {
        if self.learned < LEARNED_MAX {
            self.learned += 1;
            self.learn();
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}

/// A place with a probability in proportion to its weight; not all are 0.
pub(super) fn weighted(random: &mut Xoshiro256PlusPlus, weights: &[u64]) -> u32 {
    let total: u64 = weights.iter().sum();
    let scaled = (u128::from(random.next_u64()) * u128::from(total)) >> 64;
    let mut left = u64::try_from(scaled).expect("less than the total");
    for (place, &weight) in (0..).zip(weights) {
        if left < weight {
            return place;
        }
        left -= weight;
    }
    unreachable!("less than the total is left")
}
