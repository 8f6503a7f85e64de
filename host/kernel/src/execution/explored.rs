//! Executions that take what is known from an atlas, and leave the rest to the kernel.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::learning::kept_content;
use super::noted::kept_monitor;
use super::{Ending, Execution, asked, left};
use crate::atlas::{Atlas, Entry, Notice, Walk};
use crate::event::Message;
use crate::search::Snapshots;
use crate::strategy::{Done, Oracle};

/// Why a walk ended before the execution did: after so many choices comes a step that is not known, or not plain.
struct Unknown {
    at: usize,
}

impl<G: Snapshots> Execution<G> {
    /// Executes the app from its start to its end, with answers from this oracle, as [`run`](Self::run) does, but what is
    /// known from earlier executions is taken from the atlas. The kernel, and the guests, are where the execution ended
    /// only if it was they who came to its end.
    ///
    /// A share of the executions that the kernel took no part in is repeated in it and compared, and every one that it
    /// has to finish is compared as far as it went.
    pub fn explore(
        &mut self,
        mut oracle: Box<Oracle>,
        seed: u64,
        atlas: &mut Atlas,
    ) -> (Box<Oracle>, Ending) {
        oracle.begin(seed);
        if !atlas.is_open() || oracle.strategy().looks_at_app() {
            let ending = self.begin_app(oracle);
            return self.go_on(ending, None);
        }
        let Some(start) = atlas.start() else {
            atlas.begin_walks();
            let ending = self.begin_app(oracle);
            if ending.is_none() {
                let start = self.start_of_walks(atlas);
                atlas.set_start(start);
            }
            return self.go_on(ending, Some(atlas));
        };
        let mut walk = self.walk.take().unwrap_or_default();
        walk.restart(start);
        if let Some(before) = &start.before {
            self.monitors.put_back(before);
        }
        self.oracle = Some(oracle);
        let walked = self.walk(atlas, &mut walk);
        let oracle = self.oracle.take().expect("guests give the oracle back");
        let turns = walk.turns;
        self.walk = Some(walk);
        match walked {
            Ok(ending) => {
                atlas.earn(oracle.counted());
                if atlas.is_to_be_compared(oracle.counted(), turns) {
                    return self.compare(oracle, ending, atlas);
                }
                self.oracle = Some(oracle);
                (self.end(), ending)
            }
            Err(Unknown { at }) => {
                atlas.lose(oracle.counted());
                let ending = self.catch_up(oracle, at, atlas);
                self.go_on(ending, Some(atlas))
            }
        }
    }

    /// The app before its first step; none if it cannot be walked on.
    fn start_of_walks(&mut self, atlas: &mut Atlas) -> Option<Walk> {
        let kernel = &self.world.kernel;
        if !kernel.is_plain() || !kernel.is_full() || kernel.armed().next().is_some() {
            return None;
        }
        self.noted.begin(kept_monitor);
        let slots: Vec<_> = self.kernel.slots().collect();
        let nodes = slots.into_iter().map(|slot| self.kept_node(slot, atlas)).collect();
        let monitors = (0..self.monitors.count()).map(|monitor| {
            let state = self.monitors.state(monitor);
            atlas.node(kept_monitor(&mut self.guests, monitor, state))
        });
        let monitors = monitors.collect();
        let begun = self.monitors.clone();
        let content = |message: &Message| kept_content(message, atlas);
        let births = self.kernel.births_left(&self.world.exchange);
        let mut walk = Walk::new(&self.kernel, begun, nodes, monitors, births, content)?;
        if self.world.states.is_none() {
            // Those in which the monitors started.
            walk.turns = self.monitors.count().into();
        }
        Some(walk)
    }

