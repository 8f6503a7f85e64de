//! From a trace that was found to one that people can read.

use coyote_kernel::blame::{self, Blame, Race, Shared};
use coyote_kernel::{
    Bug, Choice, Ending, Execution, Found, Step, Told, Unrepeatable, minimise, recheck,
};

use super::batch::Hit;
use super::narrate::{Labels, Narration, TraceLine, narrate};
use super::report::{FoundBug, tell};
use super::trace_file::{Recorded, Token, TraceFile};
use super::turns::Turns;
use super::{ExploreError, Exploring, Options};
use crate::clock::Clock;

/// Longest trace in which those to blame are looked for if the minimised one has none.
const BLAMED_STEPS_MAX: usize = 200;

impl Exploring<'_> {
    /// Makes a report of a bug: its trace repeated, made shorter, explained and told.
    pub(super) fn finding(&self, hit: &Hit, options: &Options) -> Result<FoundBug, ExploreError> {
        let &Self { stage, test, .. } = self;
        let Hit { iteration, found, times } = hit;
        let clock = Clock::start();
        let mut keep_going = || clock.now() < options.minimise_time;
        let not_repeated = |what: String| ExploreError::NotRepeatable { what };
        let mut execution = stage.execution(test, test.delivery);
        // An execution that is too long has nothing that could be left out, and no step that is to blame.
        let is_cut = matches!(found.bug, Bug::StepBound { .. } | Bug::Lasso { .. });
        let unrepeatable = |unrepeatable: Unrepeatable| not_repeated(unrepeatable.to_string());
        let shortest = if is_cut {
            found.clone()
        } else {
            minimise(&mut execution, found, &mut keep_going).map_err(unrepeatable)?.found
        };
        // Nothing is looked up, as in a replay.
        let mut fresh = stage.forgetful(test, test.delivery);
        let Narration { lines, labels, ending, .. } =
            narrate(&mut fresh, Box::new(shortest.replay()), 0);
        let seen = match ending {
            Ending::Bug(seen) if seen.is_like(&found.bug) => *seen,
            Ending::Cut if is_cut => shortest.bug.clone(),
            other => return Err(not_repeated(format!("{:?}, then {other:?}", found.bug))),
        };
        let names = stage.monitor_names(test);
        let (mut why, mut rechecked) = (Vec::new(), Vec::new());
        if !is_cut {
            let blame =
                blame::blame(&mut execution, &shortest, &mut keep_going).map_err(unrepeatable)?;
            why = reasons(&blame, &shortest, &lines, &labels, &names);
            if why.is_empty() && found.trace.len() <= BLAMED_STEPS_MAX {
                why = self.reasons_in_original(found, &mut execution, &mut keep_going)?;
            }
            rechecked =
                recheck(|delivery| stage.execution(test, delivery), &shortest, &mut keep_going);
        }
        let Told { message, actor, event, state, suspended, backtrace } =
            tell(&seen, &names, &stage.code.shared.kinds, &labels);
        let kind = seen.kind().to_string();
        let recorded =
            |found: &Found| Recorded { trace: found.trace.clone(), fair_from: found.fair_from };
        let file = TraceFile {
            app: stage.app.name().to_owned(),
            test: test.name.clone(),
            components: stage.digests(),
            manifest: stage.manifest_digest(test),
            delivery: test.delivery,
            timers: test.timers,
            steps_max: test.steps_max.get(),
            temperature_max: test.temperature_max,
            strategy: options.who_chooses(),
            seed: self.seed,
            iteration: *iteration,
            bug: (kind.clone(), message.clone()),
            trace: recorded(&shortest),
            original: recorded(found),
            snapshot: stage.snapshot(),
        };
        Ok(FoundBug {
            kind,
            message,
            actor,
            event,
            state,
            suspended,
            backtrace,
            test: test.name.clone(),
            iteration: *iteration,
            times: *times,
            steps: length(found),
            minimised_steps: length(&shortest),
            reproduces_under: rechecked
                .iter()
                .filter(|rechecked| rechecked.is_reproduced())
                .map(|rechecked| rechecked.delivery.name())
                .collect(),
            blame: why,
            trace: None,
            token: self.token(&shortest).encode(),
            lines,
            file: Some(file),
        })
    }

    /// Why a bug shows in the trace as it was found: who could have come first may be what was left out of it.
    fn reasons_in_original(
        &self,
        found: &Found,
        execution: &mut Execution<Turns>,
        keep_going: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<String>, ExploreError> {
        let blame = blame::blame(execution, found, keep_going).map_err(|unrepeatable| {
            ExploreError::NotRepeatable { what: unrepeatable.to_string() }
        })?;
        let Narration { lines, labels, .. } = narrate(execution, Box::new(found.replay()), 0);
        let names = self.stage.monitor_names(self.test);
        let reasons = reasons(&blame, found, &lines, &labels, &names);
        Ok(reasons.into_iter().map(|why| format!("in the original trace, {why}")).collect())
    }

    fn token(&self, found: &Found) -> Token {
        Token {
            app: self.stage.fingerprint(self.test),
            test: self.place,
            delivery: self.test.delivery,
            steps_max: self.test.steps_max.get(),
            temperature_max: self.test.temperature_max,
            seed: self.seed,
            fair_from: found.fair_from,
            answers: found.trace.pack(),
        }
    }
}

