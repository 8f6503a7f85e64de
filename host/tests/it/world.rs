//! An app, run by a host, and all that its observer is told: the only place that knows how.

use std::future::Future;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use coyote_host::{
    ActorFailure, ActorId, App, BuildError, Colour, DroppedEvent, Host, HostBuilder, LogLine,
    Observer, OutsideEvent, RunReport, Snapshot,
};
use expect_test::Expect;

/// Longer than anything here takes; whoever waits for it has found a bug.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A component that `make actors` builds, for one of the targets.
pub(crate) fn component_for(target: &str, name: &str) -> PathBuf {
    let path = root().join("target").join(target).join("release").join(name);
    assert!(path.is_file(), "there is no `{}`: run `make actors`", path.display());
    path
}

/// A component that `make actors` builds.
pub(crate) fn component(name: &str) -> PathBuf {
    component_for("wasm32-unknown-unknown", name)
}

/// Where compiled components are kept, so that each is compiled once.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

/// An app of hostile actors: `table` goes into `[actor.hostile]`, and each start entry is a name and what is
/// between the braces of its initial payload.
pub(crate) fn hostile(table: &str, starts: &[(&str, &str)]) -> App {
    app(&manifest(&component("hostile.wasm"), "", table, starts))
}

/// The text of such an app; `top` goes above all tables.
pub(crate) fn manifest(
    component: &Path,
    top: &str,
    table: &str,
    starts: &[(&str, &str)],
) -> String {
    let component = component.display();
    let mut text =
        format!("name = 'test'\n{top}\n[actor.hostile]\ncomponent = '{component}'\n{table}\n");
    for (name, setup) in starts {
        text +=
            &format!("[[start]]\nactor = 'hostile'\nname = '{name}'\ninitial = {{ {setup} }}\n");
    }
    text
}

/// An app from its text.
pub(crate) fn app(text: &str) -> App {
    App::parse(text, &root().join("app.toml"))
        .unwrap_or_else(|error| panic!("{}", error.render(Colour::Off)))
}

/// Builds and lets an app come to rest, ends it, and compares what was seen.
#[track_caller]
pub(crate) fn check(app: App, expected: Expect) {
    expected.assert_eq(&World::of(app).finish());
}

/// The same with something done in the midst.
#[track_caller]
pub(crate) fn check_with(app: App, act: impl FnOnce(&World), expected: Expect) {
    let world = World::of(app);
    act(&world);
    expected.assert_eq(&world.finish());
}

/// Why an app cannot be built, without the folder of the workspace in it.
pub(crate) fn refusal(app: App) -> String {
    match Host::builder(app).cache(cache()).build() {
        Ok(_) => "it was built".to_owned(),
        Err(error) => told(&error),
    }
}

fn told(error: &BuildError) -> String {
    error.to_string().replace(&root().display().to_string(), "ROOT")
}

/// A host and what its observer was told.
pub(crate) struct World {
    pub(crate) host: Host,
    story: Arc<Story>,
    names: Vec<(ActorId, String)>,
}

impl World {
    /// One worker: everything happens in one order.
    pub(crate) fn of(app: App) -> Self {
        Self::with_workers(app, 1)
    }

    pub(crate) fn with_workers(app: App, workers: usize) -> Self {
        Self::set_up(app, workers, |builder| builder)
    }

    /// An app that goes on from a snapshot.
    pub(crate) fn resumed(app: App, snapshot: Snapshot, workers: usize) -> Self {
        Self::set_up(app, workers, |builder| builder.begin_at(snapshot))
    }

    fn set_up(app: App, workers: usize, set: impl FnOnce(HostBuilder) -> HostBuilder) -> Self {
        let names: Vec<_> = (app.starts().iter())
            .flat_map(|start| (0..start.count.get()).map(move |instance| (start, instance)))
            .filter_map(|(start, instance)| {
                Some((app.actor(start.actor).name.clone(), start.name_of(instance)?))
            })
            .collect();
        let story = Arc::new(Story::default());
        let host = set(Host::builder(app))
            .seed(1)
            .workers(NonZeroUsize::new(workers).unwrap())
            .cache(cache())
            .observer(Teller(story.clone()))
            .build()
            .unwrap_or_else(|error| panic!("{}", told(&error)));
        let id_of = |(kind, name): (String, String)| (host.id_of(&kind, &name).unwrap(), name);
        let names = names.into_iter().map(id_of).collect();
        Self { host, story, names }
    }

