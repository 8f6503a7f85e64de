//! One execution of an app under a strategy, from its start to its end.
//!
//! [`World`] is the app before its first step. [`Execution::run`] takes steps until nothing is left, a bound is met or
//! a bug shows; what the actors do in their turns is the business of [`Guests`]. Each execution is a pure function of
//! world, guests, strategy and seed.

mod apart;
mod charting;
mod explored;
mod learning;
mod noted;
mod stepwise;
mod watching;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::noted::Noted;
pub use self::stepwise::Snapshot;
use crate::actor::Slot;
use crate::atlas::Walk;
use crate::bug::Bug;
use crate::event::{Event, Kind};
use crate::exchange::Alone;
use crate::failure::Failure;
use crate::kernel::{Begun, Ended, Kernel, Rules, Turn, Work};
use crate::monitor::{MonitorDefinition, Monitors};
use crate::outbox::Outbox;
use crate::step::{Enabled, Step};
use crate::strategy::{Diverged, Done, Oracle};
use crate::supervision::Recovery;
use crate::trace::{Choice, Trace};

/// An app before its first step: what the environment created and sent is there.
#[derive(Clone, Debug)]
pub struct World {
    /// The actors.
    pub kernel: Kernel,
    /// Their ids.
    pub exchange: Alone,
    /// What watches them.
    pub monitors: Arc<[MonitorDefinition]>,
    /// The states of the monitors, if they have started before; how long progress has been owed counts from here.
    pub states: Option<Arc<[u32]>>,
}

/// Where an execution ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most counted steps (T7); the execution is cut there (E4).
    pub steps_max: u32,
    /// For how many counted steps a monitor may be hot, under a strategy that is fair (L2); 0: for ever.
    pub temperature_max: u32,
}

/// The instances of the actors and monitors of an app: real components, or toys.
pub trait Guests {
    /// An execution begins: all instances are as if they had never been called.
    fn begin(&mut self);

    /// Handles a turn. Its effects gather in the outbox, what it draws comes from the oracle, which is there before
    /// and after. `kernel` is the app during the turn.
    ///
    /// # Errors
    ///
    /// The turn failed, or the oracle has diverged.
    fn turn(
        &mut self,
        kernel: &Kernel,
        turn: &Turn,
        outbox: &mut Outbox,
        oracle: &mut Option<Box<Oracle>>,
    ) -> Result<(), Failure>;

    /// The name of a kind, for messages to people.
    fn kind_name(&self, kind: Kind) -> String;

    /// The last turn of this actor has committed.
    fn commit(&mut self, slot: Slot, ended: Ended);

    /// The last turn of this actor has failed, or a crash hit it: what becomes of its instance.
    fn recover(&mut self, slot: Slot, recovery: Recovery);

    /// Starts a monitor, or notifies it. The state that it is in afterwards, if it changed.
    ///
    /// # Errors
    ///
    /// It found a violation.
    fn watch(&mut self, monitor: u32, notice: Option<&Event>) -> Result<Option<u32>, Failure>;
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is left to be done (E1).
    Quiescent,
    /// It was cut (E4): at its bound, or where the trace that it followed ended.
    Cut,
    /// A violation (E5).
    Bug(Box<Bug>),
    /// The strategy follows a trace, and the execution has left it.
    Diverged(Diverged),
}

/// One execution: its parts are kept for the next one.
#[derive(Debug)]
pub struct Execution<G> {
    world: World,
    kernel: Kernel,
    exchange: Alone,
    monitors: Monitors,
    /// The instances.
    pub guests: G,
    outbox: Outbox,
    oracle: Option<Box<Oracle>>,
    enabled: Vec<Enabled>,
    /// The monitors that the last turn notified.
    notified: Vec<u32>,
    bounds: Bounds,
    last: Option<Enabled>,
    noted: Noted<G>,
    /// The app as numbers, while it is walked on.
    walk: Option<Box<Walk>>,
    /// Where one actor takes a step alone.
    apart: Option<Box<Kernel>>,
}

impl<G: Guests> Execution<G> {
    /// Executions of this app.
    #[must_use]
    pub fn new(world: World, guests: G, bounds: Bounds) -> Self {
        let World { kernel, exchange, monitors, states: _ } = world.clone();
        let monitors = Monitors::new(monitors);
        Self {
            world,
            kernel,
            exchange,
            monitors,
            guests,
            outbox: Outbox::default(),
            oracle: None,
            enabled: Vec::new(),
            notified: Vec::new(),
            bounds,
            last: None,
            noted: Noted::default(),
            walk: None,
            apart: None,
        }
    }

