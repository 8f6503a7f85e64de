//! Following an execution some of whose steps were left out or moved.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Diverged, Done, Question, Strategy, place_of, seen};
use crate::fault::FaultStep;
use crate::id::ActorId;
use crate::recording::Recording;
use crate::step::Step;

/// Takes steps of a recorded execution in another order, as far as they are enabled. Names are translated: if a turn
/// no longer happens, what its actor sends, creates and arms later has other numbers, but comes from the same turns as
/// before.
#[derive(Clone, Debug)]
pub(crate) struct Rearranged {
    recording: Arc<Recording>,
    /// Which steps, by their numbers in the recording.
    order: Vec<usize>,
    /// A step that the recording does not have, and before which place of the order it comes.
    inserted: Option<(usize, Step)>,
    /// Which draw of which step is to be another number.
    redrawn: Option<(usize, usize, u32)>,
    goes_on: bool,
    judges_heat: bool,
    next: usize,
    /// The step that is being taken, if it is of the recording, and how often its turn has drawn.
    current: Option<(usize, usize)>,
    names: Names,
}

impl Rearranged {
    /// Takes these steps, in this order; then the execution ends if it may, or is cut.
    pub(crate) fn new(recording: &Arc<Recording>, order: Vec<usize>) -> Self {
        Self {
            recording: recording.clone(),
            order,
            inserted: None,
            redrawn: None,
            goes_on: false,
            judges_heat: false,
            next: 0,
            current: None,
            names: Names::default(),
        }
    }

    /// The execution goes on as production would.
    pub(crate) fn then_fifo(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// While it goes on, temperature counts (L2).
    pub(crate) fn judging_heat(mut self, judges_heat: bool) -> Self {
        self.judges_heat = judges_heat;
        self
    }

    /// Before this place of the order comes a step that the recording does not have.
    pub(crate) fn inserting(mut self, place: usize, step: Step) -> Self {
        self.inserted = Some((place, step));
        self
    }

    /// The draw with this number in the turn of this step has this result.
    pub(crate) fn redrawn(mut self, step: usize, draw: usize, taken: u32) -> Self {
        self.redrawn = Some((step, draw, taken));
        self
    }

    fn drawn(&self, step: usize, draw: usize) -> u32 {
        match self.redrawn {
            Some((at, number, taken)) if (at, number) == (step, draw) => taken,
            _ => self.recording.steps[step].draws.get(draw).copied().unwrap_or(0),
        }
    }
}

impl Strategy for Rearranged {
    fn begin(&mut self, _: u64) {
        (self.next, self.current) = (0, None);
        self.names = Names::of(&self.recording);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        match question {
            Question::Step { enabled, .. } => {
                self.current = None;
                if let Some((_, step)) = self.inserted.take_if(|(place, _)| *place == self.next)
                    && let Some(place) = place_of(step, enabled)
                {
                    return Ok(place);
                }
                while let Some(&number) = self.order.get(self.next) {
                    self.next += 1;
                    let step = self.names.translate(self.recording.steps[number].step);
                    if let Some(place) = step.and_then(|step| place_of(step, enabled)) {
                        self.current = Some((number, 0));
                        return Ok(place);
                    }
                }
                if self.goes_on {
                    return Ok(0);
                }
                let at = u32::try_from(self.next).unwrap_or(u32::MAX);
                let cut = Diverged { at, recorded: None, asked: question.asked() };
                place_of(Step::End, enabled).ok_or(cut)
            }
            Question::Number { bound, .. } => {
                let Some((step, draw)) = self.current else { return Ok(0) };
                self.current = Some((step, draw + 1));
                Ok(self.drawn(step, draw).min(bound - 1))
            }
        }
    }

    fn done(&mut self, done: &Done<'_>) {
        if let Some((number, _)) = self.current
            && done.step.serial != 0
        {
            let brought = seen(done.kernel).brought_up_by(done.step.serial);
            self.names.learn(&self.recording.steps[number].brought, &brought);
        }
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        self.judges_heat && self.goes_on && self.next == self.order.len()
    }
}

/// What starts, deliveries and firings of the recording are called now; none for what has not come up, and might never.
#[derive(Clone, Debug, Default)]
struct Names(BTreeMap<Step, Option<Step>>);

impl Names {
    fn of(recording: &Recording) -> Self {
        let brought = recording.steps.iter().flat_map(|recorded| &recorded.brought);
        Self(brought.map(|&step| (step, None)).collect())
    }

    /// What a step of the recording is called now.
    fn translate(&self, step: Step) -> Option<Step> {
        Some(match step {
            // What the environment did has the name that it had.
            Step::Start(_) | Step::Deliver(_) | Step::Fire { .. } => {
                return self.0.get(&step).copied().unwrap_or(Some(step));
            }
            Step::Take(actor) => Step::Take(self.actor(actor)?),
            Step::Default(actor) => Step::Default(self.actor(actor)?),
            Step::Release(actor) => Step::Release(self.actor(actor)?),
            Step::Fault(fault) => Step::Fault(self.fault(fault)?),
            Step::Resume { actor, task } => Step::Resume { actor: self.actor(actor)?, task },
            Step::End => Step::End,
        })
    }

    fn fault(&self, strike: FaultStep) -> Option<FaultStep> {
        Some(match strike {
            FaultStep::Actor { fault, actor } => {
                FaultStep::Actor { fault, actor: self.actor(actor)? }
            }
            FaultStep::Message { fault, message } => {
                let Step::Deliver(message) = self.translate(Step::Deliver(message))? else {
                    return None;
                };
                FaultStep::Message { fault, message }
            }
            FaultStep::Timer { fault, owner, timer } => {
                let Step::Fire { owner, timer } = self.translate(Step::Fire { owner, timer })?
                else {
                    return None;
                };
                FaultStep::Timer { fault, owner, timer }
            }
            FaultStep::Split { .. } | FaultStep::Heal { .. } => strike,
        })
    }

    fn actor(&self, actor: ActorId) -> Option<ActorId> {
        match self.translate(Step::Start(actor))? {
            Step::Start(actor) => Some(actor),
            _ => None,
        }
    }

    /// A step brought up in the recording what is first, and now what is second.
    fn learn(&mut self, recorded: &[Step], brought: &[Step]) {
        let mut brought = Vec::from_iter(brought.iter().copied().map(Some));
        for &step in recorded {
            let fitting = |now: &&mut Option<Step>| now.is_some_and(|now| self.is_like(step, now));
            let now = brought.iter_mut().find(fitting).and_then(Option::take);
            self.0.insert(step, now);
        }
    }

    /// Whether the first, of the recording, is about the same actors as the second.
    fn is_like(&self, recorded: Step, now: Step) -> bool {
        match (recorded, now) {
            (Step::Start(_), Step::Start(_)) => true,
            (Step::Deliver(recorded), Step::Deliver(now)) => {
                self.actor(recorded.from) == Some(now.from)
                    && self.actor(recorded.to) == Some(now.to)
            }
            (Step::Fire { owner: recorded, .. }, Step::Fire { owner: now, .. }) => {
                self.actor(recorded) == Some(now)
            }
            _ => false,
        }
    }
}