    /// What the app is like now.
    #[track_caller]
    pub(crate) fn snapshot(&self) -> Snapshot {
        wait(self.host.snapshot()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The id of an actor of the first kind that was started with this name.
    pub(crate) fn id(&self, name: &str) -> ActorId {
        let known = self.names.iter().find(|(_, known)| known == name);
        known.unwrap_or_else(|| panic!("nobody was started as `{name}`")).0
    }

    /// Sends an event without a payload.
    pub(crate) fn send(&self, to: &str, kind: &str) {
        self.host.send(self.id(to), OutsideEvent::bare(kind)).unwrap();
    }

    /// Waits until nothing is left to do.
    #[track_caller]
    pub(crate) fn settle(&self) {
        assert!(self.host.until_quiescent(PATIENCE), "still busy: {}", self.told());
    }

    /// Sends an event without a payload, and waits until nothing is left to do.
    #[track_caller]
    pub(crate) fn send_and_settle(&self, to: &str, kind: &str) {
        self.send(to, kind);
        self.settle();
    }

    /// Asks an actor how many `go` turns it remembers, which it logs, and waits until nothing is left to do.
    #[track_caller]
    pub(crate) fn ask(&self, whom: &str) {
        let request = self.host.request(self.id(whom), OutsideEvent::bare("get"), PATIENCE);
        self.settle();
        drop(request);
    }

    /// Does one thing after the other to an actor: `get` asks, every other kind is sent.
    #[track_caller]
    pub(crate) fn step(&self, to: &str, kinds: &[&str]) {
        for kind in kinds {
            match *kind {
                "get" => self.ask(to),
                kind => self.send_and_settle(to, kind),
            }
        }
    }

    /// Stops the worker in the midst of the next turn that logs this line.
    pub(crate) fn hold_at(&self, line: &str) -> Held {
        let (entered, has_entered) = channel();
        let (release, released) = channel();
        *self.story.gate.lock().unwrap() = Some(Gate { line: line.to_owned(), entered, released });
        Held { has_entered, _release: release }
    }

    /// What happened so far, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.story.lines.lock().unwrap();
        lines.iter().map(|line| named(&self.names, line)).collect()
    }

    fn told(&self) -> String {
        self.lines().iter().map(|line| format!("{line}\n")).collect()
    }

    /// Waits until nothing is left to do, ends the app, and tells everything.
    #[track_caller]
    pub(crate) fn finish(self) -> String {
        self.settle();
        self.end(PATIENCE).0
    }

    /// Ends the app, and tells everything.
    pub(crate) fn end(self, timeout: Duration) -> (String, RunReport) {
        let Self { host, story, names } = self;
        let report = host.drain(timeout);
        let lines = story.lines.lock().unwrap();
        let text: String = lines.iter().map(|line| named(&names, line) + "\n").collect();
        (text + &summary(&report), report)
    }
}

/// The line with names instead of ids, and without what changes with the source or the hour.
fn named(names: &[(ActorId, String)], line: &str) -> String {
    let outside = (ActorId::ENVIRONMENT, "outside".to_owned());
    let line = (names.iter().chain([&outside]))
        .fold(line.to_owned(), |line, (id, name)| line.replace(&id.to_string(), name));
    let cut = |marker: &str, instead: &str| {
        line.split_once(marker).map_or(line.clone(), |(start, _)| format!("{start}{instead}"))
    };
    if line.contains(": tick ") { cut(" at ", "") } else { cut(" at host/tests/", " at PLACE") }
}

/// What does not depend on time.
pub(crate) fn summary(report: &RunReport) -> String {
    let RunReport { verdict, events, actors, failures, restarts, .. } = report;
    let mut text = format!(
        "{verdict:?}: {events} events; actors: {} created, {} live, {} failed, {} halted; \
         {failures} failures, {restarts} restarts",
        actors.created, actors.live, actors.failed, actors.halted
    );
    for (reason, count) in &report.dead_letters_by_reason {
        text += &format!("; {count} {reason}");
    }
    if report.log_lines_dropped > 0 {
        text += &format!("; {} log lines dropped", report.log_lines_dropped);
    }
    if report.unmonitored > 0 {
        text += &format!("; {} unmonitored", report.unmonitored);
    }
    let by_reason: u64 = report.dead_letters_by_reason.values().sum();
    assert_eq!(report.dead_letters, by_reason);
    text + "\n"
}

/// A worker that is stopped in the midst of a turn, or will be; it goes on when this is dropped.
pub(crate) struct Held {
    has_entered: Receiver<()>,
    _release: Sender<()>,
}

impl Held {
    /// Waits until the worker is there.
    pub(crate) fn wait(&self) {
        self.has_entered.recv_timeout(PATIENCE).unwrap();
    }
}

struct Gate {
    line: String,
    entered: Sender<()>,
    released: Receiver<()>,
}

/// What an observer was told, a line each.
#[derive(Default)]
struct Story {
    lines: Mutex<Vec<String>>,
    gate: Mutex<Option<Gate>>,
}

struct Teller(Arc<Story>);

impl Teller {
    fn tell(&self, line: String) {
        self.0.lines.lock().unwrap().push(line);
    }
}

impl Observer for Teller {
    fn line(&self, line: &LogLine<'_>) {
        self.tell(format!("{}: {}", line.actor, line.message));
        let here = |gate: &mut Gate| gate.line == line.message;
        let gate = self.0.gate.lock().unwrap().take_if(here);
        if let Some(gate) = gate {
            gate.entered.send(()).unwrap();
            // Until the other end is dropped.
            assert!(gate.released.recv_timeout(PATIENCE).is_err());
        }
    }

    fn actor_failed(&self, failure: &ActorFailure) {
        let ActorFailure { actor, event, cause, message, outcome, .. } = failure;
        let event = event.as_deref().unwrap_or("its first turn");
        self.tell(format!("{actor} failed at {event}, {outcome}: {cause}: {message}"));
    }

    fn actor_halted(&self, _: ActorId, label: &str) {
        self.tell(format!("{label} is gone"));
    }

    fn event_dropped(&self, event: &DroppedEvent) {
        let DroppedEvent { reason, from, to, event, .. } = event;
        self.tell(format!("dead letter, {reason}: {event} from {from} to {to}"));
    }

    fn violation(&self, violation: &str) {
        self.tell(format!("violation: {violation}"));
    }

    fn stopped(&self) {
        self.tell("stopped".to_owned());
    }
}

/// Waits for a future in this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        thread::park();
    }
}
