//! Turns that follow each other within one call, as in production.

use super::*;
use crate::sync::Notify;
use expect_test::expect;

/// Runs a program where so many tasks may have their turns after the first in each call: what it wrote, and how often
/// the host was told of tasks.
fn run<F: Future<Output = ()> + 'static>(
    turns_max: u32,
    program: impl FnOnce(Rc<RefCell<String>>) -> F,
) -> String {
    let world = Shared(Rc::default());
    install(world.clone());
    world.0.borrow_mut().turns_max = turns_max;
    let written = Rc::<RefCell<String>>::default();
    executor::run_handler("program", Box::pin(program(Rc::clone(&written))));
    let entry = executor::entry().expect("there is a task");
    world.proceed_all(entry);
    world.run();
    assert_eq!((world.waiting(), executor::size()), (Vec::new(), 0));
    executor::clear();
    let told = world.0.borrow().told;
    format!("{}, told {told} times\n", written.borrow())
}

async fn three_that_yield(written: Rc<RefCell<String>>) {
    let task = |name| {
        let written = Rc::clone(&written);
        spawn(async move {
            for _ in 0..4 {
                written.borrow_mut().push(name);
                yield_now().await;
            }
        })
    };
    join_all(['a', 'b', 'c'].map(task)).await;
}

/// In the order in which they could; the host is told what is left at the end of a call.
#[test]
fn tasks_that_are_ready_take_turns() {
    let told: String = [0, 1, 4, 100].map(|turns| run(turns, three_that_yield)).concat();
    expect![[r#"
        aaaabbbbcccc, told 21 times
        aabacabcbbcc, told 12 times
        abcaabcabcbc, told 6 times
        abcabcabcabc, told 3 times
    "#]]
    .assert_eq(&told);
}

async fn two_that_notify(written: Rc<RefCell<String>>) {
    let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let task = |name, mine: &Rc<Notify>, others: &Rc<Notify>| {
        let (mine, others, written) = (Rc::clone(mine), Rc::clone(others), Rc::clone(&written));
        spawn(async move {
            for _ in 0..4 {
                mine.notified().await;
                written.borrow_mut().push(name);
                others.notify_one();
            }
        })
    };
    let tasks = [task('a', &ping, &pong), task('b', &pong, &ping)];
    ping.notify_one();
    join_all(tasks).await;
}

/// What a task waits for in its actor the host need not know while others have their turns.
#[test]
fn tasks_that_wake_each_other_tell_nobody() {
    let told: String = [0, 1, 100].map(|turns| run(turns, two_that_notify)).concat();
    expect![[r#"
        abababab, told 18 times
        abababab, told 9 times
        abababab, told 2 times
    "#]]
    .assert_eq(&told);
}

/// A task that is aborted while it could go on does not.
#[test]
fn an_aborted_task_has_no_turn() {
    let program = |written: Rc<RefCell<String>>| async move {
        let of_task = Rc::clone(&written);
        let task = spawn(async move {
            of_task.borrow_mut().push('a');
            yield_now().await;
            of_task.borrow_mut().push('b');
        });
        yield_now().await;
        task.abort();
        let end = if task.await.is_err() { " aborted" } else { " ended" };
        written.borrow_mut().push_str(end);
    };
    expect![[r#"
         aborted, told 2 times
        a aborted, told 1 times
    "#]]
    .assert_eq(&[0, 100].map(|turns| run(turns, program)).concat());
}
