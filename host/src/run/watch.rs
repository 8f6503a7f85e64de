//! The monitors that run in production (O6): each on a thread of its own, behind one queue.
//!
//! A shard pushes what a turn notified of when the turn commits, before its first effect leaves. So whoever acts on the
//! turn pushes later, and since the queue is linearizable the monitor sees causes before their effects. Nobody waits
//! for a monitor.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use coyote_kernel::{ActorId, Event, Failure, Kind, MonitorDefinition, Monitors};
use crossbeam_channel::{Receiver, Sender, unbounded};

use super::core::{Core, lock, spawn};
use super::load::BuildError;
use crate::app::{App, MonitorRun};
use crate::sandbox::{Component, Instance, MonitorInstance};
use crate::snapshot::{SnapshotError, Watching};

/// Most batches of notifications that may wait for one monitor: one that is so far behind is given up.
const WAITING_MAX: usize = 1 << 20;

/// What goes into the queue of a monitor.
#[derive(Debug)]
pub(super) enum Notice {
    /// A turn of an actor notified it of these events.
    Notified { from: ActorId, events: Vec<Event> },
    /// Somebody wants to know what it is like after all that was pushed before; it waits until that is written down.
    Capture(Sender<Captured>),
    /// The thread ends.
    End,
}

/// A monitor at rest, lent for a snapshot.
pub(super) struct Captured {
    name: String,
    state: u32,
    /// None if it does not watch any more.
    instance: Option<MonitorInstance>,
    /// Where the instance goes back to.
    back: Sender<Option<MonitorInstance>>,
}

