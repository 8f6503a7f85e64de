//! Full inboxes, dead letters, and what senders may ask for.

use coyote_host::{OutsideEvent, SendError};
use expect_test::{Expect, expect};

use crate::world::{World, check_with, hostile, wait};

/// One turn sends five events to an actor whose inbox holds two.
fn overflow(policy: &str, expected: Expect) {
    let table = format!("inbox = {{ capacity = 2, overflow = '{policy}' }}");
    let starts =
        [("other", "do = 'nothing'"), ("it", "do = 'send-many', count = 5, to = '@other'")];
    check_with(hostile(&table, &starts), |world| world.send_and_settle("it", "go"), expected);
}

#[test]
fn a_full_inbox_holds_its_sender_up() {
    overflow(
        "block",
        expect![[r#"
        Quiescent: 6 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn a_full_inbox_is_a_violation() {
    overflow(
        "fail",
        expect![[r#"
            violation: inbox-full: `noise` from `it` found the inbox of `other` full
            dead letter, inbox-full: noise from it to other
            violation: inbox-full: `noise` from `it` found the inbox of `other` full
            dead letter, inbox-full: noise from it to other
            violation: inbox-full: `noise` from `it` found the inbox of `other` full
            dead letter, inbox-full: noise from it to other
            Quiescent: 3 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts; 3 inbox-full
        "#]],
    );
}

#[test]
fn a_full_inbox_drops_the_newest() {
    overflow(
        "drop-newest",
        expect![[r#"
        dead letter, inbox-full: noise from it to other
        dead letter, inbox-full: noise from it to other
        dead letter, inbox-full: noise from it to other
        Quiescent: 3 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts; 3 inbox-full
    "#]],
    );
}

#[test]
fn a_full_inbox_drops_the_oldest() {
    overflow(
        "drop-oldest",
        expect![[r#"
        dead letter, inbox-full: noise from it to other
        dead letter, inbox-full: noise from it to other
        dead letter, inbox-full: noise from it to other
        Quiescent: 3 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts; 3 inbox-full
    "#]],
    );
}

/// 20 senders on two shards, one receiver with an inbox of one event: all get through.
#[test]
fn a_full_inbox_holds_senders_up_on_other_shards() {
    let names: Vec<_> = (1..=40).map(|number| format!("it-{number}")).collect();
    let mut starts = vec![("other", "do = 'nothing'")];
    let setup = "do = 'send-many', count = 50, to = '@other'";
    starts.extend(names.iter().map(|name| (name.as_str(), setup)));
    let world = World::with_workers(hostile("inbox.capacity = 1", &starts), 4);
    for name in &names {
        world.send(name, "go");
    }
    expect![[r#"
        Quiescent: 2040 events; actors: 41 created, 41 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]].assert_eq(&world.finish());
}

#[test]
fn an_actor_may_send_to_itself_beyond_the_bound() {
    let app = hostile("inbox.capacity = 2", &[("it", "do = 'send-many', count = 5")]);
    check_with(
        app,
        |world| world.send_and_settle("it", "go"),
        expect![[r#"
        Quiescent: 6 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn what_comes_after_a_halt_is_a_dead_letter() {
    let starts =
        [("other", "do = 'halt', when = 'init'"), ("it", "do = 'must-handle', to = '@other'")];
    let act = |world: &World| {
        world.settle();
        world.send_and_settle("it", "go");
        world.send_and_settle("other", "go");
    };
    check_with(
        hostile("", &starts),
        act,
        expect![[r#"
            other: last action
            other is gone
            violation: must-handle: `stranger` from `it` was for `other`, which halted
            dead letter, halted: stranger from it to other
            dead letter, halted: go from outside to other
            Quiescent: 1 events; actors: 2 created, 1 live, 0 failed, 1 halted; 0 failures, 0 restarts; 2 halted
        "#]],
    );
}

#[test]
fn what_comes_after_a_failure_is_a_dead_letter() {
    let act = |world: &World| {
        world.send_and_settle("it", "go");
        world.ask("it");
    };
    check_with(
        hostile("", &[("it", "do = 'trap'")]),
        act,
        expect![[r#"
        it failed at go, parked: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        dead letter, failed: get from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed; 1 failed-turn
    "#]],
    );
}

#[test]
fn too_many_of_one_kind() {
    let starts =
        [("other", "do = 'nothing'"), ("it", "do = 'max-instances', count = 3, to = '@other'")];
    check_with(
        hostile("", &starts),
        |world| world.send_and_settle("it", "go"),
        expect![[r#"
            violation: max-instances: more than 1 `stranger` wait for `other`, the last from `it`
            dead letter, max-instances: stranger from it to other
            violation: max-instances: more than 1 `stranger` wait for `other`, the last from `it`
            dead letter, max-instances: stranger from it to other
            other failed at stranger, parked: unhandled-event: no handler for `stranger`
            dead letter, failed-turn: stranger from it to other
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn; 2 max-instances
        "#]],
    );
}

#[test]
fn a_sent_halt_is_an_event_like_others() {
    let starts = [("other", "do = 'nothing'"), ("it", "do = 'send-halt', to = '@other'")];
    check_with(
        hostile("", &starts),
        |world| world.send_and_settle("it", "go"),
        expect![[r#"
        other: last action
        other is gone
        Quiescent: 2 events; actors: 2 created, 1 live, 0 failed, 1 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn a_watcher_is_told() {
    let setup = "do = 'watch', to = '@other', when = 'init'";
    let halts = hostile("", &[("other", "do = 'halt'"), ("it", setup)]);
    let act = |world: &World| {
        world.settle();
        world.send_and_settle("other", "go");
        world.send_and_settle("it", "go");
    };
    check_with(
        halts,
        act,
        expect![[r#"
        other: last action
        other is gone
        it: down: other Halted
        it: down: other Halted
        Quiescent: 4 events; actors: 2 created, 1 live, 0 failed, 1 halted; 0 failures, 0 restarts
    "#]],
    );
    let fails = hostile("", &[("other", "do = 'trap'"), ("it", setup)]);
    check_with(
        fails,
        act,
        expect![[r#"
        other failed at go, parked: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to other
        it: down: other Failed
        it: down: other Failed
        Quiescent: 4 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

/// The worker stands in a turn of the receiver; the first event waits in its inbox, the second finds it full.
#[test]
fn whoever_waits_for_admission_learns_of_a_full_inbox() {
    let table = "inbox = { capacity = 1, overflow = 'drop-newest' }";
    let world = World::of(hostile(table, &[("it", "do = 'log-many', count = 1")]));
    world.settle();
    let held = world.hold_at("line 0");
    world.send("it", "go");
    held.wait();
    let send = || world.host.send_admitted(world.id("it"), OutsideEvent::bare("go"));
    let (first, second) = (send(), send());
    drop(held);
    assert_eq!(wait(first), Ok(()));
    assert_eq!(wait(second), Err(SendError::DeadLetter { reason: "inbox-full".to_owned() }));
    expect![[r#"
        it: line 0
        it: line 0
        dead letter, inbox-full: go from outside to it
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 inbox-full
    "#]].assert_eq(&world.finish());
}

/// As above, but the event waits, and is admitted once there is room.
#[test]
fn whoever_waits_for_admission_waits_for_room() {
    let world = World::of(hostile("inbox.capacity = 1", &[("it", "do = 'log-many', count = 1")]));
    world.settle();
    let held = world.hold_at("line 0");
    world.send("it", "go");
    held.wait();
    let sends: Vec<_> = (0..10)
        .map(|_| world.host.send_admitted(world.id("it"), OutsideEvent::bare("go")))
        .collect();
    drop(held);
    for send in sends {
        assert_eq!(wait(send), Ok(()));
    }
    expect![[r#"
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        it: line 0
        Quiescent: 11 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&world.finish());
}

#[test]
fn whoever_waits_for_admission_learns_that_nobody_is_there() {
    let world = World::of(hostile("", &[("it", "do = 'halt'")]));
    world.send_and_settle("it", "go");
    let sent = wait(world.host.send_admitted(world.id("it"), OutsideEvent::bare("go")));
    assert_eq!(sent, Err(SendError::DeadLetter { reason: "halted".to_owned() }));
}
