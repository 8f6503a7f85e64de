//! The table of tasks, and the turns in which they go on.
//!
//! Everything that the host knows by a number stands in one table: tasks, waits beyond the first of a task, and wakes of
//! tasks whose own number is taken by a wait. Numbers are small and used again, so that an actor that came back to where
//! it was has the image that it had.
//!
//! What began to wait, and what was spawned, the host is told at once; all else at the end of the call (`waits.park`). In
//! between tasks that are ready have their turns one after the other, as long as the host lets them (`waits.proceed`).

use super::wait::{Delivery, Wait};
use crate::{
    bindings::coyote::actor::{
        types::TaskId,
        waits::{Proceeding, Wait as Told},
    },
    failure::{Cause, fail},
    host::waits,
    payload::Encoded,
};
use core::{
    cell::{Cell, RefCell},
    future::Future,
    mem::{self, ManuallyDrop},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use std::{collections::VecDeque, rc::Rc, sync::Arc, task::Wake};

/// What a task is, once its output has gone where it belongs.
pub(crate) type Code = Pin<Box<dyn Future<Output = ()>>>;

/// Whether a condition accepts an event.
pub(crate) type Condition = Rc<dyn Fn(&Encoded) -> bool>;

/// What a number of the host's means.
enum Place {
    Task(Task),
    /// A wait that is not the first of its task.
    Wait(Rc<Wait>),
    /// That a task may go on whose own number is taken by a wait.
    Ready(Arc<Beacon>),
}

struct Task {
    beacon: Arc<Beacon>,
    label: Rc<str>,
    background: bool,
    /// None while it runs, and once it has ended.
    code: Option<Code>,
    /// The wait that has its number.
    wait: Option<Rc<Wait>>,
    /// What the host knows of its number.
    known: Known,
    /// Whether there is a reason to poll it.
    woken: bool,
    /// Whether the host may know something else of it than what is.
    untold: bool,
    /// Where the host knows that it may go on, if a wait has its number.
    ready: Option<TaskId>,
    /// What it waits for in this actor, as of its last poll.
    blocked: Vec<Text>,
}

#[derive(PartialEq)]
enum Known {
    Nothing,
    Ready,
    Wait,
    Blocked(String),
}

/// What a task waits for in its actor.
pub(crate) trait Describe {
    /// What it is, and who holds it, for people.
    fn describe(&self) -> String;
}

/// Made into text only when that is told.
type Text = Rc<dyn Describe>;

/// The one thing that all wakers of a task hold.
pub(crate) struct Beacon(TaskId);

impl Beacon {
    /// The number of its task.
    pub(crate) fn id(&self) -> TaskId {
        self.0
    }
}

impl Wake for Beacon {
    fn wake(self: Arc<Self>) {
        wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        wake(self);
    }
}

/// All that the tasks of an actor share.
pub(crate) struct Executor {
    /// By number.
    places: RefCell<Vec<Option<Place>>>,
    /// By number: the conditions of receives.
    conditions: RefCell<Vec<Option<Condition>>>,
    /// The task that is being polled.
    running: RefCell<Option<Arc<Beacon>>>,
    /// Whether it is to end as soon as it returns.
    aborted: Cell<bool>,
    /// The waits that began in this poll.
    fresh: RefCell<Vec<Rc<Wait>>>,
    /// What the running task waits for in this actor.
    blocked: RefCell<Vec<Text>>,
    /// The tasks that what was delivered woke. None outside of deliveries.
    woken: RefCell<Option<Vec<Arc<Beacon>>>>,
    /// Whether futures are asked if they are ready, and do nothing.
    probing: Cell<bool>,
    /// Whether one that was asked is.
    hit: Cell<bool>,
    /// The tasks that may go on, in the order in which they could. Forgotten at the end of the call where each turn has
    /// its own: there an image does not tell which of them was first.
    ready: RefCell<VecDeque<Arc<Beacon>>>,
    /// The tasks to tell the host of at the end of this call.
    untold: RefCell<Vec<Arc<Beacon>>>,
    /// The detached tasks that failed and of which the actor has not been told.
    failures: RefCell<Vec<Failed>>,
    /// Whether there ever was a task.
    used: Cell<Option<Entry>>,
}

/// Nothing of it is reached before the first task, so an actor without tasks has no code for them.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) resume: fn(TaskId, Delivery),
    pub(crate) proceed: fn() -> bool,
    pub(crate) matches: fn(u32, &Encoded) -> bool,
    pub(crate) abort_handler: fn(),
    pub(crate) take_failures: fn() -> Vec<Failed>,
}

