//! All executions, up to what cannot make a difference, instead of many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use coyote_kernel::{Method, Search, SearchBounds, Searched};
use serde::Serialize;

use super::batch::{Hit, Progress, TELL_EVERY, Tally};
use super::memory::MemoryBound;
use super::report::{FoundBug, TestReport, Verdict};
use super::{ExploreError, Exploring, Options};
use crate::clock::Clock;

/// What an exhaustive search saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SearchReport {
    /// How it went on: `stateful`, `breadth-first` or `dpor`. If both ways were tried, the one that came to its end, or was
    /// nearer to it.
    pub method: &'static str,
    /// Distinct states; 0 if they were not remembered.
    pub states: u64,
    /// Traces; 0 if states were remembered.
    pub traces: u64,
    /// Traces that turned out to be seen already.
    pub blocked: u64,
    /// Steps taken, each result of the draws in one counted.
    pub transitions: u64,
    /// Distinct states in which nothing is left to be done.
    pub terminal: u64,
    /// The most steps from the start to a state, on the way that was taken to it.
    pub depth: u64,
    /// Whether everything within the bounds was seen.
    pub complete: bool,
    /// Which share of the search is done, from 0 to 1: a rough guess while it is not complete.
    pub progress: f64,
    /// Actors of which states do not tell who is who.
    pub interchangeable: Vec<InterchangeableActors>,
}

/// Actors that turned out to be interchangeable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterchangeableActors {
    /// Their name in the manifest.
    pub actor: String,
    /// How many they are.
    pub count: usize,
}

impl SearchReport {
    fn of(searched: &Searched) -> Self {
        let Searched {
            method,
            states,
            traces,
            blocked,
            transitions,
            ref finals,
            ref interchangeable,
            depth,
            complete,
            progress,
            ..
        } = *searched;
        let (method, terminal) = (method.name(), finals.len() as u64);
        let interchangeable = interchangeable.iter().map(|actors| InterchangeableActors {
            actor: actors.name.clone(),
            count: actors.count,
        });
        Self {
            method,
            states,
            traces,
            blocked,
            transitions,
            terminal,
            depth,
            complete,
            progress,
            interchangeable: interchangeable.collect(),
        }
    }
}

impl Exploring<'_> {
    /// Goes through everything once, with at most so many states in memory.
    pub(super) fn search(
        &self,
        (method, states_max): (Method, usize),
        options: &Options,
        cancelled: &AtomicBool,
        mut tell: impl FnMut(&Progress),
    ) -> Result<(TestReport, Vec<FoundBug>), ExploreError> {
        let &Self { stage, test, .. } = self;
        let without = stage.without_images();
        if !without.is_empty() {
            return Err(ExploreError::NoImages { components: without });
        }
        let clock = Clock::start();
        let mut execution = stage.execution(test, test.delivery);
        let depth_max = usize::try_from(test.steps_max.get()).unwrap_or(usize::MAX);
        let by_memory = self.memory.map_or(usize::MAX, MemoryBound::states_max);
        let bounds =
            SearchBounds { states_max: states_max.min(by_memory), traces_max: u64::MAX, depth_max };
        let search = Search {
            method,
            bounds,
            keeps_going: options.keep_going,
            charts: true,
            symmetry: options.symmetry,
        };
        let (mut told, mut is_full) = (Duration::ZERO, false);
        let searched = search.run(&mut execution, |seen| {
            let elapsed = clock.now();
            if elapsed >= told + TELL_EVERY {
                told = elapsed;
                tell(&progress(seen, elapsed));
                is_full = self.memory.is_some_and(MemoryBound::is_full);
            }
            !is_full
                && !cancelled.load(Ordering::Relaxed)
                && options.time_max.is_none_or(|max| elapsed < max)
        });
        let searched_for = clock.now();
        let mut bugs = Vec::new();
        for found in searched.found.clone() {
            bugs.push(self.finding(&Hit { iteration: 0, found, times: 1 }, options)?);
        }
        let mut tally = Tally::of_search(&searched, &mut execution.guests);
        if let Some(what) = tally.differs.take() {
            return Err(ExploreError::NotRepeatable { what });
        }
        let mut report = self.report(&tally, !bugs.is_empty(), searched_for);
        report.minimise_seconds = (clock.now() - searched_for).as_secs_f64();
        report.search = Some(SearchReport::of(&searched));
        report.verdict = if !bugs.is_empty() {
            Verdict::Bug
        } else if searched.is_exhausted() {
            Verdict::Exhausted
        } else {
            Verdict::Sampled
        };
        is_full |= by_memory < states_max && searched.states >= by_memory as u64;
        let why = (is_full, cancelled.load(Ordering::Relaxed));
        report.unchecked = self.unchecked_by_search(&searched, states_max, why);
        Ok((report, bugs))
    }

    fn unchecked_by_search(
        &self,
        searched: &Searched,
        states_max: usize,
        (is_full, was_ended): (bool, bool),
    ) -> Vec<String> {
        let test = self.test;
        let mut unchecked = Vec::new();
        let what = if searched.method == Method::Dpor { "traces" } else { "states" };
        if searched.cut > 0 {
            let (cut, bound) = (searched.cut, test.steps_max);
            unchecked.push(format!("what comes after {bound} steps: {cut} {what} lie there"));
        }
        if !searched.complete && searched.found.is_empty() {
            let done = 100.0 * searched.progress;
            let memory = self.memory.filter(|_| is_full).map(MemoryBound::told);
            unchecked.push(if let Some(size) = memory {
                format!(
                    "{what} that there was no memory for: {size} are full; at a rough guess {done:.0} % \
                     were seen"
                )
            } else if searched.states >= states_max as u64 {
                format!("states beyond the first {states_max}")
            } else {
                let why = if was_ended { "were left when it was ended" } else { "there was no time for" };
                format!("{what} that {why}; at a rough guess {done:.0} % were seen")
            });
        }
        // If all traces come to their end, there are no loops.
        let sees_loops = searched.method == Method::Dpor && searched.is_exhausted();
        if !test.monitors.is_empty() && !sees_loops {
            unchecked.push(
                "whether progress is owed for ever in loops that the search did not close"
                    .to_owned(),
            );
        }
        unchecked.extend(self.unchecked_models());
        unchecked
    }
}

fn progress(seen: &Searched, elapsed: Duration) -> Progress {
    Progress {
        states: seen.states,
        traces: seen.traces,
        steps: seen.transitions,
        bugs: seen.found.len() as u64,
        elapsed,
        ..Progress::default()
    }
}
