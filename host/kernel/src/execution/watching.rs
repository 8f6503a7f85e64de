//! What shows in an execution: bugs among the outputs of the kernel, and what monitors see.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Ending, Execution, Guests};
use crate::bug::Bug;
use crate::event::Event;
use crate::failure::DeadLetter;
use crate::id::ActorId;
use crate::kernel::Output;
use crate::supervision::Recovery;

impl<G: Guests> Execution<G> {
    /// Lets monitors see what they were notified of; the first violation.
    pub(super) fn look_at_outputs(&mut self) -> Option<Bug> {
        if !self.kernel.has_outputs() {
            return None;
        }
        for output in self.kernel.take_outputs() {
            let bug = match output {
                Output::Failed { turn, recovery, supervised } => {
                    let lives_on = supervised && recovery != Recovery::Stopped;
                    (!lives_on).then_some(Bug::Failed(turn))
                }
                Output::Violation(violation) => Some(Bug::Broken(violation)),
                Output::Notified { from, notifications } => self.notify(from, &notifications),
                Output::DeadLetter(letter) => self.tell_of_dropped(&letter),
                Output::Halted { .. }
                | Output::Reply { .. }
                | Output::Admitted(_)
                | Output::Refused(..) => None,
            };
            if bug.is_some() {
                return bug;
            }
        }
        None
    }

    /// One batch of notifications, in order (O2).
    fn notify(&mut self, from: ActorId, notifications: &[(Box<str>, Event)]) -> Option<Bug> {
        for (name, event) in notifications {
            // Nobody watches (O5).
            let Some(monitor) = self.monitors.number(name) else { continue };
            if let Some(bug) = self.notify_one(monitor, from, event) {
                return Some(bug);
            }
        }
        None
    }

    fn notify_one(&mut self, monitor: u32, from: ActorId, event: &Event) -> Option<Bug> {
        self.note_notified(monitor);
        let before = self.monitors.state(monitor);
        let key = self.noted.monitor_key(&mut self.guests, monitor, before);
        let ignores = self.monitors.ignores(monitor, event.kind);
        if !ignores && let Some(bug) = self.watch(monitor, Some(event), from) {
            return Some(bug);
        }
        let state = self.monitors.state(monitor);
        let keys = (key, self.noted.monitor_key(&mut self.guests, monitor, state));
        let entered = (state != before).then_some(state);
        self.noted.watch((monitor, event), keys, entered, u32::from(!ignores));
        None
    }

    pub(super) fn note_notified(&mut self, monitor: u32) {
        if !self.notified.contains(&monitor) {
            self.notified.push(monitor);
        }
    }

    /// The hook `event-dropped`: it notifies as the environment does.
    fn tell_of_dropped(&mut self, letter: &DeadLetter) -> Option<Bug> {
        let told: Vec<_> = self.monitors.told_of_dropped().collect();
        told.into_iter().find_map(|(monitor, kind)| {
            let notice = letter.notice(kind, &self.guests.kind_name(letter.event.kind));
            self.notify_one(monitor, ActorId::ENVIRONMENT, &notice)
        })
    }

    pub(super) fn start_monitors(&mut self) -> Option<Ending> {
        if let Some(states) = &self.world.states {
            for (monitor, &state) in (0..).zip(&**states) {
                self.monitors.enter(monitor, state);
            }
            return None;
        }
        let bug = (0..self.monitors.count())
            .find_map(|monitor| self.watch(monitor, None, ActorId::ENVIRONMENT))?;
        Some(Ending::Bug(Box::new(bug)))
    }

    fn watch(&mut self, monitor: u32, notice: Option<&Event>, notifier: ActorId) -> Option<Bug> {
        match self.guests.watch(monitor, notice) {
            Ok(Some(state)) => {
                self.monitors.enter(monitor, state);
                None
            }
            Ok(None) => None,
            Err(failure) => Some(Bug::Monitor {
                monitor,
                state: self.monitors.state_name(monitor).to_string(),
                kind: notice.map(|event| event.kind),
                notifier,
                failure,
            }),
        }
    }

    /// So many counted steps have gone by, under a strategy that is fair or not.
    pub(super) fn warm_up(&mut self, fair: bool, steps: u32) -> Option<Bug> {
        if fair {
            self.monitors.warm_up(steps);
        }
        self.overheated(fair)
    }

    pub(super) fn overheated(&self, fair: bool) -> Option<Bug> {
        let steps = self.bounds.temperature_max;
        if steps == 0 || !fair {
            return None;
        }
        let monitor = self.monitors.hotter_than(steps)?;
        let state = self.monitors.state_name(monitor).to_string();
        Some(Bug::PotentialLiveness { monitor, state, steps })
    }
}
