//! Tasks under a host that tries every order.

mod events;
mod locks;
mod orders;
mod turns;

use super::*;
use crate::{
    ActorId, Encoded, Encoding, Event,
    bindings::coyote::actor::{
        cells::{CellKind, Operation},
        types::{self, Correlation, TaskId},
        waits::{Proceeding, Wait, Wanted},
    },
    host::native::{Cells, Choice, Report, Timers, Turn, Waits, install},
    timer::{lift, lower},
};
use core::time::Duration;
use executor::Entry;
use expect_test::Expect;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
};
use wait::Delivery;

/// What the host knows.
#[derive(Default)]
struct World {
    parked: BTreeMap<TaskId, (String, bool, Wait)>,
    inbox: VecDeque<(&'static str, Encoded)>,
    /// When each timer is due.
    timers: BTreeMap<u32, Duration>,
    timers_started: u32,
    now: Duration,
    answers: BTreeMap<Correlation, Result<Encoded, String>>,
    asked: Correlation,
    /// A counter, for all cells.
    number: i32,
    choices: Choices,
    /// How many more tasks may have their turns within one call; 0: none ever.
    turns_max: u32,
    /// The same, within this one.
    turns_left: u32,
    /// How often the host was told of a task.
    told: u32,
}

/// An odometer: all sequences of choices, one after the other.
#[derive(Default)]
struct Choices {
    taken: Vec<(u32, u32)>,
    place: usize,
}

impl Choices {
    fn choose(&mut self, bound: u32) -> u32 {
        if self.place == self.taken.len() {
            self.taken.push((0, bound));
        }
        let (choice, known) = self.taken[self.place];
        assert_eq!(known, bound, "equal choices lead to equal questions");
        self.place += 1;
        choice
    }

    fn next(&mut self) -> bool {
        self.place = 0;
        while let Some((choice, bound)) = self.taken.pop() {
            if choice + 1 < bound {
                self.taken.push((choice + 1, bound));
                return true;
            }
        }
        false
    }
}

#[derive(Clone)]
struct Shared(Rc<RefCell<World>>);

impl Waits for Shared {
    fn park(&mut self, task: TaskId, _: TaskId, label: &str, background: bool, wait: &Wait) {
        let told = (label.to_owned(), background, wait.clone());
        self.0.borrow_mut().parked.insert(task, told);
        self.0.borrow_mut().told += 1;
    }

    fn done(&mut self, task: TaskId) {
        let told = self.0.borrow_mut().parked.remove(&task);
        assert!(told.is_some(), "the end of task {task}, which never waited");
    }

    fn proceed(&mut self, _: TaskId) -> Proceeding {
        let mut world = self.0.borrow_mut();
        match world.turns_left.checked_sub(1) {
            None if world.turns_max == 0 => Proceeding::Never,
            None => Proceeding::Later,
            Some(left) => {
                world.turns_left = left;
                Proceeding::Now
            }
        }
    }
}

impl Choice for Shared {
    fn random_below(&mut self, bound: u32) -> u32 {
        self.0.borrow_mut().choices.choose(bound)
    }
}

impl Timers for Shared {
    fn start(&mut self, after: types::Duration, _: &str, _: Encoding, _: &[u8]) -> u32 {
        let mut world = self.0.borrow_mut();
        let (timer, due) = (world.timers_started, world.now + lift(after));
        world.timers.insert(timer, due);
        world.timers_started += 1;
        timer
    }

    fn stop(&mut self, timer: u32) {
        self.0.borrow_mut().timers.remove(&timer);
    }
}

impl Turn for Shared {
    fn now(&mut self) -> types::Duration {
        lower(self.0.borrow().now)
    }

    fn request(
        &mut self,
        _: types::ActorId,
        kind: &str,
        encoding: Encoding,
        payload: &[u8],
    ) -> Correlation {
        self.0.borrow_mut().answer(match kind {
            "refused" => Some(Err("no".to_owned())),
            "silence" => None,
            _ => Some(Ok(Encoded { encoding, bytes: payload.into() })),
        })
    }

