//! `coyote-host schema`: the JSON Schema of `app.toml`.

use std::process::ExitCode;

/// Print the JSON Schema of app.toml
///
/// Editors complete and check manifests with it: it has every key, its default and its meaning.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints the schema.
pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    super::print(&coyote_host::manifest_schema())?;
    Ok(ExitCode::SUCCESS)
}
