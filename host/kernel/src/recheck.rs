//! Whether a bug that was found under one delivery model shows under the others.
//!
//! The trace is followed there, as far as it can be. Under a stronger model some of its steps may have to wait: then they
//! are taken as soon as they can be, and at last the schedules around the trace are sampled. What was not found may still
//! exist.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::bug::BugKind;
use crate::delivery::Delivery;
use crate::execution::{Ending, Execution, Guests};
use crate::kernel::Kernel;
use crate::recording::{Found, record};
use crate::step::{Enabled, Step};
use crate::strategy::{Diverged, Question, Strategy, below, derive_seed, place_of, seen};
use crate::trace::Choice;

/// How many executions around the trace are tried under one model.
const SAMPLES_MAX: u64 = 300;

/// How many steps and draws these executions have altogether, so that long ones are fewer.
const STEPS_MAX: u64 = 10_000;

/// One question in so many is answered at random.
const STRAY: u32 = 6;

/// What became of a bug under one delivery model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck {
    /// The model.
    pub delivery: Delivery,
    /// How to see the bug there; none if it was not found, which proves nothing.
    pub found: Option<Found>,
    /// How many executions were tried.
    pub executions: u64,
}

impl Recheck {
    /// Whether the bug shows under this model.
    #[must_use]
    pub fn is_reproduced(&self) -> bool {
        self.found.is_some()
    }
}

/// Looks for a bug under each delivery model, in the order of [`Delivery::ALL`]. `build` makes executions of the app
/// under a model; `keep_going` is asked before each execution.
pub fn recheck<G: Guests>(
    mut build: impl FnMut(Delivery) -> Execution<G>,
    found: &Found,
    keep_going: &mut dyn FnMut() -> bool,
) -> Vec<Recheck> {
    let under = |delivery| {
        let mut execution = build(delivery);
        let (mut again, mut executions, mut steps) = (None, 0, 0);
        while again.is_none()
            && executions < 2 + SAMPLES_MAX
            && (executions < 2 || steps < STEPS_MAX)
            && keep_going()
        {
            let (recording, ending) =
                record(&mut execution, Box::new(Nearby::new(found, executions)));
            executions += 1;
            steps += recording.trace.len() as u64;
            if let Ending::Bug(bug) = ending
                && bug.is_like(&found.bug)
            {
                again = Some(Found::of(&recording, *bug));
            }
        }
        Recheck { delivery, found: again, executions }
    };
    Delivery::ALL.into_iter().map(under).collect()
}

/// Takes the steps of a trace, and what must be released first.
struct Nearby {
    steps: Vec<Wanted>,
    /// Whether what cannot be taken now is taken later.
    patient: bool,
    strays: bool,
    random: Xoshiro256PlusPlus,
    judges_heat: bool,
    /// What the present turn draws, the next last.
    draws: Vec<u32>,
}

struct Wanted {
    step: Step,
    draws: Vec<u32>,
    over: bool,
}

impl Nearby {
    /// The first two attempts follow the trace as it is and as it can be, the others stray from it.
    fn new(found: &Found, attempt: u64) -> Self {
        let mut steps: Vec<Wanted> = Vec::new();
        for choice in &found.trace.choices {
            match (*choice, steps.last_mut()) {
                (Choice::Step { step, .. }, _) => {
                    steps.push(Wanted { step, draws: Vec::new(), over: false });
                }
                (Choice::Number { taken, .. }, Some(last)) => last.draws.insert(0, taken),
                (Choice::Number { .. }, None) => {}
            }
        }
        Self {
            steps,
            patient: attempt > 0,
            strays: attempt > 1,
            random: Xoshiro256PlusPlus::seed_from_u64(derive_seed(0, attempt)),
            judges_heat: found.bug.kind() == BugKind::PotentialLiveness,
            draws: Vec::new(),
        }
    }

    fn next(&mut self, enabled: &[Enabled], kernel: &Kernel) -> u32 {
        for wanted in self.steps.iter_mut().filter(|wanted| !wanted.over) {
            if let Some(place) = place_of(wanted.step, enabled) {
                wanted.over = true;
                self.draws.clone_from(&wanted.draws);
                return place;
            }
            if let Some(place) = release_for(wanted.step, enabled, kernel) {
                return place;
            }
            wanted.over = !self.patient;
        }
        0
    }
}

/// What must leave its sender before a step can be taken.
fn release_for(step: Step, enabled: &[Enabled], kernel: &Kernel) -> Option<u32> {
    let own = place_of(Step::Release(step.actor()), enabled);
    own.or_else(|| match step {
        Step::Deliver(message) if !kernel.is_on_its_way(message) => {
            place_of(Step::Release(message.from), enabled)
        }
        _ => None,
    })
}

impl Strategy for Nearby {
    fn begin(&mut self, _: u64) {
        self.steps.iter_mut().for_each(|wanted| wanted.over = false);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let bound = question.bound();
        let strays = self.strays && below(&mut self.random, STRAY) == 0;
        Ok(match question {
            Question::Step { enabled, kernel } => {
                self.draws.clear();
                if strays {
                    let place = below(&mut self.random, bound);
                    let step = enabled[place as usize].step;
                    let mut steps = self.steps.iter_mut();
                    if let Some(wanted) = steps.find(|wanted| !wanted.over && wanted.step == step) {
                        wanted.over = true;
                        self.draws.clone_from(&wanted.draws);
                    }
                    place
                } else {
                    self.next(enabled, seen(*kernel))
                }
            }
            Question::Number { .. } => self.draws.pop().map_or(0, |taken| taken.min(bound - 1)),
        })
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        self.judges_heat && self.steps.iter().all(|wanted| wanted.over)
    }
}
