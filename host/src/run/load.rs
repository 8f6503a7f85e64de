//! From a manifest to components that were checked.

use std::path::PathBuf;
use std::sync::Arc;

use coyote_kernel::{DeadLetter, Definition, IdKey, MonitorDefinition, RestartFrom, Role};

use super::outside::SendError;
use crate::app::{ActorKind, App, Monitor};
use crate::observe::Silent;
use crate::sandbox::{Component, Kinds, LoadError, Sandbox, SandboxConfig, Shared};
use crate::snapshot::{Header, SnapshotError};

/// Why a host cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A component is refused.
    #[error("actor `{actor}`: {source}")]
    Actor {
        /// The kind of actor, by its name in the manifest.
        actor: String,
        /// Why.
        source: LoadError,
    },
    /// The component of a monitor is refused.
    #[error("monitor `{monitor}`: {source}")]
    Monitor {
        /// The monitor.
        monitor: String,
        /// Why.
        source: LoadError,
    },
    /// A fault hits events of which no actor knows.
    #[error("test `{test}`: a fault is to hit `{event}`, which no actor takes; {help}")]
    FaultEvent {
        /// The test.
        test: String,
        /// The kind of event, by its name in the manifest.
        event: String,
        /// What was probably meant, or what there is.
        help: String,
    },
    /// The machine cannot give what the manifest asks for.
    #[error("cannot set up the sandbox: {reason}")]
    Sandbox {
        /// Why.
        reason: String,
    },
    /// The snapshot is not one of this app, or the app cannot go on from it.
    #[error(transparent)]
    Snapshot(SnapshotError),
    /// A thread cannot be started.
    #[error("cannot start a worker thread")]
    Thread {
        /// Why.
        source: std::io::Error,
    },
    /// The actors that the manifest starts cannot be created.
    #[error("cannot start `{actor}`: {source}")]
    Start {
        /// The kind.
        actor: String,
        /// Why.
        source: SendError,
    },
}

/// Loads the components of an app, one by one.
pub(crate) struct Loader {
    app: Arc<App>,
    sandbox: Sandbox,
    kinds: Kinds,
    /// What components have while they describe themselves.
    describing: Arc<Shared>,
}

/// What an app is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Run,
    /// Images of its instances are taken again and again.
    Explore,
}

impl Loader {
    pub(crate) fn new(
        app: App,
        cache: Option<PathBuf>,
        purpose: Purpose,
    ) -> Result<Self, BuildError> {
        let app = Arc::new(app);
        let sandbox = sandbox(&app, cache, purpose)?;
        let describing = Arc::new(Shared {
            app: app.clone(),
            kinds: Kinds::new(),
            key: IdKey::from_seed(0),
            observer: Arc::new(Silent),
        });
        Ok(Self { app, sandbox, kinds: Kinds::new(), describing })
    }

    /// The kinds that components have declared.
    #[cfg(any(test, feature = "measure"))]
    pub(crate) fn into_kinds(self) -> Kinds {
        self.kinds
    }

    pub(crate) fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    /// Loads the component of one kind of actor.
    pub(crate) fn actor(
        &mut self,
        actor: &ActorKind,
    ) -> Result<(Component, Definition), BuildError> {
        let refused = |source| BuildError::Actor { actor: actor.name.clone(), source };
        let component = self.load(Role::Actor, actor.clone()).map_err(refused)?;
        if actor.supervision.from == RestartFrom::LastTurn && !component.has_image() {
            return Err(refused(LoadError::NoImage { path: actor.component.path.clone() }));
        }
        let definition = Definition {
            name: actor.name.as_str().into(),
            table: component.table(&mut self.kinds).map_err(refused)?,
            limits: actor.limits.clone(),
            supervision: actor.supervision,
            supervised: actor.supervised,
        };
        Ok((component, definition))
    }

    /// Loads the component of a monitor.
    pub(crate) fn monitor(
        &mut self,
        monitor: &Monitor,
    ) -> Result<(Component, MonitorDefinition), BuildError> {
        let refused = |source| BuildError::Monitor { monitor: monitor.name.clone(), source };
        let component = self.load(Role::Monitor, monitor.as_actor()).map_err(refused)?;
        let table = component.table(&mut self.kinds).map_err(refused)?;
        let dropped = self.kinds.declared(DeadLetter::KIND);
        let dropped = dropped.filter(|&kind| table.index_of(kind).is_some());
        Ok((component, MonitorDefinition { name: monitor.name.as_str().into(), table, dropped }))
    }

    fn load(&self, role: Role, actor: ActorKind) -> Result<Component, LoadError> {
        Component::load(&self.sandbox, role, &Arc::new(actor), &self.describing)
    }
}

/// An app with its components, checked.
pub(crate) struct Loaded {
    pub(crate) app: Arc<App>,
    pub(crate) sandbox: Sandbox,
    pub(crate) kinds: Kinds,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) components: Vec<Component>,
    /// Those of the monitors.
    pub(crate) monitors: Vec<(Component, MonitorDefinition)>,
}

impl Loaded {
    /// Of which app and components a snapshot would be.
    pub(crate) fn header(&self) -> Header {
        let actors = self.definitions.iter().map(|definition| &*definition.name);
        let actors = actors.zip(&self.components);
        let monitors = self.monitors.iter().map(|(component, of)| (&*of.name, component));
        let all = actors.chain(monitors);
        let components = all.map(|(name, of)| (name.to_owned(), of.info.digest)).collect();
        Header { app: self.app.name().to_owned(), components }
    }

    /// Loads all components: those of actors in the order of their names, then those of monitors.
    pub(crate) fn new(
        app: App,
        cache: Option<PathBuf>,
        purpose: Purpose,
    ) -> Result<Self, BuildError> {
        let mut loader = Loader::new(app, cache, purpose)?;
        let app = loader.app();
        let (mut components, mut definitions) = (Vec::new(), Vec::new());
        for actor in app.actors() {
            let (component, definition) = loader.actor(actor)?;
            components.push(component);
            definitions.push(definition);
        }
        let monitors = app
            .monitors()
            .iter()
            .map(|monitor| loader.monitor(monitor))
            .collect::<Result<_, _>>()?;
        let Loader { sandbox, kinds, .. } = loader;
        Ok(Self { app, sandbox, kinds, definitions, components, monitors })
    }
}

fn sandbox(app: &App, cache: Option<PathBuf>, purpose: Purpose) -> Result<Sandbox, BuildError> {
    let limits = app.actors().iter().map(|actor| actor.sandbox);
    let limits = limits.chain(app.monitors().iter().map(|monitor| monitor.sandbox));
    let monitors = u32::try_from(app.monitors().len()).expect("a manifest has a bound");
    let config = SandboxConfig {
        memory_bytes_max: limits.map(|limits| limits.memory_bytes_max).max().unwrap_or(1),
        instances_max: app.limits().actors_max.get().saturating_add(monitors),
        marks: purpose == Purpose::Explore,
        deadlines: app.actors().iter().any(|actor| actor.sandbox.deadline.is_some()),
        cache,
    };
    Sandbox::new(&config).map_err(|error| BuildError::Sandbox { reason: format!("{error:#}") })
}