    fn try_create_at(&mut self, _: types::ActorId, _: &str, _: Encoding, _: &[u8]) -> Correlation {
        self.0.borrow_mut().answer(Some(Ok(text("already-exists"))))
    }
}

impl Cells for Shared {
    fn create(&mut self, _: CellKind) -> types::ActorId {
        some_id().into()
    }

    fn apply(&mut self, _: types::ActorId, operation: &Operation) -> Correlation {
        let mut world = self.0.borrow_mut();
        let answer = world.operate(operation);
        world.answer(Some(Ok(answer)))
    }
}

impl Report for Shared {}

fn some_id() -> ActorId {
    "0123456789abcdef".parse().unwrap()
}

fn text(text: &str) -> Encoded {
    Encoded { encoding: Encoding::Text, bytes: text.as_bytes().into() }
}

impl World {
    /// Something is asked that is answered so, or never.
    fn answer(&mut self, answer: Option<Result<Encoded, String>>) -> Correlation {
        let correlation = self.asked;
        self.asked += 1;
        answer.map(|answer| self.answers.insert(correlation, answer));
        correlation
    }

    fn operate(&mut self, operation: &Operation) -> Encoded {
        let old = self.number;
        let answer = match *operation {
            Operation::Add(number) => {
                self.number += number;
                self.number
            }
            Operation::Get => old,
            Operation::CompareExchange((current, new)) => {
                self.number = if old == current { new } else { old };
                old
            }
            _ => unreachable!("no test asks this"),
        };
        Encoded::json(&answer)
    }

    /// The timers that may fire: of all, those that are due first.
    fn fires(&self, timer: u32) -> bool {
        let due = self.timers.get(&timer);
        due.is_some() && due == self.timers.values().min()
    }

    /// The place of the event that a receive takes.
    fn receives(&self, entry: Entry, wanted: &[Wanted]) -> Option<usize> {
        self.inbox.iter().position(|(kind, payload)| {
            wanted.iter().any(|wanted| {
                let accepts = |condition| (entry.matches)(condition, payload);
                kinds::name(wanted.kind) == Some(kind) && wanted.condition.is_none_or(accepts)
            })
        })
    }
}

impl Shared {
    /// What a task may go on with.
    fn ripe(&self, entry: Entry, wait: &Wait) -> bool {
        match wait {
            Wait::Ready => true,
            Wait::Receive(wanted) => {
                let inbox = self.0.borrow().inbox.clone();
                World { inbox, ..World::default() }.receives(entry, wanted).is_some()
            }
            Wait::Answer(correlation) => self.0.borrow().answers.contains_key(correlation),
            Wait::Firing(timer) => self.0.borrow().fires(*timer),
            Wait::Blocked(_) => false,
        }
    }

    fn deliver(&self, entry: Entry, task: TaskId) {
        let (_, _, wait) = self.0.borrow_mut().parked.remove(&task).unwrap();
        let delivery = match &wait {
            Wait::Ready => Delivery::Time,
            Wait::Firing(timer) => {
                let mut world = self.0.borrow_mut();
                world.now = world.timers.remove(timer).unwrap();
                Delivery::Time
            }
            Wait::Answer(correlation) => {
                Delivery::Answer(self.0.borrow_mut().answers.remove(correlation).unwrap())
            }
            Wait::Receive(wanted) => {
                let inbox = self.0.borrow().inbox.clone();
                let place = World { inbox, ..World::default() }.receives(entry, wanted).unwrap();
                let (kind, payload) = self.0.borrow_mut().inbox.remove(place).unwrap();
                let mut kinds = wanted.iter().map(|wanted| wanted.kind);
                Delivery::Event(
                    kinds.find(|&index| kinds::name(index) == Some(kind)).unwrap(),
                    payload,
                )
            }
            Wait::Blocked(_) => unreachable!("it is not ripe"),
        };
        (entry.resume)(task, delivery);
        self.proceed_all(entry);
    }

