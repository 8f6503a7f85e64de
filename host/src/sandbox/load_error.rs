//! Why a component is refused.

use std::path::PathBuf;

use coyote_kernel::{Failure, Misdeclared};

/// Why a component is refused when it is loaded, before anything of the app runs.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file does not exist.
    #[error("component `{path}` does not exist", path = path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read component `{path}`", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not begin like wasm.
    #[error("`{path}` is not WebAssembly", path = path.display())]
    NotWasm {
        /// The file.
        path: PathBuf,
    },
    /// The file is a core module that no component can be made of.
    #[error("`{path}` is a core module that carries no component type: build it with the SDK, or with `cargo component build`", path = path.display())]
    CoreModule {
        /// The file.
        path: PathBuf,
    },
    /// The core module carries a component type, but no component can be made of it.
    #[error("no component can be made of the core module `{path}`: {reason}", path = path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The component is not valid.
    #[error("component `{path}` is invalid: {reason}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The component was made for another world, or another version of it.
    #[error("component `{path}` is made for {found}, but this host runs {wanted}", path = path.display())]
    OtherWorld {
        /// The file.
        path: PathBuf,
        /// What it exports.
        found: String,
        /// What it must export.
        wanted: String,
    },
    /// The component describes itself as the other role.
    #[error("component `{path}` is {found}, but the manifest uses it as {wanted}", path = path.display())]
    OtherRole {
        /// The file.
        path: PathBuf,
        /// What it says it is.
        found: &'static str,
        /// What the manifest says.
        wanted: &'static str,
    },
    /// The component wants what it may not have.
    #[error("component `{path}` imports {import}", path = path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// The import, and why it is refused.
        import: String,
    },
    /// The component cannot be instantiated.
    #[error("component `{path}` cannot be instantiated: {reason}", path = path.display())]
    Instantiate {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The component failed when it was asked what it is.
    #[error("component `{path}` does not describe itself: {failure}", path = path.display())]
    Describe {
        /// The file.
        path: PathBuf,
        /// How it failed.
        failure: Failure,
    },
    /// The actor is to restart from its last turn, but its state is more than its memory.
    #[error("component `{path}` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`", path = path.display())]
    NoImage {
        /// The file.
        path: PathBuf,
    },
    /// The component declares what makes no sense.
    #[error("component `{path}` declares what makes no sense: {}", list(problems), path = path.display())]
    Misdeclared {
        /// The file.
        path: PathBuf,
        /// All of it.
        problems: Vec<Misdeclared>,
    },
}

fn list(problems: &[Misdeclared]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
