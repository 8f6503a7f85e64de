//! Where things are on this machine.

use std::fs;
use std::path::PathBuf;

use clap::Args;

/// Where compiled components are kept.
#[derive(Debug, Args)]
pub(super) struct CacheArgs {
    /// Keep compiled components in this folder, between runs [default: in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Compile components anew
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

impl CacheArgs {
    /// The folder; none if nothing is to be kept, or the user has no cache folder and none can be made, as in a
    /// container that can write nowhere.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        let folder = self.cache.clone().or_else(default_folder)?;
        // Wasmtime wants an absolute one.
        std::path::absolute(folder).ok()
    }
}

fn default_folder() -> Option<PathBuf> {
    let folder = dirs::cache_dir()?.join("coyote-host");
    fs::create_dir_all(&folder).ok()?;
    Some(folder)
}
