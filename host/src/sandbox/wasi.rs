//! The interfaces of WASI that actors built for it may import, served by `wasmtime-wasi` with nothing
//! ambient: an empty environment, seeded random numbers, virtual time, output to the log, and no folder but
//! those that the manifest grants.

use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use coyote_kernel::{ActorId, IdKey};
use rand_core::{SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{
    FsPerms, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView,
};

use super::guest::Guest;
use crate::app::{Access, Grants};
use crate::observe::Level;

/// The packages that may be imported. What is not here is refused.
const SERVED: [&str; 5] = ["wasi:cli/", "wasi:io/", "wasi:random/", "wasi:filesystem/", CLOCKS];

/// Only with a grant.
pub(super) const CLOCKS: &str = "wasi:clocks/";

/// Whether the host serves an interface to actors that have all grants.
pub(super) fn serves(interface: &str) -> bool {
    SERVED.iter().any(|prefix| interface.starts_with(prefix))
}

/// Offers all of WASI: what may be imported is checked when a component is loaded.
pub(super) fn add(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)
}

/// The part of a guest that was built for WASI.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    table: ResourceTable,
    now: Clock,
    output: Arc<Mutex<Output>>,
    shows_output: bool,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi.as_mut().expect("a component that imports WASI is given it");
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

impl Wasi {
    /// # Errors
    ///
    /// A folder that the manifest grants cannot be opened.
    pub(crate) fn new(grants: &Grants, key: &IdKey, id: ActorId) -> wasmtime::Result<Box<Self>> {
        let now = Clock::default();
        let output = Arc::new(Mutex::new(Output::default()));
        let random = |stream| Random(Xoshiro256PlusPlus::seed_from_u64(key.stream(id, stream)));
        let mut builder = WasiCtxBuilder::new();
        builder
            .allow_tcp(false)
            .allow_udp(false)
            .allow_blocking_current_thread(true)
            .secure_random(random(2))
            .insecure_random(random(3))
            .insecure_random_seed(key.stream(id, 4).into())
            .wall_clock(now.clone())
            .monotonic_clock(now.clone())
            .stdout(Stdout(output.clone()))
            .stderr(Stdout(output.clone()));
        for (name, value) in &grants.environment {
            builder.env(name, value);
        }
        for directory in &grants.directories {
            let permissions = match directory.access {
                Access::Read => FsPerms::ReadOnly,
                Access::ReadWrite => FsPerms::ReadWrite,
            };
            check_directory(&directory.host)?;
            builder.preopened_dir(&directory.host, &directory.guest, permissions)?;
        }
        let (ctx, table) = (builder.build(), ResourceTable::new());
        Ok(Box::new(Self { ctx, table, now, output, shows_output: grants.stdout }))
    }

    /// Sets the clocks for the turn.
    pub(crate) fn set_now(&self, now: Duration) {
        self.now.0.store(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Guest {
    /// Moves finished lines of the standard output to the log, or drops them if it is not granted.
    pub(crate) fn flush_output(&mut self) {
        let Some(wasi) = &mut self.wasi else { return };
        let shows_output = wasi.shows_output;
        let (bytes, dropped) =
            wasi.output.lock().unwrap_or_else(PoisonError::into_inner).take_lines();
        if shows_output {
            for line in String::from_utf8_lossy(&bytes).lines() {
                self.log(Level::Info, line);
            }
            self.log.lines = self.log.lines.saturating_add(dropped);
        }
    }
}

/// Opens a folder once, with the rights of the host, so that a wrong grant is found at once.
fn check_directory(path: &Path) -> wasmtime::Result<()> {
    Dir::open_ambient_dir(path, ambient_authority())
        .map(drop)
        .map_err(|error| wasmtime::format_err!("the granted folder `{}`: {error}", path.display()))
}

#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(HostMonotonicClock::now(self))
    }
}

/// A generator in the shape that `wasmtime-wasi` asks for.
struct Random(Xoshiro256PlusPlus);

impl TryRng for Random {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.try_fill_bytes(bytes)
    }
}

/// What a guest printed and the log has not yet.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// How many lines had no room.
    dropped: u32,
}

impl Output {
    /// Most bytes that one turn may print; the rest is dropped.
    const BYTES_MAX: usize = 1 << 20;

    fn push(&mut self, bytes: &[u8]) {
        let room = Self::BYTES_MAX.saturating_sub(self.bytes.len());
        let (kept, dropped) = bytes.split_at(bytes.len().min(room));
        self.bytes.extend_from_slice(kept);
        let lines = dropped.iter().filter(|&&byte| byte == b'\n').count();
        self.dropped = self.dropped.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    }

    /// What is finished, and how many lines had no room: everything up to the last line break, or all if there
    /// is no room for one.
    fn take_lines(&mut self) -> (Vec<u8>, u32) {
        let line_break = self.bytes.iter().rposition(|&byte| byte == b'\n');
        let end = line_break.map_or(0, |place| place + 1);
        let is_cut = self.bytes.len() == Self::BYTES_MAX && end < Self::BYTES_MAX;
        let rest = self.bytes.split_off(if is_cut { Self::BYTES_MAX } else { end });
        // The first line break without room ended the line that was cut.
        let dropped = mem::take(&mut self.dropped).saturating_sub(u32::from(is_cut));
        (mem::replace(&mut self.bytes, rest), dropped)
    }
}

#[derive(Clone)]
struct Stdout(Arc<Mutex<Output>>);

impl IsTerminal for Stdout {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdout {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stdout {
    async fn ready(&mut self) {}
}

impl OutputStream for Stdout {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}
