//! Why a trace leads to a bug: which pairs of steps had to come in this order, found by trying the other one.
//!
//! Two steps *race* if they have the same receiver, or notify the same monitor, and the second was not brought up by
//! what followed from the first (as in Flanagan and Godefroid, "Dynamic partial-order reduction for model checking
//! software", 2005). The later one is moved before the earlier one, together with what it needs; the rest follows as far
//! as it can, then what production would do. If no bug of this kind shows by the end, the order of the two is to blame.
//! The later one need not be in the trace, which ends with the violation: it is enough that it could have come instead.
//!
//! Some apps go wrong in the order of production, too. Then all steps of the trace must happen, and no more, without the
//! bug.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::bug::{Bug, BugKind};
use crate::execution::{Ending, Execution, Guests};
use crate::id::ActorId;
use crate::minimise::{Unrepeatable, repeat};
use crate::recording::{Found, Recorded, Recording, record};
use crate::step::Step;
use crate::strategy::Rearranged;
use crate::trace::Choice;

/// How many pairs are enough for a report.
const RACES_MAX: usize = 2;

/// How many other results of one draw are tried.
const REDRAWS_MAX: u32 = 8;

/// Without what a bug would not be there. Places are those of choices in the trace, counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// At most two pairs of steps whose order matters, the most telling first: those between two messages, then the
    /// latest.
    pub races: Vec<Race>,
    /// Draws whose result matters.
    pub draws: Vec<Draw>,
    /// Faults that matter.
    pub faults: Vec<Strike>,
    /// Whether everything was tried.
    pub complete: bool,
}

/// Two steps: if the later one comes before the earlier one, the bug vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// The place of the one that came first.
    pub earlier: u32,
    /// The place of the other one; none if the violation came before it.
    pub later: Option<u32>,
    /// Both, in this order.
    pub steps: [Step; 2],
    /// Where they meet.
    pub over: Shared,
    /// Whether the bug does not show later either, if the execution goes on as production would.
    pub for_good: bool,
}

/// Where two steps meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Both are about this actor.
    Actor(ActorId),
    /// The turns of both notify this monitor.
    Monitor(u32),
}

/// A draw: with another result the bug vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Its place.
    pub at: u32,
    /// Who drew.
    pub actor: ActorId,
    /// The result.
    pub taken: u32,
    /// One that is harmless.
    pub harmless: u32,
}

/// A fault: if it does not strike, the bug vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Its place.
    pub at: u32,
    /// The fault.
    pub step: Step,
}

/// Looks for what a bug is due to, in a trace that leads to it; the smaller the trace, the more the answer tells.
/// `keep_going` is asked before each execution; where it says no, what was found so far is the result.
///
/// # Errors
///
/// The trace does not lead to this bug.
pub fn blame<G: Guests>(
    execution: &mut Execution<G>,
    found: &Found,
    keep_going: &mut dyn FnMut() -> bool,
) -> Result<Blame, Unrepeatable> {
    let (recording, bug) = repeat(execution, found)?;
    let is_patient = found.bug.kind() == BugKind::PotentialLiveness;
    let before = if is_patient { found.fair_from } else { u32::MAX };
    let recording = Arc::new(recording);
    let mut trial = Trial { recording, before, execution, bug, keep_going, spent: false };
    let (races, faults, draws) = (trial.races(), trial.faults(), trial.draws());
    Ok(Blame { races, draws, faults, complete: !trial.spent })
}

struct Trial<'a, G> {
    recording: Arc<Recording>,
    /// Only what is before this place can be to blame: where progress is owed for too long, the rest just goes on.
    before: u32,
    execution: &'a mut Execution<G>,
    bug: Bug,
    keep_going: &'a mut dyn FnMut() -> bool,
    spent: bool,
}

impl<G: Guests> Trial<'_, G> {
    /// What happened instead, if no bug of this kind showed. One of another actor or on another event counts: it may be
    /// what the same mistake looks like in another order.
    fn without_bug(&mut self, strategy: Rearranged) -> Option<Recording> {
        self.spent = self.spent || !(self.keep_going)();
        if self.spent {
            return None;
        }
        let (recording, ending) = record(self.execution, Box::new(strategy));
        let shows = matches!(ending, Ending::Bug(found) if found.kind() == self.bug.kind());
        (!shows).then_some(recording)
    }

    /// The same, if the execution goes on as production would.
    fn for_good(&mut self, strategy: Rearranged) -> Option<Recording> {
        let judges_heat = self.bug.kind() == BugKind::PotentialLiveness;
        self.without_bug(strategy.then_fifo().judging_heat(judges_heat))
    }

    fn races(&mut self) -> Vec<Race> {
        let mut reversals = reversals(&self.recording);
        reversals.retain(|Reversal { race, .. }| race.later.unwrap_or(race.earlier) < self.before);
        let races = self.guilty(&reversals, true);
        if races.is_empty() && !self.bug.needs_quiescence() {
            return self.guilty(&reversals, false);
        }
        races
    }

    fn guilty(&mut self, reversals: &[Reversal], for_good: bool) -> Vec<Race> {
        let mut guilty = Vec::new();
        for reversal in reversals {
            if guilty.len() == RACES_MAX || self.spent {
                break;
            }
            let strategy = reversal.strategy(&self.recording);
            let other = if for_good { self.for_good(strategy) } else { self.without_bug(strategy) };
            if other.is_some_and(|other| reversal.is_done(&self.recording, &other, for_good)) {
                guilty.push(Race { for_good, ..reversal.race });
            }
        }
        guilty
    }

    fn faults(&mut self) -> Vec<Strike> {
        let recording = self.recording.clone();
        let before = self.before;
        let faults = recording.steps.iter().enumerate();
        let faults = faults.filter(|(_, recorded)| {
            matches!(recorded.step, Step::Fault(_)) && place(recorded) < before
        });
        let matters = |(number, _): &(usize, &Recorded)| {
            let others = (0..recording.len()).filter(|other| other != number).collect();
            self.for_good(Rearranged::new(&recording, others)).is_some()
        };
        let guilty = faults.filter(matters);
        guilty.map(|(_, recorded)| Strike { at: place(recorded), step: recorded.step }).collect()
    }

    fn draws(&mut self) -> Vec<Draw> {
        let recording = self.recording.clone();
        let mut guilty = Vec::new();
        let before = self.before;
        let steps = recording.steps.iter().enumerate();
        for (step, recorded) in steps.take_while(|(_, recorded)| place(recorded) < before) {
            for draw in 0..recorded.draws.len() {
                let at = recorded.at + 1 + draw;
                let Choice::Number { actor, taken, bound } = recording.trace.choices[at] else {
                    continue;
                };
                let harmless = others(taken, bound).find(|&other| {
                    let all = (0..recording.len()).collect();
                    let redrawn = Rearranged::new(&recording, all).redrawn(step, draw, other);
                    self.for_good(redrawn).is_some()
                });
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                guilty.extend(harmless.map(|harmless| Draw { at, actor, taken, harmless }));
            }
        }
        guilty
    }
}