    /// The first turn of a call is over.
    fn proceed_all(&self, entry: Entry) {
        let turns_max = self.0.borrow().turns_max;
        self.0.borrow_mut().turns_left = turns_max;
        while (entry.proceed)() {}
    }

    /// Goes on until nothing can happen any more.
    fn run(&self) {
        while let Some(entry) = executor::entry() {
            let parked = self.0.borrow().parked.clone();
            let ripe: Vec<_> = parked
                .iter()
                .filter(|(_, (_, _, wait))| self.ripe(entry, wait))
                .map(|(&task, _)| task)
                .collect();
            if ripe.is_empty() {
                break;
            }
            let chosen = self.0.borrow_mut().choices.choose(ripe.len().try_into().unwrap());
            self.deliver(entry, ripe[chosen as usize]);
        }
    }

    fn waiting(&self) -> Vec<String> {
        let world = self.0.borrow();
        let owed = world.parked.values().filter(|(_, background, _)| !background);
        let waits = owed.map(|(label, _, wait)| match wait {
            Wait::Blocked(text) => format!("{label} waits for {text}"),
            Wait::Receive(wanted) => {
                let kinds: Vec<_> =
                    wanted.iter().map(|wanted| kinds::name(wanted.kind).unwrap()).collect();
                format!("{label} waits for {}", kinds.join(" or "))
            }
            wait => format!("{label} waits for {wait:?}"),
        });
        waits.collect()
    }
}

/// Runs a program in every order of its tasks, and compares how often what came of it.
#[track_caller]
fn check<F: Future<Output = String> + 'static>(program: impl Fn() -> F, expected: Expect) {
    check_with(&[], program, expected);
}

/// As `check`, with an inbox.
#[track_caller]
fn check_with<F: Future<Output = String> + 'static>(
    inbox: &[(&'static str, Encoded)],
    program: impl Fn() -> F,
    expected: Expect,
) {
    let mut outcomes = BTreeMap::<String, u32>::new();
    let world = Shared(Rc::default());
    install(world.clone());
    loop {
        let choices = core::mem::take(&mut world.0.borrow_mut().choices);
        let inbox = inbox.iter().cloned().collect();
        *world.0.borrow_mut() = World { choices, inbox, ..World::default() };
        let outcome = Rc::new(RefCell::new(None));
        let output = Rc::clone(&outcome);
        let program = program();
        let code = Box::pin(async move { *output.borrow_mut() = Some(program.await) });
        let run = || {
            executor::run_handler("program", code);
            executor::entry().into_iter().for_each(|entry| world.proceed_all(entry));
            world.run();
        };
        let mut told = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(()) => outcome.take().unwrap_or_default(),
            Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
        };
        let waiting = world.waiting();
        if !waiting.is_empty() {
            write!(told, "deadlock: {}", waiting.join("; ")).unwrap();
        }
        let left = world.0.borrow().inbox.len();
        if left > 0 {
            write!(told, " ({left} in the inbox)").unwrap();
        }
        if world.0.borrow().parked.is_empty() && !told.contains("Cause") {
            assert_eq!(executor::size(), 0, "what has ended leaves nothing");
        }
        *outcomes.entry(without_places(&told)).or_default() += 1;
        executor::clear();
        if !world.0.borrow_mut().choices.next() {
            break;
        }
    }
    let lines = outcomes.iter().map(|(outcome, count)| format!("{count} x {outcome}"));
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// Places in the source by letters: the first that is named is `place a`.
fn without_places(told: &str) -> String {
    let mut places = Vec::new();
    let words = told.split_inclusive([' ', ';', ',']).map(|word| {
        let (place, end) = word.split_at(word.trim_end_matches([' ', ';', ',']).len());
        if !place.contains(".rs:") {
            return word.to_owned();
        }
        let known = places.iter().position(|known| known == place).unwrap_or_else(|| {
            places.push(place.to_owned());
            places.len() - 1
        });
        format!("place {}{end}", char::from(b'a' + u8::try_from(known).unwrap()))
    });
    words.collect()
}

fn of<E: Event>(event: E) -> (&'static str, Encoded) {
    (E::KIND, event.encode())
}
