//! What the user, or whoever supervises the process, asks for.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Calls `asked` with each SIGINT and SIGTERM, as long as it wants more.
///
/// # Errors
///
/// The system does not let anybody listen.
pub(super) fn on_end(mut asked: impl FnMut() -> bool + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || signals.forever().all(|_| asked()));
    Ok(())
}
