//! A component of the app: loaded, checked against what the manifest grants, and asked what it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use coyote_kernel::{Description, Kind, Role, Table};
use twox_hash::XxHash3_128;
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{self, ComponentExportIndex, InstancePre};

use super::engine::Sandbox;
use super::guest::{Guest, Shared};
use super::instance::describe;
use super::load_error::LoadError;
use super::lowered::LoweredCode;
use super::{Kinds, wasi};
use crate::app::{ActorKind, Grants};

/// The version of the package `coyote:actor` that this host runs.
pub(super) const PACKAGE_VERSION: &str = "0.1.0";

/// Most kinds of events that a component may list.
const KINDS_MAX: usize = 4096;

/// What a component says and wants, for `check`.
#[derive(Clone, Debug)]
pub(crate) struct ComponentInfo {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// Of the content of the file: tells changes, not forgeries.
    pub(crate) digest: u128,
    /// The interfaces that it imports, in its order.
    pub(crate) imports: Vec<String>,
    /// What it describes.
    pub(crate) description: Description,
}

/// A component that instances can be made of.
pub(crate) struct Component {
    pub(crate) pre: InstancePre<Guest>,
    /// The fast way in, if there is one.
    pub(crate) lowered: Option<LoweredCode>,
    pub(crate) exports: Exports,
    pub(crate) info: ComponentInfo,
    pub(crate) needs_wasi: bool,
    /// The kinds of events that it lists, once its table is made.
    pub(super) kinds: OnceLock<Arc<[Kind]>>,
}

/// Where the exports are.
#[derive(Clone)]
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) initialize: ComponentExportIndex,
    pub(crate) handle_event: ComponentExportIndex,
    pub(crate) handle_passed: ComponentExportIndex,
    pub(crate) render_state: ComponentExportIndex,
    pub(crate) render_event: ComponentExportIndex,
    /// Monitors have none.
    pub(crate) tasks: Option<TaskExports>,
}

/// Where the exports are by which suspended code goes on.
#[derive(Clone)]
pub(crate) struct TaskExports {
    pub(crate) resume: ComponentExportIndex,
    pub(crate) deliver: ComponentExportIndex,
    pub(crate) matches: ComponentExportIndex,
}

impl Component {
    /// Loads the component of an actor: a file in the component format, or a core module that carries its
    /// component type. While it describes itself it has what `shared` gives.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub(crate) fn load(
        sandbox: &Sandbox,
        role: Role,
        actor: &Arc<ActorKind>,
        shared: &Arc<Shared>,
    ) -> Result<Self, LoadError> {
        let path = &actor.component.path;
        let (bytes, size, digest) = read(path)?;
        let invalid = |reason: String| LoadError::Invalid { path: path.to_owned(), reason };
        let component = component::Component::new(&sandbox.engine, &bytes)
            .map_err(|error| invalid(format!("{error:#}")))?;
        let imports = imports(sandbox, &component);
        check_world(sandbox, &component, path, role)?;
        check_imports(&imports, path, role, &actor.grants)?;
        let needs_wasi = imports.iter().any(|import| import.starts_with("wasi:"));
        let exports = Exports::find(&component)
            .ok_or_else(|| invalid("an export of its world is missing".to_owned()))?;
        let instantiate = |reason: String| LoadError::Instantiate { path: path.to_owned(), reason };
        let pre = sandbox
            .linker
            .instantiate_pre(&component)
            .map_err(|error| instantiate(format!("{error:#}")))?;
        let description = describe(&pre, &exports, actor, shared, needs_wasi)
            .map_err(|failure| LoadError::Describe { path: path.to_owned(), failure })?;
        check_description(&description, path, role)?;
        let info =
            ComponentInfo { path: path.to_owned(), bytes: size, digest, imports, description };
        let lowered = LoweredCode::new(sandbox, &bytes, actor.sandbox.memory_bytes_max)
            .map_err(|error| invalid(format!("{error:#}")))?;
        Ok(Self { pre, lowered, exports, info, needs_wasi, kinds: OnceLock::new() })
    }

    /// Whether the state of an instance between two turns can be copied.
    pub(crate) fn has_image(&self) -> bool {
        self.lowered.as_ref().is_some_and(|lowered| lowered.is_all_memory())
    }

    /// Why the state of an instance cannot be copied; none if it can.
    pub(crate) fn why_no_image(&self) -> Option<&'static str> {
        if self.needs_wasi {
            return Some("it is built for WASI");
        }
        let Some(lowered) = &self.lowered else {
            return Some("it is not one module of the actor world");
        };
        lowered.more_than_memory()
    }

    /// Whether instances can mark what they write.
    pub(crate) fn has_marks(&self) -> bool {
        self.lowered.as_ref().is_some_and(LoweredCode::has_marks)
    }

    /// The table of the component, with its kinds interned.
    ///
    /// # Errors
    ///
    /// [`LoadError::Misdeclared`].
    pub(crate) fn table(&self, kinds: &mut Kinds) -> Result<Table, LoadError> {
        let table =
            Table::new(&self.info.description, |name| kinds.declare(name)).map_err(|problems| {
                LoadError::Misdeclared { path: self.info.path.clone(), problems }
            })?;
        self.kinds.get_or_init(|| table.kinds().collect());
        Ok(table)
    }
}