/// Other results of a draw: from 0 on, then those that are next to the result.
fn others(taken: u32, bound: u32) -> impl Iterator<Item = u32> {
    let near = [taken.saturating_sub(1), taken.saturating_add(1)];
    let first = bound.min(REDRAWS_MAX);
    let near = near.into_iter().filter(move |&other| other >= first && other < bound);
    (0..first).chain(near).filter(move |&other| other != taken)
}

/// How to let the later step of a race come first.
struct Reversal {
    race: Race,
    /// What comes before both, by number in the recording.
    before: Vec<usize>,
    /// What comes after the later one, from the earlier one on.
    after: Vec<usize>,
    /// The later one; none if the recording does not have it.
    later: Option<usize>,
}

impl Reversal {
    fn strategy(&self, recording: &Arc<Recording>) -> Rearranged {
        let order = [&self.before[..], self.later.as_slice(), &self.after].concat();
        let strategy = Rearranged::new(recording, order);
        match self.later {
            Some(_) => strategy,
            None => strategy.inserting(self.before.len(), self.race.steps[1]),
        }
    }

    /// Whether the later one came first; and unless the execution went on, whether all came that the recording has.
    fn is_done(&self, recording: &Recording, other: &Recording, went_on: bool) -> bool {
        let before = self.before.iter().map(|&number| recording.steps[number].step);
        let expected = before.chain([self.race.steps[1]]);
        let taken = other.trace.steps().take(self.before.len() + 1);
        taken.eq(expected) && (went_on || other.len() >= recording.len())
    }
}

/// All races, the most telling first.
fn reversals(recording: &Recording) -> Vec<Reversal> {
    let mut reversals = Vec::new();
    for earlier in 0..recording.len() {
        let first = &recording.steps[earlier];
        let race = |later, second, over| {
            let (earlier, steps) = (place(first), [first.step, second]);
            Race { earlier, later, steps, over, for_good: false }
        };
        let depends = recording.dependents(earlier);
        for later in earlier + 1..recording.len() {
            let second = &recording.steps[later];
            let Some(over) = shared(first, second) else { continue };
            let caused = second.cause.is_some_and(|cause| depends[cause]);
            let follows = depends[later] && !matches!(over, Shared::Actor(_));
            if !caused && !follows {
                let race = race(Some(place(second)), second.step, over);
                let (after, between): (Vec<_>, Vec<_>) =
                    (earlier..later).partition(|&number| depends[number]);
                let before = (0..earlier).chain(between).collect();
                let after = after.into_iter().chain(later + 1..recording.len()).collect();
                reversals.push(Reversal { race, before, after, later: Some(later) });
            }
        }
        let is_later = |step| recording.steps[earlier..].iter().any(|other| other.step == step);
        let rivals = first.rivals.iter().filter(|&&rival| is_turn(first.step) && is_turn(rival));
        for &rival in rivals.filter(|&&rival| !is_later(rival)) {
            let race = race(None, rival, Shared::Actor(rival.actor()));
            let (before, after) = ((0..earlier).collect(), (earlier..recording.len()).collect());
            reversals.push(Reversal { race, before, after, later: None });
        }
    }
    let end = u32::try_from(recording.trace.len()).unwrap_or(u32::MAX);
    reversals.sort_by_key(|Reversal { race, .. }| {
        let is_start = race.steps.iter().any(|step| matches!(step, Step::Start(_)));
        let later = race.later.unwrap_or(end);
        (is_start, end - later, later - race.earlier)
    });
    reversals
}

/// Where two steps meet.
fn shared(first: &Recorded, second: &Recorded) -> Option<Shared> {
    if !is_turn(first.step) || !is_turn(second.step) {
        return None;
    }
    let actor = second.step.actor();
    if actor == first.step.actor() {
        return (actor != ActorId::ENVIRONMENT).then_some(Shared::Actor(actor));
    }
    let monitor = first.monitors.iter().find(|monitor| second.monitors.contains(monitor))?;
    Some(Shared::Monitor(*monitor))
}

/// Whether an actor may have a turn.
fn is_turn(step: Step) -> bool {
    !matches!(step, Step::Release(_) | Step::Fault(_) | Step::End)
}

fn place(recorded: &Recorded) -> u32 {
    u32::try_from(recorded.at).unwrap_or(u32::MAX)
}