/// How many steps a bug takes, as they are numbered for people.
fn length(found: &Found) -> u32 {
    u32::try_from(found.trace.steps().count()).unwrap_or(u32::MAX)
}

/// What an actor could have done instead.
fn not_yet(step: Step, labels: &Labels) -> String {
    match step {
        Step::Deliver(message) => {
            let (from, to) = (labels.of(message.from), labels.of(message.to));
            format!("what {from} sent, which {to} has not taken yet,")
        }
        Step::Fire { timer, .. } => format!("timer {timer}, which has not fired yet,"),
        _ => format!("what {} has not handled yet", labels.of(step.actor())),
    }
}

/// Why a bug shows, in words.
fn reasons(
    blame: &Blame,
    found: &Found,
    lines: &[TraceLine],
    labels: &Labels,
    monitors: &[String],
) -> Vec<String> {
    // Lines count steps; places count draws too.
    let line = |place: u32| {
        let before = &found.trace.choices[..=place as usize];
        before.iter().filter(|choice| matches!(choice, Choice::Step { .. })).count()
    };
    let what = |place: u32| {
        let TraceLine { step, actor, what, .. } = &lines[line(place) - 1];
        format!("step {step} ({actor} {what})")
    };
    let race = |race: &Race| {
        let Race { earlier, later, steps: [_, second], over, for_good } = race;
        let over = match over {
            Shared::Actor(actor) => format!("at {}", labels.of(*actor)),
            Shared::Monitor(monitor) => format!("before {}", monitors[*monitor as usize]),
        };
        let later = match later {
            Some(later) => what(*later),
            None => not_yet(*second, labels),
        };
        let vanishes = if *for_good { "it does not happen" } else { "it does not happen then" };
        format!("{} comes before {later} {over}; the other way round {vanishes}", what(*earlier))
    };
    let mut reasons: Vec<_> = blame.races.iter().map(race).collect();
    // Which of its numbers it is, if the turn draws several.
    let which = |place: u32| {
        let (before, after) = found.trace.choices.split_at(place as usize + 1);
        let is_draw = |choice: &&Choice| matches!(choice, Choice::Number { .. });
        let number = before.iter().rev().take_while(is_draw).count();
        let is_last = after.first().is_none_or(|next| !is_draw(&next));
        if number == 1 && is_last { String::new() } else { format!(" as number {number}") }
    };
    reasons.extend(blame.draws.iter().map(|draw| {
        let (actor, which) = (labels.of(draw.actor), which(draw.at));
        let (step, harmless) = (line(draw.at), draw.harmless);
        format!("{actor} draws {}{which} in step {step}; not with {harmless}", draw.taken)
    }));
    reasons.extend(
        blame
            .faults
            .iter()
            .map(|strike| format!("{} strikes; it does not happen without", what(strike.at))),
    );
    reasons
}
