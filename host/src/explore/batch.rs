//! Many executions on many workers, with a result that does not depend on how many.
//!
//! Iterations are numbered from 0, and each has a seed of its own. They come in *batches* whose sizes are fixed;
//! a strategy learns within a batch and begins each anew. Workers take whole batches, lowest first. Once a bug ends
//! the exploration, or the strategy has nothing left, what belongs to later iterations is thrown away.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use coyote_kernel::strategy::{Oracle, Strategy, derive_seed};
use coyote_kernel::{Atlas, Bug, Ending, Execution, Found, Searched, Taken, Walked};
use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use super::schedule::{Keys, Schedule, Schedules};
use super::turns::{TurnCounts, Turns};
use crate::clock::Clock;

/// The first worker is alone for so long.
const ALONE: Duration = Duration::from_millis(1);

/// How often progress is told.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

/// What is to be explored.
pub(super) struct Plan<'a> {
    /// The seed of the exploration.
    pub(super) seed: u64,
    /// The iterations from here.
    pub(super) from: u64,
    /// To here.
    pub(super) to: u64,
    pub(super) time_max: Option<Duration>,
    pub(super) workers: NonZeroUsize,
    pub(super) keep_going: bool,
    /// Whether a cut execution is a bug (E4).
    pub(super) fail_at_bound: bool,
    pub(super) execution: &'a (dyn Fn() -> Execution<Turns> + Sync),
    /// What a worker learns of steps; none if executions cannot be taken from it.
    pub(super) atlas: &'a (dyn Fn() -> Option<Atlas> + Sync),
    pub(super) strategy: &'a (dyn Fn() -> Box<dyn Strategy> + Sync),
    /// Set from outside when nobody wants to wait any longer.
    pub(super) cancelled: &'a AtomicBool,
}

/// How far an exploration has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Executions so far.
    pub iterations: u64,
    /// States so far, in an exhaustive search.
    pub states: u64,
    /// Traces so far, in an exhaustive search that does not remember states.
    pub traces: u64,
    /// Steps and draws of all of them (T7).
    pub steps: u64,
    /// Bugs so far, not yet told apart.
    pub bugs: u64,
    /// Schedules that differ, as far as they are merged.
    pub distinct_schedules: u64,
    /// Pairs of state and kind of event that were taken, as far as they are merged.
    pub covered: u64,
    /// Since the start.
    pub elapsed: Duration,
}

/// A bug, and where it was found first.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) iteration: u64,
    pub(super) found: Found,
    /// Executions that ended in one like it.
    pub(super) times: u64,
}

/// What came out of many executions.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) iterations: u64,
    pub(super) steps: u64,
    pub(super) steps_min: u32,
    pub(super) steps_max: u32,
    /// Questions with more than one answer.
    pub(super) choices: u64,
    /// Executions that were cut at the bound.
    pub(super) cut: u64,
    /// Executions under a strategy that was not fair at their end.
    pub(super) unfair: u64,
    pub(super) schedules: Schedules,
    keys: Keys,
    pub(super) covered: HashSet<Taken>,
    /// Told apart, the lowest iteration first.
    pub(super) hits: Vec<Hit>,
    /// Whether the strategy has nothing left.
    pub(super) exhausted: bool,
    pub(super) turns: TurnCounts,
    pub(super) walked: Walked,
    /// What we did wrong: two runs of one turn differed.
    pub(super) differs: Option<String>,
}

/// Iterations of the smallest batches. There are four of each size, up to a limit: early bugs are found by all workers,
/// and long explorations learn long.
const SMALLEST: u64 = 128;

/// How often the size doubles.
const DOUBLINGS: u64 = 5;

/// How many iterations come before the batches that have doubled so often.
fn before(doublings: u64) -> u64 {
    4 * SMALLEST * ((1 << doublings) - 1)
}

/// The first iteration of a batch, and how many it has.
fn batch(number: u64) -> (u64, u64) {
    let (size, place) = ((number / 4).min(DOUBLINGS), number);
    let len = SMALLEST << size;
    (before(size).saturating_add((place - 4 * size).saturating_mul(len)), len)
}

/// The number of the batch with this iteration.
fn batch_of(iteration: u64) -> u64 {
    let size = u64::from((iteration / (4 * SMALLEST) + 1).ilog2()).min(DOUBLINGS);
    4 * size + (iteration - before(size)) / (SMALLEST << size)
}