impl Exports {
    fn find(component: &component::Component) -> Option<Self> {
        let interface = |name: &str| {
            component
                .get_export_index(None, format!("coyote:actor/{name}@{PACKAGE_VERSION}").as_str())
        };
        let (handler, render) = (interface("handler")?, interface("render")?);
        let of = |interface: &ComponentExportIndex, name: &str| {
            component.get_export_index(Some(interface), name)
        };
        let tasks = interface("tasks").and_then(|tasks| {
            Some(TaskExports {
                resume: of(&tasks, "resume")?,
                deliver: of(&tasks, "deliver")?,
                matches: of(&tasks, "matches")?,
            })
        });
        Some(Self {
            tasks,
            describe: of(&handler, "describe")?,
            initialize: of(&handler, "initialize")?,
            handle_event: of(&handler, "handle-event")?,
            handle_passed: of(&handler, "handle-passed")?,
            render_state: of(&render, "state")?,
            render_event: of(&render, "event")?,
        })
    }
}

/// The bytes of a component, made of a core module if need be, and the size and digest of the file.
fn read(path: &Path) -> Result<(Vec<u8>, u64, u128), LoadError> {
    let path_buf = || path.to_owned();
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound { path: path_buf() },
        _ => LoadError::Read { path: path_buf(), source },
    })?;
    let (size, digest) = (bytes.len() as u64, XxHash3_128::oneshot(&bytes));
    if Parser::is_component(&bytes) {
        return Ok((bytes, size, digest));
    }
    if !Parser::is_core_wasm(&bytes) {
        return Err(LoadError::NotWasm { path: path_buf() });
    }
    if !carries_component_type(&bytes) {
        return Err(LoadError::CoreModule { path: path_buf() });
    }
    let encode =
        || wit_component::ComponentEncoder::default().module(&bytes)?.validate(true).encode();
    let encoded = encode()
        .map_err(|error| LoadError::Encode { path: path_buf(), reason: format!("{error:#}") })?;
    Ok((encoded, size, digest))
}

/// Whether a tool such as wit-bindgen left the type of the component in a custom section.
fn carries_component_type(bytes: &[u8]) -> bool {
    Parser::new(0).parse_all(bytes).map_while(Result::ok).any(|payload| match payload {
        Payload::CustomSection(section) => section.name().starts_with("component-type"),
        Payload::Version { encoding, .. } if encoding != Encoding::Module => false,
        _ => false,
    })
}

