//! How an app ends: what is under way is finished or counted, and nothing is lost.

use std::time::Duration;

use coyote_host::RunVerdict;
use expect_test::expect;

use crate::world::{PATIENCE, World, app, component, hostile};

/// A ring that is never at rest.
fn endless_ring() -> coyote_host::App {
    let component = component("ring_node.wasm");
    app(&format!(
        "name = 'ring'\n[actor.node]\ncomponent = '{}'\ngrants.create = ['node']\n\
         [[start]]\nactor = 'node'\n\
         initial = {{ first = {{ nodes = 100, tokens = 10, hops = 4000000000 }} }}\n",
        component.display()
    ))
}

#[test]
fn timers_that_are_armed_are_not_waited_for() {
    let world =
        World::of(hostile("", &[("it", "do = 'periodic', count = 4000000000, when = 'init'")]));
    assert!(!world.host.until_quiescent(Duration::from_millis(1)));
    let (_, report) = world.end(PATIENCE);
    assert_eq!((report.verdict, report.dead_letters), (RunVerdict::Drained, 0));
}

#[test]
fn timers_fire_when_they_are_due() {
    let world = World::of(hostile("", &[("it", "do = 'periodic', count = 3")]));
    world.send("it", "go");
    world.settle();
    let ticks = world.lines().iter().filter(|line| line.starts_with("it: tick ")).count();
    assert!((1..=3).contains(&ticks), "{:?}", world.lines());
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.verdict, RunVerdict::Quiescent);
    let world = World::of(hostile("", &[("it", "do = 'stopped-timer'")]));
    world.send("it", "go");
    expect![[r#"
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&world.finish());
}

/// Ten tokens are on their way at any time; each is in some inbox, or in the queue of some worker.
#[test]
fn what_does_not_finish_in_time_is_counted() {
    for workers in [1, 2, 4] {
        let world = World::with_workers(endless_ring(), workers);
        let (_, report) = world.end(Duration::from_millis(50));
        assert_eq!(report.verdict, RunVerdict::DrainTimeout);
        assert_eq!(report.dead_letters_by_reason.get("stopped"), Some(&10), "{workers} workers");
    }
}

#[test]
fn a_host_that_is_dropped_ends_at_once() {
    for workers in [1, 2] {
        drop(World::with_workers(endless_ring(), workers));
    }
}

/// After the failure that stops the app, no actor takes an event.
#[test]
fn a_failure_that_stops_the_app_stops_all_actors() {
    let table = "supervision = { beyond = 'stop' }";
    let world = World::of(hostile(
        table,
        &[("it", "do = 'log-many', count = 1"), ("other", "do = 'nothing'")],
    ));
    world.settle();
    let held = world.hold_at("line 0");
    world.send("it", "go");
    held.wait();
    world.send("it", "echo");
    world.send("other", "noise");
    world.send("other", "noise");
    drop(held);
    expect![[r#"
        it: line 0
        it failed at echo, stopped: decode: the payload of `echo`: it is empty
        dead letter, failed-turn: echo from outside to it
        stopped
        dead letter, stopped: noise from outside to other
        dead letter, stopped: noise from outside to other
        Stopped: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn; 2 stopped
    "#]].assert_eq(&world.finish());
}

/// A worker is in an endless loop, which only the deadline ends, when a failure elsewhere stops the app.
#[test]
fn deadlines_hold_while_the_app_stops() {
    let names: Vec<_> = (1..=17).map(|number| format!("it-{number}")).collect();
    let mut starts: Vec<_> =
        names[..16].iter().map(|name| (name.as_str(), "do = 'trap'")).collect();
    starts.push((&names[16], "do = 'loop'"));
    let table = "fuel = 18446744073709551615\ndeadline = '1s'\nsupervision = { beyond = 'stop' }";
    let world = World::with_workers(hostile(table, &starts), 2);
    world.settle();
    world.send("it-17", "go");
    world.send("it-1", "go");
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.verdict, RunVerdict::Stopped);
}