impl Plan<'_> {
    /// Explores, and tells how far it has come now and then.
    pub(super) fn run(&self, clock: Clock, mut tell: impl FnMut(&Progress)) -> Tally {
        let pool = Pool {
            plan: self,
            clock,
            next: AtomicU64::new(batch_of(self.from)),
            stop: AtomicU64::new(self.to),
            iterations: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            bugs: AtomicU64::new(0),
        };
        let mut merged =
            Merged { tally: Tally::default(), early: BTreeMap::new(), next: batch_of(self.from) };
        thread::scope(|scope| {
            let (sender, receiver) = unbounded();
            let mut others = 1..self.workers.get();
            let mut told = Duration::ZERO;
            let mut look = |merged: &mut Merged| {
                let now = clock.now();
                if now >= told + TELL_EVERY {
                    tell(&pool.progress(&merged.tally));
                    told = now;
                }
                now
            };
            pool.work(&sender, &mut || {
                // Many bugs are found sooner than a thread is there.
                if look(&mut merged) >= ALONE {
                    for number in std::mem::take(&mut others) {
                        let (pool, results) = (&pool, sender.clone());
                        let builder =
                            thread::Builder::new().name(format!("coyote-explore-{number}"));
                        let work = move || pool.work(&results, &mut || {});
                        if builder.spawn_scoped(scope, work).is_err() {
                            // The machine has no more threads; these are enough.
                            break;
                        }
                    }
                    receiver.try_iter().for_each(|batch| merged.take(&pool, batch));
                }
            });
            drop(sender);
            loop {
                match receiver.recv_timeout(TELL_EVERY) {
                    Ok(batch) => merged.take(&pool, batch),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                look(&mut merged);
            }
        });
        merged.early.into_iter().for_each(|batch| pool.merge(&mut merged.tally, batch));
        merged.tally
    }
}

/// What has come of the batches so far, in order.
struct Merged {
    tally: Tally,
    /// Batches that came before an earlier one did, by number.
    early: BTreeMap<u64, Tally>,
    /// The batch that is merged next.
    next: u64,
}

impl Merged {
    fn take(&mut self, pool: &Pool<'_>, (number, of_batch): (u64, Tally)) {
        self.early.insert(number, of_batch);
        // Whatever ends the exploration before a batch is known by the time that all earlier ones are there.
        while let Some(of_batch) = self.early.remove(&self.next) {
            pool.merge(&mut self.tally, (self.next, of_batch));
            self.next += 1;
        }
    }
}

struct Pool<'a> {
    plan: &'a Plan<'a>,
    clock: Clock,
    /// The next batch that nobody has taken.
    next: AtomicU64,
    /// Iterations from here on do not matter.
    stop: AtomicU64,
    iterations: AtomicU64,
    steps: AtomicU64,
    bugs: AtomicU64,
}

impl Pool<'_> {
    fn progress(&self, seen: &Tally) -> Progress {
        Progress {
            iterations: self.iterations.load(Ordering::Relaxed),
            states: 0,
            traces: 0,
            steps: self.steps.load(Ordering::Relaxed),
            bugs: self.bugs.load(Ordering::Relaxed),
            distinct_schedules: seen.schedules.len() as u64,
            covered: seen.covered.len() as u64,
            elapsed: self.clock.now(),
        }
    }

    /// Takes in the batch with this number, if it matters.
    fn merge(&self, tally: &mut Tally, (number, of_batch): (u64, Tally)) {
        if batch(number).0 < self.stop.load(Ordering::SeqCst) {
            tally.merge(of_batch, self.plan.keep_going);
        }
    }

    fn is_over(&self) -> bool {
        self.plan.cancelled.load(Ordering::Relaxed)
            || self.plan.time_max.is_some_and(|max| self.clock.now() >= max)
    }

    /// Takes batches until none is left. What is to be done `between` executions is called after each.
    fn work(&self, results: &Sender<(u64, Tally)>, between: &mut dyn FnMut()) {
        let mut execution = (self.plan.execution)();
        let mut oracle = Box::new(Oracle::new((self.plan.strategy)()));
        let mut atlas = (self.plan.atlas)();
        loop {
            let whole = oracle.strategy().is_one_batch();
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let (mut first, mut len) = batch(number);
            if whole {
                if number > batch_of(self.plan.from) {
                    return;
                }
                (first, len) = (0, u64::MAX);
            }
            if first >= self.stop.load(Ordering::SeqCst) || self.is_over() {
                return;
            }
            let tally;
            let tools = (&mut execution, atlas.as_mut());
            (oracle, tally) = self.batch(number, (first, len), oracle, tools, between);
            // Nobody listens only if the exploration is over.
            let _ = results.send((number, tally));
        }
    }

    fn batch(
        &self,
        number: u64,
        (first, len): (u64, u64),
        mut oracle: Box<Oracle>,
        (execution, mut atlas): (&mut Execution<Turns>, Option<&mut Atlas>),
        between: &mut dyn FnMut(),
    ) -> (Box<Oracle>, Tally) {
        let mut tally = Tally::default();
        let seed = self.plan.seed;
        oracle.strategy().begin_batch(derive_seed(!seed, number), number);
        let learns = oracle.strategy().learns();
        for iteration in first..first.saturating_add(len) {
            let wanted = iteration >= self.plan.from;
            if iteration >= self.stop.load(Ordering::Relaxed) || self.is_over() {
                break;
            }
            if !wanted && !learns {
                continue;
            }
            let ending;
            let own = derive_seed(seed, iteration);
            (oracle, ending) = match &mut atlas {
                Some(atlas) => execution.explore(oracle, own, atlas),
                None => execution.run(oracle, own),
            };
            let exhausted = oracle.strategy().is_exhausted();
            if !wanted && !exhausted {
                continue;
            }
            if !wanted {
                self.stop.fetch_min(iteration + 1, Ordering::SeqCst);
                break;
            }
            self.iterations.fetch_add(1, Ordering::Relaxed);
            self.steps.fetch_add(oracle.counted().into(), Ordering::Relaxed);
            let is_bug = tally.note(iteration, ending, &mut oracle, self.plan.fail_at_bound);
            self.bugs.fetch_add(is_bug.into(), Ordering::Relaxed);
            if is_bug && !self.plan.keep_going {
                self.stop.fetch_min(iteration + 1, Ordering::SeqCst);
                break;
            }
            if exhausted {
                tally.exhausted = self.plan.from == 0;
                self.stop.fetch_min(iteration + 1, Ordering::SeqCst);
                break;
            }
            between();
        }
        tally.take_from(&mut execution.guests);
        if let Some(atlas) = atlas {
            tally.take_walked(atlas);
        }
        (oracle, tally)
    }
}