/// A detached task that ended with an error.
pub(crate) struct Failed {
    /// How the task is called.
    pub(crate) label: String,
    /// The error.
    pub(crate) error: String,
}

impl Executor {
    const fn new() -> Self {
        Self {
            places: RefCell::new(Vec::new()),
            conditions: RefCell::new(Vec::new()),
            running: RefCell::new(None),
            aborted: Cell::new(false),
            fresh: RefCell::new(Vec::new()),
            blocked: RefCell::new(Vec::new()),
            woken: RefCell::new(None),
            probing: Cell::new(false),
            hit: Cell::new(false),
            ready: RefCell::new(VecDeque::new()),
            untold: RefCell::new(Vec::new()),
            failures: RefCell::new(Vec::new()),
            used: Cell::new(None),
        }
    }
}

impl Default for Executor {
    fn default() -> Self {
        Self::new()
    }
}

thread_local! {
    // Never dropped: tasks that are dropped look here.
    static EXECUTOR: RefCell<ManuallyDrop<Executor>> =
        const { RefCell::new(ManuallyDrop::new(Executor::new())) };
}

fn with<T>(body: impl FnOnce(&Executor) -> T) -> T {
    EXECUTOR.with_borrow(|executor| body(executor))
}

/// Puts the tasks of another actor in place.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn swap(other: &mut Executor) {
    EXECUTOR.with_borrow_mut(|executor| mem::swap(&mut **executor, other));
}

/// Drops all tasks where they wait.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn clear() {
    while let Some(place) =
        with(|executor| executor.places.borrow_mut().iter_mut().find_map(Option::take))
    {
        drop(place);
    }
    let mut left = Executor::new();
    swap(&mut left);
}

fn with_task<T>(beacon: &Arc<Beacon>, body: impl FnOnce(&mut Task) -> T) -> Option<T> {
    with(|executor| match executor.places.borrow_mut().get_mut(beacon.0 as usize) {
        Some(Some(Place::Task(task))) if Arc::ptr_eq(&task.beacon, beacon) => Some(body(task)),
        _ => None,
    })
}

/// The smallest free number, or one past the end.
#[expect(clippy::cast_possible_truncation, reason = "a component has less memory")]
fn put<T>(table: &RefCell<Vec<Option<T>>>, least: usize, content: T) -> u32 {
    let mut table = table.borrow_mut();
    let free = (least..table.len()).find(|&place| table[place].is_none());
    let place = free.unwrap_or_else(|| {
        let place = table.len().max(least);
        table.resize_with(place + 1, || None);
        place
    });
    table[place] = Some(content);
    place as u32
}

/// What the host calls, if there ever was a task.
pub(crate) fn entry() -> Option<Entry> {
    with(|executor| executor.used.get())
}

/// Runs the handler that the host called, up to its first wait.
pub(crate) fn run_handler(label: &str, code: Code) {
    with(|executor| {
        let mut places = executor.places.borrow_mut();
        if places.is_empty() {
            places.push(None);
        }
        assert!(places[0].is_none(), "the host calls no handler while one waits");
    });
    let beacon = Arc::new(Beacon(0));
    add(0, &beacon, label.into(), false, code);
    run(&beacon);
}

/// Runs code that never waits.
pub(crate) fn at_once<T>(code: impl Future<Output = T>) -> T {
    match pin!(code).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("only code that waits leads back to the host"),
    }
}

/// A task that may go on from now on.
pub(crate) fn spawn(
    label: impl FnOnce(TaskId) -> String,
    background: bool,
    code: Code,
) -> Arc<Beacon> {
    // Somebody takes the place of what is not there yet.
    let id = with(|executor| put(&executor.places, 1, Place::Ready(Arc::new(Beacon(0)))));
    let beacon = Arc::new(Beacon(id));
    add(id, &beacon, label(id).into(), background, code);
    wake(&beacon);
    // It works in the group in which it was spawned.
    tell(&beacon);
    beacon
}