    /// Walks from the start to the end of the execution, or to where it is not known how to go on.
    fn walk(&mut self, atlas: &mut Atlas, walk: &mut Walk) -> Result<Ending, Unknown> {
        loop {
            let oracle = asked(&mut self.oracle);
            let before = oracle.counted();
            let unknown = Unknown { at: before as usize };
            let enabled = walk.enabled();
            if enabled.is_empty() {
                return Ok(self.rest());
            }
            if before >= self.bounds.steps_max {
                return Ok(Ending::Cut);
            }
            let place = match oracle.step(None, enabled) {
                Ok(place) => place,
                Err(diverged) => return Ok(left(diverged)),
            };
            let chosen = oracle.counted() as usize;
            let (node, content) = walk.take(place);
            let mut entry = atlas.entry(node, content);
            let known = loop {
                match entry {
                    Some(Entry::Over(known)) => break known,
                    Some(Entry::Draw { number, bound }) => {
                        let actor = walk.last().step.actor();
                        match asked(&mut self.oracle).number(actor, bound) {
                            Ok(taken) => entry = atlas.after_draw(number, taken),
                            Err(diverged) => return Ok(left(diverged)),
                        }
                    }
                    Some(Entry::Strange) => return Err(unknown),
                    None => {
                        if !self.learn_apart((node, content), chosen, walk, atlas) {
                            return Err(unknown);
                        }
                        asked(&mut self.oracle).rewind(chosen);
                        entry = atlas.entry(node, content);
                    }
                }
            };
            let number = known.number();
            if !walk.perform(known) {
                return Err(unknown);
            }
            let notices = known.notices();
            let seen = walk.watch(notices, atlas);
            if seen < notices.len() {
                let unseen = notices[seen..].to_vec();
                if !self.learn_to_watch(&unseen, walk, atlas) {
                    return Err(unknown);
                }
            }
            atlas.meet(number);
            if self.monitors.count() > 0 {
                self.notified.clear();
                for &(monitor, state) in walk.watched() {
                    self.note_notified(monitor);
                    if let Some(state) = state {
                        self.monitors.enter(monitor, state);
                    }
                }
                let oracle = asked(&mut self.oracle);
                let (fair, steps) = (oracle.is_fair(), oracle.counted() - before);
                if let Some(bug) = self.warm_up(fair, steps) {
                    return Ok(Ending::Bug(Box::new(bug)));
                }
            }
            asked(&mut self.oracle).done(&Done {
                step: walk.last(),
                monitors: &self.notified,
                kernel: None,
            });
        }
    }

    /// Lets monitors see what is not known yet how they take it; whether it could be learned.
    #[cold]
    fn learn_to_watch(
        &mut self,
        mut unseen: &[Notice],
        walk: &mut Walk,
        atlas: &mut Atlas,
    ) -> bool {
        while let Some(&notice) = unseen.first() {
            if !self.watch_apart(notice, walk.monitor(notice.monitor), atlas) {
                return false;
            }
            unseen = &unseen[walk.watch(unseen, atlas)..];
        }
        true
    }

    /// Brings the kernel and the guests to where the oracle was after so many choices; how the execution ended, if that
    /// was not possible.
    fn catch_up(
        &mut self,
        mut oracle: Box<Oracle>,
        choices: usize,
        atlas: &mut Atlas,
    ) -> Option<Ending> {
        let walked = self.monitors.clone();
        oracle.rewind(0);
        let mut ending = self.begin_app(oracle);
        while ending.is_none() && (asked(&mut self.oracle).counted() as usize) < choices {
            ending = self.choose().map_or_else(Some, |step| {
                self.last = Some(step);
                self.act(step)
            });
        }
        if let Some(ending) = &ending {
            let at = asked(&mut self.oracle).counted();
            atlas.differ(format!("after {at} of {choices} known choices: {ending:?}"));
        } else if !self.monitors.is_like(&walked) {
            atlas.differ(format!("after {choices} known choices, monitors: {walked:?}"));
        }
        // For how long they have been hot depends on when the strategy was fair.
        self.monitors = walked;
        ending
    }

    /// Repeats an execution that was walked.
    fn compare(
        &mut self,
        oracle: Box<Oracle>,
        walked: Ending,
        atlas: &mut Atlas,
    ) -> (Box<Oracle>, Ending) {
        let choices = oracle.counted() as usize;
        self.guests.compare_all(true);
        let ending = self.catch_up(oracle, choices, atlas);
        self.guests.compare_all(false);
        if ending.is_none() {
            // The heat of monitors does not show in the app, and comes first.
            let overheated = self.overheated(true).map(|bug| Ending::Bug(Box::new(bug)));
            let cut = || (walked == Ending::Cut).then_some(Ending::Cut);
            let ends = overheated.or_else(|| self.survey()).or_else(cut);
            if ends.as_ref() != Some(&walked) {
                atlas.differ(format!("after {choices} known choices: {walked:?}, not {ends:?}"));
            }
        }
        let mut oracle = self.oracle.take().expect("an execution has begun");
        oracle.strategy().end();
        (oracle, walked)
    }

    /// Goes on in the kernel to the end of the execution, and lets an atlas learn from it up to the first step that is
    /// not plain.
    fn go_on(
        &mut self,
        mut ending: Option<Ending>,
        mut atlas: Option<&mut Atlas>,
    ) -> (Box<Oracle>, Ending) {
        loop {
            if let Some(ending) = ending {
                self.noted.end();
                return (self.end(), ending);
            }
            if atlas.as_ref().is_some_and(|atlas| !atlas.learns()) {
                atlas = None;
                self.noted.end();
            }
            ending = match self.choose() {
                Err(ending) => Some(ending),
                Ok(step) => match atlas.as_deref_mut() {
                    None => self.perform(step),
                    Some(known) => {
                        let (ended, plain) = self.perform_noting(step, known);
                        if !plain {
                            atlas = None;
                            self.noted.end();
                        }
                        ended
                    }
                },
            };
        }
    }
}
