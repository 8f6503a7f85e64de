//! A monitor: an instance that is told of events, and tells which state it is in.

use std::sync::Arc;

use coyote_kernel::{ActorId, Event, Failure, Init, Message, MonitorDefinition, Table, Work};

use super::component::Component;
use super::guest::{Shared, TurnScope};
use super::instance::Instance;
use crate::app::ActorKind;

/// The one instance of a monitor. Like every instance it is of no use once a call has failed.
pub(crate) struct MonitorInstance {
    component: Component,
    table: Table,
    instance: Instance,
    /// Lent to the instance for each call. All that may be in it afterwards is a state: whoever imports more than
    /// `report` is refused when it is loaded (O3).
    scope: Option<Box<TurnScope>>,
}

impl MonitorInstance {
    /// A fresh instance, not started. `kind` is the monitor in the shape of an actor.
    ///
    /// # Errors
    ///
    /// The instance is over its memory limit from the start, or the start code fails.
    pub(crate) fn new(
        component: Component,
        definition: &MonitorDefinition,
        shared: &Arc<Shared>,
        kind: &Arc<ActorKind>,
    ) -> Result<Self, Failure> {
        let (id, label) = (ActorId::ENVIRONMENT, definition.name.clone());
        let instance = Instance::new(&component, shared, kind, id, label)?;
        let table = definition.table.clone();
        Ok(Self { component, table, instance, scope: Some(Box::default()) })
    }

    /// The instance.
    pub(crate) fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Why its state cannot be copied; none if it can.
    pub(crate) fn why_no_image(&self) -> Option<&'static str> {
        self.component.why_no_image()
    }

    /// The same monitor with this instance, which has started.
    pub(crate) fn with(self, instance: Instance) -> Self {
        Self { instance, ..self }
    }

    /// Starts it: the entry of the start state. The state that it is in afterwards, if that is another one.
    ///
    /// # Errors
    ///
    /// It found a violation.
    pub(crate) fn start(&mut self) -> Result<Option<u32>, Failure> {
        self.call(&Work::Initialize(Init::empty()))
    }

    /// Tells it of an event that its state does not ignore. The state that it is in afterwards, if it changed.
    ///
    /// # Errors
    ///
    /// It found a violation.
    pub(crate) fn notify(&mut self, event: Event) -> Result<Option<u32>, Failure> {
        self.call(&Work::Handle(Message::plain(ActorId::ENVIRONMENT, event)))
    }

    fn call(&mut self, work: &Work) -> Result<Option<u32>, Failure> {
        let Self { component, table, instance, scope } = self;
        let lent = scope.as_mut().expect("an instance gives the scope back");
        lent.outbox.clear();
        lent.kind = work.event().map(|event| event.kind);
        instance.turn(work, table, &component.exports, scope)?;
        let lent = scope.as_ref().expect("an instance gives the scope back");
        table.monitor_state(lent.outbox.stack())
    }

    /// How many log lines the last call wrote beyond its limit.
    pub(crate) fn log_lines_dropped(&self) -> u32 {
        self.instance.last_turn().1
    }
}
