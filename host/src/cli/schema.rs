//! `coyote-host schema`: the JSON Schema of `app.toml`.

use std::io::{self, Write as _};
use std::process::ExitCode;

/// Print the JSON Schema of app.toml
///
/// Editors complete and check manifests with it: it has every key, its default and its meaning.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints the schema.
pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(coyote_host::manifest_schema().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
