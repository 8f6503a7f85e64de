//! Suspended code in real components, run and explored: receives, requests, sleeps, tasks and cells.

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use coyote_host::{Encoding, ExploreReport, Explorer, OutsideEvent};
use expect_test::{Expect, expect};

use crate::world::{PATIENCE, World, app, cache, component_for, wait};

/// An app of actors that do what their initial payloads say, of a kind `it`: `table` goes into `[actor.it]`, each actor
/// has a name and what is between the braces of its payload.
fn text(target: &str, table: &str, starts: &[(&str, &str)]) -> String {
    let component = component_for(target, "waiter.wasm").display().to_string();
    let mut text = format!(
        "name = 'app'\n[actor.it]\ncomponent = '{component}'\ngrants = {{ create = ['it'] }}\n{table}\n"
    );
    for (name, script) in starts {
        text += &format!("[[start]]\nactor = 'it'\nname = '{name}'\ninitial = {{ {script} }}\n");
    }
    text
}

const LOWERED: &str = "wasm32-unknown-unknown";

/// Both ways into a component: by its lowered interface, and by the component model.
const TARGETS: [&str; 2] = [LOWERED, "wasm32-wasip2"];

/// What is the same in both ways.
#[track_caller]
fn both(told: impl Fn(&str) -> String) -> String {
    let [lowered, component] = TARGETS.map(told);
    assert_eq!(lowered, component);
    lowered
}

/// Runs the app, lets somebody act, and compares what was seen.
#[track_caller]
fn run(starts: &[(&str, &str)], act: impl Fn(&World), expected: Expect) {
    let told = both(|target| {
        let world = World::of(app(&text(target, "", starts)));
        act(&world);
        world.finish()
    });
    expected.assert_eq(&told);
}

/// Explores all of an app, and compares what was found.
#[track_caller]
fn explore(starts: &[(&str, &str)], expected: Expect) {
    let told = both(|target| {
        let text = text(target, "", starts) + "[[test]]\nname = 'it'\n";
        let explorer = Explorer::new(app(&text)).cache(cache()).workers(NonZeroUsize::MIN);
        let explorer = explorer.strategy("dfs").unwrap();
        let explorer = explorer.iterations(NonZeroU64::new(10_000).unwrap());
        let explorer = explorer.minimise_time(Duration::from_secs(1000));
        // Every turn that is looked up is run, too, and compared.
        let report = explorer.compare_every(1).run();
        told(&report.unwrap_or_else(|error| panic!("{error}")))
    });
    expected.assert_eq(&told);
}

fn told(report: &ExploreReport) -> String {
    let mut told = format!("{:?}\n", report.verdict);
    for bug in &report.bugs {
        told += &format!("{}: {}\n", bug.kind, bug.message);
        for line in &bug.lines {
            told += &format!("  {} {}", line.actor, line.what);
            if let Some(payload) = &line.payload {
                told += &format!(" {payload}");
            }
            let effects: Vec<_> = line.effects.iter().map(String::as_str).collect();
            told += &format!(" [{}]\n", effects.join(", "));
        }
    }
    told
}

