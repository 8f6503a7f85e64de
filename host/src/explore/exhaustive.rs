//! All states instead of many executions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use coyote_kernel::{Method, Search, SearchBounds, Searched};
use serde::Serialize;

use super::batch::{Hit, Progress, Tally};
use super::report::{FoundBug, TestReport, Verdict};
use super::{ExploreError, Exploring, Options};
use crate::clock::Clock;

/// What a search over all states saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SearchReport {
    /// Distinct states.
    pub states: u64,
    /// Steps taken from them, each result of the draws in one counted.
    pub transitions: u64,
    /// States in which nothing is left to be done.
    pub terminal: u64,
    /// The most steps from the start to a state, on the way that was taken to it.
    pub depth: u64,
    /// Whether every state within the bounds was gone into.
    pub complete: bool,
}

impl Exploring<'_> {
    /// Goes into every state once, at most so many.
    pub(super) fn search(
        &self,
        states_max: usize,
        options: &Options,
        cancelled: &AtomicBool,
        mut tell: impl FnMut(&Progress),
    ) -> Result<(TestReport, Vec<FoundBug>), ExploreError> {
        let Self { stage, test, .. } = *self;
        let without = stage.without_images();
        if !without.is_empty() {
            return Err(ExploreError::NoImages { components: without });
        }
        let clock = Clock::start();
        let mut execution = stage.execution(test, test.delivery);
        let depth_max = usize::try_from(test.steps_max.get()).unwrap_or(usize::MAX);
        let bounds = SearchBounds { states_max, traces_max: u64::MAX, depth_max };
        let (method, keeps_going) = (Method::Stateful, options.keep_going);
        let mut told = Duration::ZERO;
        let searched = Search { method, bounds, keeps_going }.run(&mut execution, |seen| {
            let elapsed = clock.now();
            if elapsed >= told + super::batch::TELL_EVERY {
                told = elapsed;
                tell(&progress(seen, elapsed));
            }
            !cancelled.load(Ordering::Relaxed) && options.time_max.is_none_or(|max| elapsed < max)
        });
        let mut bugs = Vec::new();
        for found in searched.found.clone() {
            bugs.push(self.finding(&Hit { iteration: 0, found, times: 1 }, options)?);
        }
        let mut tally = Tally::of_search(&searched, &mut execution.guests);
        if let Some(what) = tally.differs.take() {
            return Err(ExploreError::NotRepeatable { what });
        }
        let mut report = self.report(&tally, !bugs.is_empty(), clock.now());
        let Searched { states, transitions, depth, complete, .. } = searched;
        let terminal = searched.finals.len() as u64;
        report.search = Some(SearchReport { states, transitions, terminal, depth, complete });
        report.verdict = if !bugs.is_empty() {
            Verdict::Bug
        } else if searched.is_exhausted() {
            Verdict::Exhausted
        } else {
            Verdict::Sampled
        };
        report.unchecked = self.unchecked_by_search(&searched, states_max);
        Ok((report, bugs))
    }

    fn unchecked_by_search(&self, searched: &Searched, states_max: usize) -> Vec<String> {
        let test = self.test;
        let mut unchecked = Vec::new();
        if searched.cut > 0 {
            let (cut, bound) = (searched.cut, test.steps_max);
            unchecked.push(format!("what comes after {bound} steps: {cut} states lie there"));
        }
        if !searched.complete && searched.found.is_empty() {
            unchecked.push(if searched.states >= states_max as u64 {
                format!("states beyond the first {states_max}")
            } else {
                "states that there was no time for".to_owned()
            });
        }
        if !test.monitors.is_empty() {
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
        steps: seen.transitions,
        bugs: seen.found.len() as u64,
        elapsed,
        ..Progress::default()
    }
}
