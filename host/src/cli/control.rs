//! The control socket of an app that runs: who may read the token may ask for things.
//!
//! One request a connection: a line with the token, a blank and a command. The answer is a line `ok` with the number of
//! bytes that follow, or a line `error` with the reason. The only command so far is `snapshot`. The socket and the file of
//! the token, which is called like it with `.token` behind, are for their owner alone, and are removed when the run ends.

use std::fs::{self, OpenOptions, Permissions};
use std::future::Future;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use coyote_host::{Snapshot, SnapshotError};

/// Longest request, in bytes.
const REQUEST_BYTES_MAX: u64 = 256;

/// How long a client may take to say what it wants.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A snapshot that is being taken.
pub(super) type Taking = Pin<Box<dyn Future<Output = Result<Snapshot, SnapshotError>> + Send>>;

/// A control socket that listens. It is closed when this is dropped.
pub(super) struct Control {
    socket: PathBuf,
}

impl Drop for Control {
    fn drop(&mut self) {
        // Somebody may have removed them already.
        let _ = (fs::remove_file(&self.socket), fs::remove_file(token_file(&self.socket)));
    }
}

impl Control {
    /// Listens at this path. `snapshot` asks the run for a snapshot; none if it is about to end.
    pub(super) fn listen(
        socket: &Path,
        snapshot: impl Fn() -> Option<Taking> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let at = || format!("cannot listen at `{}`", socket.display());
        make_room(socket)?;
        let listener = UnixListener::bind(socket).with_context(at)?;
        let control = Self { socket: socket.to_owned() };
        fs::set_permissions(socket, Permissions::from_mode(0o600)).with_context(at)?;
        let token = new_token(socket).with_context(at)?;
        let serve = move || {
            for stream in listener.incoming() {
                // Who went away does not want an answer.
                let _ = stream.and_then(|stream| answer(stream, &token, &snapshot));
            }
        };
        thread::Builder::new().name("coyote-control".to_owned()).spawn(serve).with_context(at)?;
        Ok(control)
    }
}

/// Removes the socket of a run that has ended without doing so.
fn make_room(socket: &Path) -> anyhow::Result<()> {
    let shown = socket.display();
    let Ok(found) = fs::symlink_metadata(socket) else { return Ok(()) };
    if !found.file_type().is_socket() {
        bail!("`{shown}` is there and is no socket");
    }
    if UnixStream::connect(socket).is_ok() {
        bail!("another app listens at `{shown}`");
    }
    fs::remove_file(socket).with_context(|| format!("cannot remove `{shown}`"))
}

fn token_file(socket: &Path) -> PathBuf {
    let mut path = socket.as_os_str().to_owned();
    path.push(".token");
    path.into()
}

fn new_token(socket: &Path) -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let token = format!("{:032x}", u128::from_le_bytes(bytes));
    let path = token_file(socket);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(token.as_bytes())?;
    Ok(token)
}

fn answer(
    mut stream: UnixStream,
    token: &str,
    snapshot: &impl Fn() -> Option<Taking>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    let mut request = String::new();
    BufReader::new(&stream).take(REQUEST_BYTES_MAX).read_line(&mut request)?;
    let (given, command) = request.trim_end().split_once(' ').unwrap_or_default();
    let answer = match command {
        _ if !is_token(given, token) => Err("the token is wrong".to_owned()),
        "snapshot" => match snapshot().map(block_on) {
            Some(taken) => taken.map_err(|error| error.to_string()),
            None => Err("the app is about to end".to_owned()),
        },
        other => Err(format!("there is no command `{other}`")),
    };
    match answer {
        Ok(snapshot) => {
            let bytes = snapshot.bytes();
            stream.write_all(format!("ok {}\n", bytes.len()).as_bytes())?;
            stream.write_all(bytes)
        }
        Err(reason) => stream.write_all(format!("error {reason}\n").as_bytes()),
    }
}

/// Takes as long whatever is given.
fn is_token(given: &str, token: &str) -> bool {
    let differs = given.bytes().zip(token.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    given.len() == token.len() && differs == 0
}

/// Asks the app at a control socket; what it sends.
pub(super) fn ask(socket: &Path, command: &str) -> anyhow::Result<Vec<u8>> {
    let shown = socket.display();
    let mut stream = UnixStream::connect(socket).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow!("there is no control socket `{shown}`: does the app run with `--control`?")
        }
        io::ErrorKind::ConnectionRefused => {
            anyhow!("nobody listens at the control socket `{shown}`: the app has ended")
        }
        _ => anyhow!("cannot connect to the control socket `{shown}`: {error}"),
    })?;
    let path = token_file(socket);
    let token = fs::read_to_string(&path)
        .with_context(|| format!("cannot read the token `{}`", path.display()))?;
    let asked = || format!("the app at `{shown}` does not answer");
    stream.write_all(format!("{} {command}\n", token.trim()).as_bytes()).with_context(asked)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).with_context(asked)?;
    match line.trim_end().split_once(' ') {
        Some(("ok", length)) => {
            let length: u64 = length.parse().with_context(asked)?;
            let mut bytes = Vec::new();
            stream.take(length).read_to_end(&mut bytes).with_context(asked)?;
            Ok(bytes)
        }
        Some(("error", reason)) => bail!("the app at `{shown}` refuses: {reason}"),
        _ => bail!("the app at `{shown}` does not answer"),
    }
}

/// Waits for a future in this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}