fn add(id: TaskId, beacon: &Arc<Beacon>, label: Rc<str>, background: bool, code: Code) {
    let task = Task {
        beacon: Arc::clone(beacon),
        label,
        background,
        code: Some(code),
        wait: None,
        known: Known::Nothing,
        woken: false,
        untold: false,
        ready: None,
        blocked: Vec::new(),
    };
    with(|executor| {
        let entry = Entry { resume, proceed, matches, abort_handler, take_failures };
        executor.used.set(Some(entry));
        executor.places.borrow_mut()[id as usize] = Some(Place::Task(task));
    });
}

/// A turn in which what a number stands for is there.
fn resume(id: TaskId, delivery: Delivery) {
    let task = with(|executor| match executor.places.borrow_mut().get_mut(id as usize) {
        Some(Some(Place::Task(task))) => {
            task.known = Known::Nothing;
            Some((Arc::clone(&task.beacon), task.wait.take()))
        }
        Some(Some(_)) => None,
        _ => nothing_waits(),
    });
    match task {
        Some((beacon, None)) => run(&beacon),
        Some((beacon, Some(wait))) => {
            deliver(&wait, delivery);
            // Only a future that went to another task did not wake this one.
            note(&beacon);
        }
        None => match free(id) {
            Some(Place::Ready(beacon)) => {
                with_task(&beacon, |task| task.ready = None);
                run(&beacon);
            }
            Some(Place::Wait(wait)) => deliver(&wait, delivery),
            _ => nothing_waits(),
        },
    }
}

/// The turn of a task is over. Whether another one had its turn; if not, the host knows all, and the call ends.
fn proceed() -> bool {
    if let Some(next) = first_ready() {
        match waits::proceed(next.0) {
            Proceeding::Now => {
                run(&next);
                return true;
            }
            Proceeding::Later => {}
            Proceeding::Never => drop(with(|executor| executor.ready.take())),
        }
    }
    for beacon in with(|executor| executor.untold.take()) {
        tell(&beacon);
    }
    false
}

/// The task that could go on first.
fn first_ready() -> Option<Arc<Beacon>> {
    loop {
        let first = with(|executor| executor.ready.borrow().front().cloned())?;
        if with_task(&first, |task| task.woken && task.code.is_some()) == Some(true) {
            return Some(first);
        }
        with(|executor| executor.ready.borrow_mut().pop_front());
    }
}

/// Ends a wait, and lets the task go on that it wakes.
fn deliver(wait: &Wait, delivery: Delivery) {
    with(|executor| *executor.woken.borrow_mut() = Some(Vec::new()));
    wait.deliver(delivery);
    let woken = with(|executor| executor.woken.take()).unwrap_or_default();
    woken.iter().for_each(run);
}

pub(crate) fn nothing_waits() -> ! {
    fail(Cause::IllegalCall, format_args!("no task of this actor waits"))
}

fn matches(condition: u32, event: &Encoded) -> bool {
    let condition = with(|executor| executor.conditions.borrow().get(condition as usize).cloned());
    match condition.flatten() {
        Some(condition) => condition(event),
        None => nothing_waits(),
    }
}

/// There is a reason to poll a task.
fn wake(beacon: &Arc<Beacon>) {
    let Some(again) = with_task(beacon, |task| mem::replace(&mut task.woken, true)) else { return };
    if is_running(beacon) {
        return;
    }
    let delivered = with(|executor| match &mut *executor.woken.borrow_mut() {
        Some(woken) => {
            woken.push(Arc::clone(beacon));
            true
        }
        None => false,
    });
    if !again && !delivered {
        is_ready(beacon);
    }
}

fn is_ready(beacon: &Arc<Beacon>) {
    with(|executor| executor.ready.borrow_mut().push_back(Arc::clone(beacon)));
    note(beacon);
}

/// The task runs, and is not among those any more that may.
fn is_ready_no_more(beacon: &Arc<Beacon>) {
    with(|executor| {
        let mut ready = executor.ready.borrow_mut();
        let place = ready.iter().position(|ready| Arc::ptr_eq(ready, beacon));
        place.and_then(|place| ready.remove(place))
    });
}

/// The host is told of a task at the end of this call.
fn note(beacon: &Arc<Beacon>) {
    if with_task(beacon, |task| !mem::replace(&mut task.untold, true)) == Some(true) {
        with(|executor| executor.untold.borrow_mut().push(Arc::clone(beacon)));
    }
}

fn is_running(beacon: &Arc<Beacon>) -> bool {
    with(|executor| {
        executor.running.borrow().as_ref().is_some_and(|running| Arc::ptr_eq(running, beacon))
    })
}