/// Every interface that is imported, and functions that are imported by themselves.
fn imports(sandbox: &Sandbox, component: &component::Component) -> Vec<String> {
    let ty = component.component_type();
    let mut imports = Vec::new();
    for (name, _) in ty.imports(&sandbox.engine) {
        imports.push(name.to_owned());
    }
    imports
}

fn interface(name: &str) -> String {
    format!("`coyote:actor/{name}@{PACKAGE_VERSION}`")
}

/// Whether the component exports what its world must.
fn check_world(
    sandbox: &Sandbox,
    component: &component::Component,
    path: &Path,
    role: Role,
) -> Result<(), LoadError> {
    let ty = component.component_type();
    let exported = |name: &str| {
        let wanted = format!("coyote:actor/{name}@{PACKAGE_VERSION}");
        ty.exports(&sandbox.engine).any(|(name, item)| {
            name == wanted && matches!(item.ty, ComponentItem::ComponentInstance(_))
        })
    };
    let (world, wanted): (_, &[&str]) = match role {
        Role::Actor => ("actor", &["handler", "tasks", "render"]),
        Role::Monitor => ("monitor", &["handler", "render"]),
    };
    if wanted.iter().all(|name| exported(name)) {
        return Ok(());
    }
    let names: Vec<_> = ty.exports(&sandbox.engine).map(|(name, _)| format!("`{name}`")).collect();
    let versions: Vec<_> = names.iter().filter(|name| name.contains("coyote:actor/")).collect();
    let found = if names.is_empty() {
        "a world without exports".to_owned()
    } else if versions.is_empty() {
        format!("another world (it exports {})", names.join(", "))
    } else {
        let names: Vec<_> = versions.into_iter().map(String::as_str).collect();
        format!("a world that exports {}", names.join(", "))
    };
    let exports: Vec<_> = wanted.iter().map(|name| interface(name)).collect();
    let wanted = format!(
        "the world `{world}` of `coyote:actor@{PACKAGE_VERSION}`, which exports {}",
        exports.join(", ")
    );
    Err(LoadError::OtherWorld { path: path.to_owned(), found, wanted })
}

/// Whether the component imports only what it may have.
fn check_imports(
    imports: &[String],
    path: &Path,
    role: Role,
    grants: &Grants,
) -> Result<(), LoadError> {
    let ours = |name: &str| format!("coyote:actor/{name}@{PACKAGE_VERSION}");
    let served = ["types", "report", "turn", "timers", "choice", "cells", "waits"].map(ours);
    for import in imports {
        let refusal = if role == Role::Monitor {
            let allowed = import == &ours("types") || import == &ours("report");
            (!allowed).then_some("a monitor may import `report` and nothing else")
        } else if served.contains(import) {
            None
        } else if import.starts_with("coyote:actor/") {
            Some("this host serves version 0.1.0 of the package and no such interface of it")
        } else if import.starts_with(wasi::CLOCKS) && !grants.clocks {
            Some("the manifest does not grant `clocks`")
        } else if wasi::serves(import) {
            None
        } else if import.starts_with("wasi:sockets/") {
            Some("actors have no sockets")
        } else {
            Some("the host does not know it")
        };
        if let Some(refusal) = refusal {
            let import = format!("`{import}`: {refusal}");
            return Err(LoadError::Import { path: path.to_owned(), import });
        }
    }
    Ok(())
}

fn check_description(description: &Description, path: &Path, role: Role) -> Result<(), LoadError> {
    let name = |role| match role {
        Role::Actor => "an actor",
        Role::Monitor => "a monitor",
    };
    if description.role != role {
        let (found, wanted) = (name(description.role), name(role));
        return Err(LoadError::OtherRole { path: path.to_owned(), found, wanted });
    }
    if description.kinds.len() > KINDS_MAX || description.states.len() > KINDS_MAX {
        let reason = format!("it describes more than {KINDS_MAX} kinds or states");
        return Err(LoadError::Invalid { path: path.to_owned(), reason });
    }
    Ok(())
}