/// Scenarios 37 and 40.
#[test]
fn a_handler_receives_and_answers_in_the_group_of_what_it_received() {
    run(
        &[("a", "init = ['receive question', 'yield', 'reply yes', 'log done']")],
        |world| {
            world.settle();
            let answer =
                world.host.request(world.id("a"), OutsideEvent::bare("question"), PATIENCE);
            assert_eq!(wait(answer).unwrap().payload, b"yes");
        },
        expect![[r#"
            a: question
            a: goes on
            a: done
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

#[test]
fn actors_ask_each_other() {
    run(
        &[
            ("b", "question = ['reply yes']"),
            ("c", "question = ['refuse no']"),
            (
                "a",
                "b = '@it/b', c = '@it/c', init = ['ask b question', 'ask c question', 'log done']",
            ),
        ],
        |_| {},
        expect![[r#"
            a: answer yes
            a: refusal no
            a: done
            Quiescent: 2 events; actors: 3 created, 3 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

#[test]
fn a_second_answer_is_a_dead_letter() {
    run(
        &[
            ("b", "question = ['reply one', 'reply two']"),
            ("a", "b = '@it/b', init = ['ask b question', 'log done']"),
        ],
        |_| {},
        expect![[r#"
            a: answer one
            a: done
            dead letter, already-replied: (answer) from b to a
            Quiescent: 1 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 already-replied
        "#]],
    );
}

#[test]
fn a_condition_chooses() {
    run(
        &[("a", "init = ['receive-if n 2'], n = ['log n']")],
        |world| {
            world.settle();
            for number in ["1", "2"] {
                let event = OutsideEvent::new("n", Encoding::Text, number.into());
                world.host.send(world.id("a"), event).unwrap();
            }
        },
        expect![[r#"
            a: n 2
            a: n
            Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

#[test]
fn a_handler_sleeps_and_tasks_go_on() {
    run(
        &[("a", "init = ['spawn', 'sleep 5', 'log slept'], go = ['log go']")],
        |world| world.send("a", "go"),
        expect![[r#"
            a: task 1
            a: timer 0 fired
            a: slept
            a: go
            Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

#[test]
fn cells_are_shared() {
    run(
        &[("a", "init = ['cell', 'apply 5', 'apply -2', 'apply get']")],
        |_| {},
        expect![[r#"
        a: answer 5
        a: answer 3
        a: answer 3
        Quiescent: 0 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn an_id_can_be_tried() {
    run(
        &[("b", ""), ("a", "b = '@it/b', go = ['create-at b', 'log done']")],
        |world| {
            world.settle();
            world.send_and_settle("a", "go");
            world.send_and_settle("b", "halt");
            world.send_and_settle("a", "go");
        },
        expect![[r#"
            a: answer already-exists
            a: done
            b: halts
            b is gone
            a: answer created
            a: done
            Quiescent: 3 events; actors: 3 created, 2 live, 0 failed, 1 halted; 0 failures, 0 restarts
        "#]],
    );
}

/// Answers travel between shards as messages do.
#[test]
fn actors_ask_across_shards() {
    let names: Vec<_> = (0..60).map(|number| format!("a{number}")).collect();
    let asks = "b = '@it/b', init = ['ask b question', 'ask b question', 'log done']";
    let mut starts = vec![("b", "question = ['yield', 'reply yes']")];
    starts.extend(names.iter().map(|name| (name.as_str(), asks)));
    let world = World::with_workers(app(&text(LOWERED, "", &starts)), 3);
    world.settle();
    let lines = world.lines();
    let count = |end: &str| lines.iter().filter(|line| line.ends_with(end)).count();
    assert_eq!((count(": answer yes"), count(": done"), lines.len()), (120, 60, 300));
}

/// Each fails alone, with a message for its author.
#[test]
fn wrong_ways() {
    let wrong = [
        "end 7",
        "answer 3",
        "firing 3",
        "receive-number 99",
        "receive-number 4294967295",
        "apply len",
        "reply too-early",
    ];
    let told = both(|target| {
        let mut told = Vec::new();
        for command in wrong {
            let world = World::of(app(&text(target, "", &[("a", &format!("go = ['{command}']"))])));
            world.send_and_settle("a", "go");
            told.extend(world.lines());
        }
        let world = World::of(app(&text(target, "", &[("a", "init = ['receive-if n 666']")])));
        world.send_and_settle("a", "n");
        told.extend(world.lines());
        told.join("\n")
    });
    expect![[r#"
        a failed at go, parked: illegal-call: the end of task 7, which never waited
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: task 0 waits for answer 3, but the actor never asked that
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: task 0 waits for timer 3, but the actor never started it
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: a receive of kind 99, which the component does not list
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: a receive of kind 4294967295, which the component does not list
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: `len` on `a`, which is no cell
        dead letter, failed-turn: go from outside to a
        a failed at go, parked: illegal-call: a reply, but the current group is not that of a request
        dead letter, failed-turn: go from outside to a
        a failed at n, parked: illegal-call: there is no turn: only `log` and `fail` may be called here
        dead letter, failed-turn: n from outside to a"#]].assert_eq(&told);
}

/// Scenarios 38, 39 and 70.
#[test]
fn a_deadlock_names_all_who_wait() {
    explore(
        &[
            ("b", "init = ['receive ping'], question = ['log never']"),
            ("a", "b = '@it/b', init = ['spawn-background', 'ask b question', 'send b ping']"),
            ("c", "init = ['sleep 5', 'lock']"),
        ],
        expect![[r#"
            Bug
            deadlock: b waits in `the script` for `ping`; a waits in `the script` for an answer of b; c waits in `the script` for a mutex, held by nobody; b has not taken `question`
              b starts {"init":["receive ping"],"question":["log never"]} []
              a starts {"b":"b","init":["spawn-background","ask b question","send b ping"]} [sends `question` to b]
              c starts {"init":["sleep 5","lock"]} [starts timer 0 for `ping` in 5ms]
              c timer 0 fires: `ping` []
        "#]],
    );
}

/// Scenario 69 a, with a real guest; conditions and ready tasks are explored, too.
#[test]
fn what_waits_is_explored() {
    explore(
        &[
            ("a", "init = ['spawn', 'receive-if n 2', 'cell', 'apply 1', 'yield', 'log done']"),
            ("b", "a = '@it/a', init = ['send a halt', 'send a n 1', 'send a n 2', 'log sent']"),
        ],
        expect![[r#"
            Exhausted
        "#]],
    );
}