    /// The app as it is now.
    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The monitors as they are now.
    #[must_use]
    pub fn monitors(&self) -> &Monitors {
        &self.monitors
    }

    /// What can happen in it.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        self.kernel.rules()
    }

    /// The choices of the execution that is under way.
    ///
    /// # Panics
    ///
    /// If none is.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        self.oracle.as_ref().expect("an execution has begun").trace()
    }

    /// The step that was begun last.
    #[must_use]
    pub fn last(&self) -> Option<&Enabled> {
        self.last.as_ref()
    }

    /// What was enabled when that step was begun, what production would do first.
    pub(crate) fn enabled(&self) -> &[Enabled] {
        &self.enabled
    }

    /// The monitors that its turn notified.
    pub(crate) fn notified(&self) -> &[u32] {
        &self.notified
    }

    /// Whether the strategy is fair by now.
    pub(crate) fn is_fair(&mut self) -> bool {
        asked(&mut self.oracle).is_fair()
    }

    /// Whether a monitor that is hot for too long (L2) can still show before the execution is cut.
    pub(crate) fn can_overheat(&self) -> bool {
        let counted = self.oracle.as_ref().map_or(0, |oracle| oracle.counted());
        let (left, most) =
            (self.bounds.steps_max.saturating_sub(counted), self.bounds.temperature_max);
        left > most || self.monitors.hotter_than(most - left).is_some()
    }

    /// Whether an execution with these choices is not cut before its last step (T7).
    pub(crate) fn allows(&self, trace: &Trace) -> bool {
        let steps = trace.choices.iter().rposition(|choice| matches!(choice, Choice::Step { .. }));
        steps.is_none_or(|before| before < self.bounds.steps_max as usize)
    }

    /// Executes the app from its start to its end, with answers from this oracle.
    pub fn run(&mut self, oracle: Box<Oracle>, seed: u64) -> (Box<Oracle>, Ending) {
        let mut ending = self.begin(oracle, seed);
        loop {
            match ending {
                Some(ending) => return (self.end(), ending),
                None => ending = self.step(),
            }
        }
    }

    /// Begins an execution; how it ended, if its monitors cannot even start.
    pub fn begin(&mut self, mut oracle: Box<Oracle>, seed: u64) -> Option<Ending> {
        oracle.begin(seed);
        self.begin_app(oracle)
    }

    fn begin_app(&mut self, oracle: Box<Oracle>) -> Option<Ending> {
        self.kernel.clone_from(&self.world.kernel);
        self.exchange.clone_from(&self.world.exchange);
        self.monitors.reset();
        self.guests.begin();
        self.last = None;
        self.oracle = Some(oracle);
        self.start_monitors()
    }

    /// Ends the execution, wherever it is.
    ///
    /// # Panics
    ///
    /// If none has begun.
    pub fn end(&mut self) -> Box<Oracle> {
        let mut oracle = self.oracle.take().expect("an execution has begun");
        oracle.strategy().end();
        oracle
    }

    /// Finds out what is enabled. What depends on a condition of a receive is asked first.
    fn look(&mut self) {
        while let Some(turn) = self.kernel.question(&mut self.outbox, &mut self.exchange) {
            // What it fails with is in the kernel's outputs; and a condition draws nothing.
            let _ = self.call(turn);
        }
        self.kernel.enabled(&mut self.exchange, &mut self.enabled);
    }

    /// Finds out what is enabled; how the execution ended, if nothing is.
    fn survey(&mut self) -> Option<Ending> {
        self.look();
        // What the environment did before the first step, or an inbox has dropped just now, may break a rule.
        if let Some(bug) = self.look_at_outputs() {
            return Some(Ending::Bug(Box::new(bug)));
        }
        self.enabled.is_empty().then(|| self.quiescence())
    }

    /// Takes one step; how the execution ended, if it did.
    pub fn step(&mut self) -> Option<Ending> {
        self.choose().map_or_else(Some, |step| self.perform(step))
    }

    /// The step that comes next, or how the execution ended.
    fn choose(&mut self) -> Result<Enabled, Ending> {
        if let Some(ending) = self.survey() {
            return Err(ending);
        }
        let oracle = asked(&mut self.oracle);
        if oracle.counted() >= self.bounds.steps_max {
            let may_end = self.enabled[0].step == Step::End;
            return Err(if may_end { self.quiescence() } else { Ending::Cut });
        }
        let place = oracle.step(Some(&self.kernel), &self.enabled).map_err(left)?;
        Ok(self.enabled[place])
    }

    /// Does what a step is; how the execution ended, if it did.
    fn perform(&mut self, step: Enabled) -> Option<Ending> {
        let before = asked(&mut self.oracle).counted() - 1;
        self.last = Some(step);
        if step.step == Step::End {
            return Some(self.quiescence());
        }
        if let Some(ending) = self.act(step) {
            return Some(ending);
        }
        let oracle = asked(&mut self.oracle);
        let (fair, steps) = (oracle.is_fair(), oracle.counted() - before);
        if let Some(bug) = self.warm_up(fair, steps) {
            return Some(Ending::Bug(Box::new(bug)));
        }
        let kernel = Some(&self.kernel);
        let done = Done { step: &step, monitors: &self.notified, kernel };
        asked(&mut self.oracle).done(&done);
        None
    }

    /// Lets a step change the app, and monitors see it; how the execution ended, if it did.
    fn act(&mut self, step: Enabled) -> Option<Ending> {
        self.notified.clear();
        match self.kernel.begin(&step, &mut self.outbox, &mut self.exchange) {
            Begun::Turn(turn) => {
                if let Some(ending) = self.turn(turn) {
                    return Some(ending);
                }
            }
            Begun::Hit { slot, recovery } => self.guests.recover(slot, recovery),
            Begun::Over => {}
        }
        self.look_at_outputs().map(|bug| Ending::Bug(Box::new(bug)))
    }

    /// Runs the turn of a step. One about a condition is followed by what that decides.
    fn turn(&mut self, mut turn: Turn) -> Option<Ending> {
        loop {
            let judges = match &turn.work {
                Work::Judge(judgement) => Some((turn.slot, judgement.task)),
                _ => None,
            };
            let committed = match self.call(turn) {
                Ok(committed) => committed,
                Err(ending) => return Some(ending),
            };
            let (slot, task) = judges.filter(|_| committed)?;
            let (outbox, exchange) = (&mut self.outbox, &mut self.exchange);
            match self.kernel.after_judgement(slot, task, outbox, exchange) {
                Begun::Turn(next) => turn = next,
                Begun::Over | Begun::Hit { .. } => return None,
            }
        }
    }

    /// Notes what a turn takes, while somebody learns.
    fn note_taken(&mut self, turn: &Turn) {
        if self.noted.is_open()
            && let Work::Handle(message) = &turn.work
        {
            let (definition, state) =
                (self.kernel.definition(turn.slot), self.kernel.state(turn.slot));
            self.noted.take((definition, state, message.event.kind));
        }
    }

    /// Lets the guests handle a turn, and ends it; whether it committed.
    #[inline]
    fn call(&mut self, turn: Turn) -> Result<bool, Ending> {
        let slot = turn.slot;
        self.note_taken(&turn);
        let ran = self.guests.turn(&self.kernel, &turn, &mut self.outbox, &mut self.oracle);
        if let Some(diverged) = asked(&mut self.oracle).diverged() {
            return Err(left(diverged));
        }
        let (turn, failure) = match ran {
            Ok(()) => match self.kernel.commit(turn, &mut self.outbox, &mut self.exchange) {
                Ok(ended) => {
                    self.guests.commit(slot, ended);
                    self.noted.turn(true);
                    return Ok(true);
                }
                Err(refused) => refused.into_failure(|kind| self.guests.kind_name(kind)),
            },
            Err(failure) => (turn, failure),
        };
        self.outbox.clear();
        let recovery = self.kernel.fail(turn, failure, &mut self.exchange);
        self.guests.recover(slot, recovery);
        self.noted.turn(false);
        Ok(false)
    }

    /// No step is enabled, or none but faults, and they do not strike (E1, E2, L1).
    pub(crate) fn quiescence(&self) -> Ending {
        let waiting = self.kernel.waiting_for_ever();
        if !waiting.is_empty() {
            let left = self.kernel.left_over(&waiting);
            return Ending::Bug(Box::new(Bug::Deadlock { waiting, left }));
        }
        self.rest()
    }

    /// Nothing waits, and nothing is left to be done.
    fn rest(&self) -> Ending {
        let Some(monitor) = self.monitors.hot() else { return Ending::Quiescent };
        let state = self.monitors.state_name(monitor).to_string();
        Ending::Bug(Box::new(Bug::Liveness { monitor, state }))
    }
}

fn asked(oracle: &mut Option<Box<Oracle>>) -> &mut Oracle {
    oracle.as_mut().expect("guests give the oracle back")
}

/// What it means that a strategy cannot answer: the trace that it follows has ended, or leads elsewhere.
fn left(diverged: Diverged) -> Ending {
    if diverged.recorded.is_none() { Ending::Cut } else { Ending::Diverged(diverged) }
}
