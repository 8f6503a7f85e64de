//! Monitors: what they are in, and how long progress has been owed.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::event::Kind;
use crate::table::{Offer, Table, Temperature};

/// What the manifest and the component say of one monitor.
#[derive(Clone, Debug)]
pub struct MonitorDefinition {
    /// Its name in the manifest, by which actors notify it.
    pub name: Box<str>,
    /// How it reacts.
    pub table: Table,
    /// The number of the kind [`DeadLetter::KIND`](crate::DeadLetter::KIND), if it declares that: it is told of all that
    /// reaches nobody.
    pub dropped: Option<Kind>,
}

impl MonitorDefinition {
    /// How many states it has.
    #[must_use]
    pub fn states(&self) -> u32 {
        let states = (0..).take_while(|&state| self.table.state_name(state).is_some());
        u32::try_from(states.count()).expect("a component has a bound")
    }
}

/// The states of all monitors of an app.
#[derive(Clone, Debug)]
pub struct Monitors {
    definitions: Arc<[MonitorDefinition]>,
    states: Vec<u32>,
    /// For how many counted steps each has been hot since it was cold last (L2).
    heat: Vec<u32>,
}

impl Monitors {
    /// All of them in their start states.
    #[must_use]
    pub fn new(definitions: Arc<[MonitorDefinition]>) -> Self {
        let (states, heat) = (
            Vec::from_iter(definitions.iter().map(|_| 0)),
            Vec::from_iter(definitions.iter().map(|_| 0)),
        );
        Self { definitions, states, heat }
    }

    /// Puts all of them back into their start states.
    pub fn reset(&mut self) {
        self.states.fill(0);
        self.heat.fill(0);
    }

    /// Makes all of them what they were.
    pub(crate) fn put_back(&mut self, earlier: &Self) {
        self.states.clone_from(&earlier.states);
        self.heat.clone_from(&earlier.heat);
    }

    /// Whether all are in the same states, hot for however long.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.states == other.states
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.definitions.len()).expect("a manifest has a bound")
    }

    /// The number of a monitor.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        let place = self.definitions.iter().position(|known| *known.name == *name)?;
        u32::try_from(place).ok()
    }

    /// Its definition.
    #[must_use]
    pub fn definition(&self, monitor: u32) -> &MonitorDefinition {
        &self.definitions[monitor as usize]
    }

    /// The number of the state it is in.
    #[must_use]
    pub fn state(&self, monitor: u32) -> u32 {
        self.states[monitor as usize]
    }

    /// The name of the state it is in.
    #[must_use]
    pub fn state_name(&self, monitor: u32) -> &str {
        let table = &self.definition(monitor).table;
        table.state_name(self.state(monitor)).expect("a monitor is in a state that it declared")
    }

    /// Whether any is told of what reaches nobody.
    pub(crate) fn are_told_of_dropped(&self) -> bool {
        self.told_of_dropped().next().is_some()
    }

    /// Those that are told of what reaches nobody, and by events of which kind.
    pub(crate) fn told_of_dropped(&self) -> impl Iterator<Item = (u32, Kind)> {
        (0..).zip(&*self.definitions).filter_map(|(place, it)| Some((place, it.dropped?)))
    }

    /// Whether it drops events of this kind where it is.
    #[must_use]
    pub fn ignores(&self, monitor: u32, kind: Kind) -> bool {
        self.would_ignore(monitor, self.state(monitor), kind)
    }

    /// The same in another state.
    pub(crate) fn would_ignore(&self, monitor: u32, state: u32, kind: Kind) -> bool {
        self.definition(monitor).table.offer(&[state], kind) == Offer::Ignore
    }

    /// It has gone into a state.
    pub fn enter(&mut self, monitor: u32, state: u32) {
        self.states[monitor as usize] = state;
        if self.temperature(monitor) == Temperature::Cold {
            self.heat[monitor as usize] = 0;
        }
    }

    /// So many counted steps have gone by (L2).
    pub(crate) fn warm_up(&mut self, steps: u32) {
        for monitor in 0..self.count() {
            if self.temperature(monitor) == Temperature::Hot {
                let heat = &mut self.heat[monitor as usize];
                *heat = heat.saturating_add(steps);
            }
        }
    }

    /// The first that is hot.
    #[must_use]
    pub fn hot(&self) -> Option<u32> {
        self.all_hot().next()
    }

    /// All that are hot.
    pub fn all_hot(&self) -> impl Iterator<Item = u32> {
        (0..self.count()).filter(|&monitor| self.temperature(monitor) == Temperature::Hot)
    }

    /// Whether any of them has a state in which progress is owed.
    #[must_use]
    pub fn may_be_hot(&self) -> bool {
        self.definitions.iter().any(|definition| definition.table.may_be_hot())
    }

    /// The first that has been hot for more steps than this without a cold state between.
    #[must_use]
    pub fn hotter_than(&self, steps: u32) -> Option<u32> {
        (0..self.count()).find(|&monitor| self.heat[monitor as usize] > steps)
    }

    fn temperature(&self, monitor: u32) -> Temperature {
        self.definition(monitor).table.temperature(self.state(monitor))
    }

    /// Whether it is hot in a state.
    pub(crate) fn is_hot_in(&self, monitor: u32, state: u32) -> bool {
        self.definition(monitor).table.temperature(state) == Temperature::Hot
    }
}