/// Lets a task go on, from await to await.
fn run(beacon: &Arc<Beacon>) {
    let code = with_task(beacon, |task| {
        task.woken = false;
        (task.code.take(), task.ready.take())
    });
    let Some((Some(mut code), ready)) = code else { return };
    is_ready_no_more(beacon);
    if let Some(ready) = ready {
        free(ready);
        waits::done(ready);
    }
    let before = with(|executor| executor.running.replace(Some(Arc::clone(beacon))));
    assert!(before.is_none(), "one task runs at a time");
    let poll = code.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(beacon))));
    let ends = poll.is_ready() || with(|executor| executor.aborted.take());
    if ends {
        drop(code);
        let rest = with(|executor| (executor.fresh.take(), executor.blocked.take()));
        drop(rest);
        with(|executor| executor.running.take());
        remove(beacon);
    } else {
        let woken = with_task(beacon, |task| {
            task.code = Some(code);
            task.woken
        });
        pause(beacon);
        with(|executor| executor.running.take());
        if woken == Some(true) { is_ready(beacon) } else { note(beacon) }
    }
}

/// Gives the waits that began numbers, and tells the host of them.
fn pause(beacon: &Arc<Beacon>) {
    let (fresh, blocked) = with(|executor| (executor.fresh.take(), executor.blocked.take()));
    let before = with_task(beacon, |task| mem::replace(&mut task.blocked, blocked));
    drop(before);
    for wait in fresh {
        if wait.is_over() {
            continue;
        }
        let Some((label, background, own)) = with_task(beacon, |task| {
            let own = task.wait.is_none();
            if own {
                task.wait = Some(Rc::clone(&wait));
                task.known = Known::Wait;
            }
            (Rc::clone(&task.label), task.background, own)
        }) else {
            return;
        };
        let id = match own {
            true => beacon.0,
            false => with(|executor| put(&executor.places, 1, Place::Wait(Rc::clone(&wait)))),
        };
        wait.has(id);
        waits::park(id, beacon.0, &label, background, wait.what());
    }
}

/// Tells the host whether a task may go on, unless it knows.
fn tell(beacon: &Arc<Beacon>) {
    /// What there is to tell.
    enum News {
        Nothing,
        Ready,
        /// As `Ready`, where the number of the task is taken.
        AlsoReady,
        Blocked(Vec<Text>),
    }
    let news = with_task(beacon, |task| {
        task.untold = false;
        match (task.wait.is_some(), task.woken) {
            (true, true) if task.ready.is_none() => News::AlsoReady,
            (true, _) => News::Nothing,
            (false, true) if task.known == Known::Ready => News::Nothing,
            (false, true) => News::Ready,
            (false, false) => News::Blocked(task.blocked.clone()),
        }
    });
    match news {
        None | Some(News::Nothing) => {}
        Some(News::Ready) => park(beacon, beacon.0, Known::Ready, &Told::Ready),
        Some(News::AlsoReady) => {
            let id = with(|executor| put(&executor.places, 1, Place::Ready(Arc::clone(beacon))));
            with_task(beacon, |task| task.ready = Some(id));
            park(beacon, id, Known::Wait, &Told::Ready);
        }
        Some(News::Blocked(on)) => {
            // It names other tasks, so the table must be free.
            let text = text(&on);
            let known = Known::Blocked(text.clone());
            if with_task(beacon, |task| task.known != known) == Some(true) {
                park(beacon, beacon.0, known, &Told::Blocked(text));
            }
        }
    }
}

/// Tells the host what a task waits for under a number, after which the host knows this of the task's own.
fn park(beacon: &Arc<Beacon>, id: TaskId, known: Known, told: &Told) {
    let names = with_task(beacon, |task| {
        task.known = known;
        (Rc::clone(&task.label), task.background)
    });
    if let Some((label, background)) = names {
        waits::park(id, beacon.0, &label, background, told);
    }
}

fn text(blocked: &[Text]) -> String {
    match blocked {
        [] => "a future of somebody else, which nothing here wakes".to_owned(),
        blocked => blocked.iter().map(|text| text.describe()).collect::<Vec<_>>().join(" or "),
    }
}

fn free(id: TaskId) -> Option<Place> {
    with(|executor| {
        let mut places = executor.places.borrow_mut();
        let place = places[id as usize].take();
        while places.last().is_some_and(Option::is_none) {
            places.pop();
        }
        place
    })
}

