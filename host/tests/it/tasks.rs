//! Async programs of the guest's SDK, as components: scenarios 70 and 71.

use std::num::NonZeroUsize;

use coyote_host::{ExploreReport, Explorer};
use expect_test::{Expect, expect};

use crate::world::{World, app, cache, component};

fn text(program: &str) -> String {
    let component = component("tasks.wasm");
    let component = component.display();
    format!(
        "name = 'app'\n[actor.it]\ncomponent = '{component}'\n\
         [[start]]\nactor = 'it'\nname = 'it'\ninitial = '{program}'\n[[test]]\nname = 'it'\n"
    )
}

/// Goes into every state of a program, and compares what was found.
#[track_caller]
fn explore(program: &str, expected: Expect) {
    let explorer = Explorer::new(app(&text(program))).cache(cache()).workers(NonZeroUsize::MIN);
    let report = explorer.strategy("dfs").unwrap().run();
    expected.assert_eq(&told(&report.unwrap_or_else(|error| panic!("{error}"))));
}

fn told(report: &ExploreReport) -> String {
    let mut told = format!("{:?}\n", report.verdict);
    for bug in &report.bugs {
        told += &format!("{}: {}\n", bug.kind, bug.message);
    }
    told
}

/// 71.
#[test]
fn a_race_at_an_await_is_found() {
    explore(
        "race",
        expect![[r#"
        Bug
        assertion: the field is 1, at host/tests/guests/tasks/src/lib.rs:43:5
    "#]],
    );
    explore(
        "no-race",
        expect![[r#"
        Exhausted
    "#]],
    );
}

/// 70.
#[test]
fn a_deadlock_of_tasks_names_what_they_wait_for_and_who_holds_it() {
    explore(
        "opposite-orders",
        expect![[r#"
        Bug
        deadlock: it waits in `init` for the end of task 1, spawned at host/tests/guests/tasks/src/lib.rs:51:9 or the end of task 2, spawned at host/tests/guests/tasks/src/lib.rs:51:9; it waits in `task 1, spawned at host/tests/guests/tasks/src/lib.rs:51:9` for the mutex made at host/tests/guests/tasks/src/lib.rs:48:52, held by task 2, spawned at host/tests/guests/tasks/src/lib.rs:51:9; it waits in `task 2, spawned at host/tests/guests/tasks/src/lib.rs:51:9` for the mutex made at host/tests/guests/tasks/src/lib.rs:48:27, held by task 1, spawned at host/tests/guests/tasks/src/lib.rs:51:9
    "#]],
    );
    explore(
        "same-order",
        expect![[r#"
        Exhausted
    "#]],
    );
    explore(
        "background",
        expect![[r#"
        Exhausted
    "#]],
    );
}

#[test]
fn a_program_runs_to_its_end() {
    let world = World::of(app(&text("receive")));
    expect![[r#"
        it: 2 then 1
        it is gone
        Quiescent: 2 events; actors: 1 created, 0 live, 0 failed, 1 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&world.finish());
}