impl Tally {
    /// What a search saw, as far as it is what executions see.
    pub(super) fn of_search(searched: &Searched, guests: &mut Turns) -> Self {
        let mut tally = Self { steps: searched.transitions, ..Self::default() };
        tally.take_from(guests);
        tally
    }

    /// Takes what the guests counted since the last time.
    fn take_from(&mut self, guests: &mut Turns) {
        self.covered = guests.covered.drain().collect();
        self.turns = std::mem::take(&mut guests.counts);
        self.differs = self.differs.take().or(guests.differs.take());
    }

    /// Takes what was walked since the last time.
    fn take_walked(&mut self, atlas: &mut Atlas) {
        self.covered.extend(atlas.take_taken());
        self.walked = atlas.take_counts();
        self.turns.looked_up += self.walked.turns;
        self.differs = self.differs.take().or(atlas.take_difference());
    }

    /// Notes one execution; whether it is a bug.
    fn note(
        &mut self,
        iteration: u64,
        ending: Ending,
        oracle: &mut Oracle,
        fail_at_bound: bool,
    ) -> bool {
        let fair = oracle.strategy().is_fair();
        let (trace, steps) = (oracle.trace(), oracle.counted());
        self.steps_min = if self.iterations == 0 { steps } else { self.steps_min.min(steps) };
        self.steps_max = self.steps_max.max(steps);
        self.iterations += 1;
        self.steps += u64::from(steps);
        self.unfair += u64::from(!fair);
        let Schedule { key, choices } = self.keys.schedule(trace);
        self.choices += choices;
        self.schedules.note(key);
        let bug = match ending {
            Ending::Quiescent => return false,
            Ending::Cut => {
                self.cut += 1;
                if !fail_at_bound {
                    return false;
                }
                Bug::StepBound { steps }
            }
            Ending::Bug(bug) => *bug,
            Ending::Diverged(diverged) => {
                self.differs.get_or_insert_with(|| diverged.to_string());
                return false;
            }
        };
        let found = Found { trace: trace.clone(), fair_from: oracle.fair_from(), bug };
        self.add(Hit { iteration, found, times: 1 });
        true
    }

    /// Adds a bug, unless one like it was found in an earlier iteration.
    fn add(&mut self, hit: Hit) {
        match self.hits.iter_mut().find(|known| known.found.bug.is_like(&hit.found.bug)) {
            Some(known) => known.times += hit.times,
            None => self.hits.push(hit),
        }
    }

    /// Takes in what later iterations brought.
    fn merge(&mut self, later: Self, keep_going: bool) {
        self.covered.extend(&later.covered);
        self.schedules.add(&later.schedules);
        if later.iterations > 0 {
            let least = if self.iterations == 0 { later.steps_min } else { self.steps_min };
            self.steps_min = least.min(later.steps_min);
        }
        self.steps_max = self.steps_max.max(later.steps_max);
        self.iterations += later.iterations;
        self.steps += later.steps;
        self.choices += later.choices;
        self.cut += later.cut;
        self.unfair += later.unfair;
        self.exhausted |= later.exhausted;
        self.turns.run += later.turns.run;
        self.turns.looked_up += later.turns.looked_up;
        self.turns.compared += later.turns.compared;
        self.walked.add(later.walked);
        self.differs = self.differs.take().or(later.differs);
        for hit in later.hits {
            if keep_going || self.hits.is_empty() {
                self.add(hit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_one_another_without_a_gap() {
        let mut next = 0;
        for number in 0..100 {
            let (first, len) = batch(number);
            assert_eq!(first, next);
            assert_eq!((batch_of(first), batch_of(first + len - 1)), (number, number));
            next = first + len;
        }
    }
}