/// Ends a task: drops it where it waits.
pub(crate) fn abort(beacon: &Arc<Beacon>) {
    if is_running(beacon) {
        return with(|executor| executor.aborted.set(true));
    }
    if let Some(Some(code)) = with_task(beacon, |task| task.code.take()) {
        drop(code);
        remove(beacon);
    }
}

/// Drops the handler that the host called where it waits, if it does.
fn abort_handler() {
    let handler = with(|executor| match executor.places.borrow().first() {
        Some(Some(Place::Task(task))) => Some(Arc::clone(&task.beacon)),
        _ => None,
    });
    if let Some(handler) = handler {
        abort(&handler);
    }
}

/// Notes that a detached task has failed.
pub(super) fn fail_detached(label: String, error: String) {
    with(|executor| executor.failures.borrow_mut().push(Failed { label, error }));
}

fn take_failures() -> Vec<Failed> {
    with(|executor| executor.failures.take())
}

/// Takes a task off that has ended.
fn remove(beacon: &Arc<Beacon>) {
    let Some((known, ready)) = with_task(beacon, |task| {
        (mem::replace(&mut task.known, Known::Nothing), task.ready.take())
    }) else {
        return;
    };
    if known != Known::Nothing {
        waits::done(beacon.0);
    }
    if let Some(ready) = ready {
        free(ready);
        waits::done(ready);
    }
    drop(free(beacon.0));
}

/// Notes a wait that begins in this poll.
pub(super) fn begin(wait: &Rc<Wait>) {
    with(|executor| executor.fresh.borrow_mut().push(Rc::clone(wait)));
}

/// Forgets a wait that nobody waits for any more. `id` is its number.
pub(super) fn forget(wait: &Rc<Wait>, id: TaskId) {
    let owner = with(|executor| {
        let places = executor.places.borrow();
        match places.get(id as usize) {
            Some(Some(Place::Task(task))) => Some(Arc::clone(&task.beacon)),
            _ => None,
        }
    });
    match owner {
        None => {
            free(id);
            waits::done(id);
        }
        Some(owner) => {
            let took = |task: &mut Task| {
                task.wait.take_if(|own| Rc::ptr_eq(own, wait)).is_some() && task.code.is_some()
            };
            if with_task(&owner, took) == Some(true) && !is_running(&owner) {
                note(&owner);
            }
        }
    }
}

/// Whether a future may end, now that it could. If it is only asked, it does as if it could not.
pub(crate) fn may_end() -> bool {
    with(|executor| {
        if executor.probing.get() {
            executor.hit.set(true);
        }
        !executor.probing.get()
    })
}

/// Asks futures whether they are ready: polls them so that those of this crate do not end. What the poll gave, and
/// whether one could have ended.
pub(crate) fn probe<T>(poll: impl FnOnce() -> T) -> (T, bool) {
    let before = with(|executor| (executor.probing.replace(true), executor.hit.replace(false)));
    let polled = poll();
    let hit = with(|executor| {
        executor.probing.set(before.0);
        executor.hit.replace(before.1)
    });
    (polled, hit)
}

/// Notes what the running task waits for in this actor.
pub(crate) fn blocked(on: Rc<dyn Describe>) {
    with(|executor| executor.blocked.borrow_mut().push(on));
}

/// Tells the host anew what a task waits for in this actor, if that is what it waits for.
pub(crate) fn tell_again(beacon: &Arc<Beacon>) {
    note(beacon);
}

/// The running task.
pub(crate) fn current() -> Option<Arc<Beacon>> {
    with(|executor| executor.running.borrow().clone())
}

/// How a task is called.
pub(crate) fn label(beacon: &Arc<Beacon>) -> Option<Rc<str>> {
    with_task(beacon, |task| Rc::clone(&task.label))
}

/// Notes a condition of a receive.
pub(super) fn add_condition(condition: Condition) -> u32 {
    with(|executor| put(&executor.conditions, 0, condition))
}

pub(super) fn remove_condition(number: u32) {
    let removed = with(|executor| {
        let mut conditions = executor.conditions.borrow_mut();
        let removed = conditions[number as usize].take();
        while conditions.last().is_some_and(Option::is_none) {
            conditions.pop();
        }
        removed
    });
    drop(removed);
}

/// How many numbers of the host's have a meaning.
#[cfg(test)]
pub(crate) fn size() -> usize {
    with(|executor| executor.places.borrow().iter().flatten().count())
}
