//! The programs under test, one file each: what is done with them is in `work`.
//!
//! The peers are libraries: their actors are native code in one address space, without limits, and any of them
//! can take all down. Each is set up for speed as its documentation and its code suggest; the file says how. The
//! alternatives were not measured.

mod actix;
pub(crate) mod coyote;
mod kameo;
mod ractor;

use crate::work::Contender;

/// Ours first: the others are compared with it.
pub(crate) const ALL: [Contender; 4] =
    [coyote::CONTENDER, ractor::CONTENDER, kameo::CONTENDER, actix::CONTENDER];

/// A runtime for the peers that need tokio. On a single thread the one without a pool has less to do.
fn runtime(threads: usize) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;

    if threads == 1 {
        Builder::new_current_thread().build()
    } else {
        Builder::new_multi_thread().worker_threads(threads).build()
    }
}