impl Captured {
    /// What is to be captured; none if it does not watch any more.
    pub(super) fn watching(&self) -> Option<Result<Watching<&Instance>, SnapshotError>> {
        let monitor = self.instance.as_ref()?;
        if let Some(reason) = monitor.why_no_image() {
            let reasons = vec![format!("`{}`: {reason}", self.name)];
            return Some(Err(SnapshotError::NotCapturable { reasons }));
        }
        let (name, state, instance) = (self.name.clone(), self.state, monitor.instance());
        Some(Ok(Watching { name, state, instance }))
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        // The monitor waits for it.
        let _ = self.back.send(self.instance.take());
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The way to a monitor.
#[derive(Debug)]
pub(super) struct Gate {
    name: Box<str>,
    /// The kind of events that tell it of what reaches nobody, if it wants to know.
    pub(super) dropped: Option<Kind>,
    queue: Sender<Notice>,
    /// Whether it was given up because it was too far behind.
    behind: AtomicBool,
}

impl Gate {
    pub(super) fn is_of(&self, name: &str) -> bool {
        *self.name == *name
    }

    /// Puts a notice into the queue; whether it is there.
    pub(super) fn push(&self, notice: Notice) -> bool {
        if self.queue.len() >= WAITING_MAX {
            self.behind.store(true, Ordering::SeqCst);
        }
        let ends = matches!(notice, Notice::End | Notice::Capture(_));
        (ends || !self.behind.load(Ordering::SeqCst)) && self.queue.send(notice).is_ok()
    }
}

/// The monitors of an app that run, by their places among all of its monitors, and the ways to them.
pub(super) fn gates(
    app: &App,
    monitors: &[(Component, MonitorDefinition)],
) -> (Vec<Gate>, Vec<(usize, Receiver<Notice>)>) {
    let runs = app.monitors().iter().enumerate().filter(|(_, it)| it.run != MonitorRun::Off);
    let gate = |(place, monitor): (usize, &crate::app::Monitor)| {
        let (queue, notices) = unbounded();
        let (name, dropped) = (monitor.name.as_str().into(), monitors[place].1.dropped);
        (Gate { name, dropped, queue, behind: AtomicBool::new(false) }, (place, notices))
    };
    runs.map(gate).unzip()
}

/// What a monitor did before the run.
pub(super) enum Before {
    /// Nothing: the app starts.
    Nothing,
    /// It did not watch when the snapshot was taken, and does not now: it has missed what happened before.
    Absent,
    /// It was in this state.
    Watched(u32, Box<Instance>),
}

/// A monitor, and the thread's view of the app.
pub(super) struct Watcher {
    core: Arc<Core>,
    /// Among the gates.
    gate: usize,
    stops: bool,
    queue: Receiver<Notice>,
    /// None once it has found a violation: it cannot be trusted any more.
    instance: Option<MonitorInstance>,
    /// This one alone.
    states: Monitors,
}

impl Watcher {
    /// Starts a monitor, so that the entry of its start state has run before the first turn, and then its thread.
    pub(super) fn start(
        core: &Arc<Core>,
        gate: usize,
        (place, queue): (usize, Receiver<Notice>),
        (component, definition): (Component, MonitorDefinition),
        before: Before,
    ) -> Result<JoinHandle<Self>, BuildError> {
        let monitor = &core.shared.app.monitors()[place];
        let kind = Arc::new(monitor.as_actor());
        let instance = MonitorInstance::new(component, &definition, &core.shared, &kind);
        let name = format!("coyote-{}", monitor.name);
        let mut watcher = Self {
            core: core.clone(),
            gate,
            stops: monitor.run == MonitorRun::Stop,
            queue,
            instance: None,
            states: Monitors::new(Arc::new([definition])),
        };
        match instance {
            Ok(instance) => match before {
                Before::Nothing => {
                    watcher.instance = Some(instance);
                    watcher.call(None, ActorId::ENVIRONMENT);
                }
                Before::Absent => {}
                Before::Watched(state, it) => {
                    watcher.instance = Some(instance.with(*it));
                    watcher.states.enter(0, state);
                }
            },
            Err(failure) => watcher.found(None, ActorId::ENVIRONMENT, &failure),
        }
        spawn(name, move || watcher.run())
    }

    fn run(mut self) -> Self {
        loop {
            match self.queue.recv() {
                Ok(Notice::Notified { from, events }) => {
                    for event in events {
                        self.notify(event, from);
                    }
                }
                Ok(Notice::Capture(to)) => {
                    self.lend(&to);
                    continue;
                }
                Ok(Notice::End) | Err(_) => break,
            }
            if self.core.ended.load(Ordering::SeqCst) {
                self.core.network.activity.end(1);
            } else {
                self.core.rest(1);
            }
        }
        if self.core.network.gates[self.gate].behind.load(Ordering::SeqCst) {
            let text = format!(
                "monitor: `{}` was given up: limit `waiting`: {WAITING_MAX} batches of notifications",
                self.name()
            );
            self.tell(text);
        }
        self
    }

    /// Lends the instance for a snapshot.
    fn lend(&mut self, to: &Sender<Captured>) {
        let (back, returned) = unbounded();
        let (name, state) = (self.name().to_owned(), self.states.state(0));
        // One that is too far behind has missed something.
        let is_behind = self.core.network.gates[self.gate].behind.load(Ordering::SeqCst);
        let instance = self.instance.take_if(|_| !is_behind);
        // If nobody wants it any more it comes back at once.
        let _ = to.send(Captured { name, state, instance, back });
        let returned = returned.recv().expect("who borrows a monitor gives it back");
        self.instance = returned.or(self.instance.take());
    }

    fn notify(&mut self, event: Event, from: ActorId) {
        if self.instance.is_none() || self.core.ended.load(Ordering::SeqCst) {
            lock(&self.core.watched).unmonitored += 1;
        } else if !self.states.ignores(0, event.kind) {
            self.call(Some(event), from);
        }
    }

    fn call(&mut self, event: Option<Event>, from: ActorId) {
        let instance = self.instance.as_mut().expect("only a monitor that is there is called");
        let kind = event.as_ref().map(|event| event.kind);
        let called = match event {
            None => instance.start(),
            Some(event) => instance.notify(event),
        };
        let dropped = instance.log_lines_dropped();
        if dropped > 0 {
            lock(&self.core.watched).log_lines_dropped += u64::from(dropped);
        }
        match called {
            Ok(Some(state)) => self.states.enter(0, state),
            Ok(None) => {}
            Err(failure) => {
                let kind = kind.map(|kind| self.core.shared.kinds.name(kind));
                self.found(kind, from, &failure);
            }
        }
    }

    /// O4: the notifier does not fail, and the monitor watches no more.
    fn found(&mut self, kind: Option<String>, from: ActorId, failure: &Failure) {
        self.instance = None;
        let (name, state) = (self.name(), self.states.state_name(0));
        let occasion = kind.map_or_else(
            || "at its start".to_owned(),
            |kind| format!("notified of `{kind}` by `{from}`"),
        );
        self.tell(format!("monitor: `{name}`, in state `{state}`, {occasion}: {failure}"));
    }

    /// L1, for an app that has come to rest: whether progress is owed.
    pub(super) fn tell_if_hot(&self) {
        if self.instance.is_some() && self.states.hot().is_some() {
            let (name, state) = (self.name(), self.states.state_name(0));
            self.tell(format!(
                "liveness: `{name}` is in the hot state `{state}`, and nothing is left to do"
            ));
        }
    }

    fn tell(&self, violation: String) {
        self.core.shared.observer.violation(&violation);
        lock(&self.core.watched).add_violation(violation);
        if self.stops {
            self.core.stop();
        }
    }

    fn name(&self) -> &str {
        &self.states.definition(0).name
    }
}
