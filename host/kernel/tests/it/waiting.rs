//! Suspended code: receives, requests, tasks and cells (sections 8, 13, 14 and 15). What a compiler makes of an async
//! handler, these toys do by hand: they remember how far each task is.

use std::collections::BTreeSet;

use coyote_kernel::strategy::{Dfs, Replay};
use coyote_kernel::{
    Cause, CellKind, CellValue, Delivery, Encoding, Failure, FaultKind, Operation, Overflow, Park,
    Payload, Restart, RestartFrom, Rules, SendOptions, Wait,
};
use expect_test::{Expect, expect};

use crate::play::{Hazard, Play};
use crate::toy::{App, Handled, Species, Toy, check, panics, plain, sink};

/// All executions under every delivery model end in these ways, and in no others; production's is among them, on one
/// shard and on several.
fn always(play: &Play, texts: &[&str]) {
    let expected: BTreeSet<String> = texts.iter().map(ToString::to_string).collect();
    for delivery in Delivery::ALL {
        let play = play.clone().rules(Rules { delivery, ..play.rules.clone() });
        let tally = play.tally(Dfs::default(), 1_000_000);
        assert!(tally.exhausted, "{delivery:?}");
        let seen: BTreeSet<String> = tally.outcomes.keys().cloned().collect();
        assert_eq!(seen, expected, "{delivery:?}");
        for (outcome, (_, trace)) in tally.outcomes {
            let again = play.tally(Replay::new(trace.unwrap()), 1);
            assert_eq!(again.count(&outcome), 1, "{outcome}: {}", again.told());
        }
    }
    for (shards, seed) in [(1, 1), (2, 1), (2, 2), (3, 3)] {
        let produced = play.produce(shards, seed);
        // Production has no end, so it tells of no deadlock.
        let is_there = texts.iter().any(|text| {
            *text == produced
                || text.split("deadlock").next().unwrap().trim_end_matches(", ") == produced
        });
        assert!(is_there || produced.contains(": "), "{produced:?} on {shards} shards");
    }
}

fn all(play: &Play, expected: Expect) {
    expected.assert_eq(&play.tally(Dfs::default(), 1_000_000).told());
}

fn fails(message: &str) -> Handled {
    Err(Failure::new(Cause::Assertion, message))
}

/// How far a task is; from now on it is one step further.
fn step(toy: &mut Toy<'_>, task: u32) -> u32 {
    let at = toy.memory.at.entry(task).or_default();
    *at += 1;
    *at - 1
}

/// An actor whose first turn does this, step by step; it tells of what it takes besides, and halts on `halt`.
fn script(name: &'static str, run: impl Fn(&mut Toy<'_>, u32) -> Handled + 'static) -> Species {
    plain(name, move |toy| match toy.on().as_str() {
        "judge" => judge(toy),
        on if on == "init" || toy.task() == Some(0) => {
            let at = step(toy, 0);
            run(toy, at)
        }
        on => {
            toy.tell(&format!("{name} {on}"));
            if on == "halt" {
                toy.halt();
            }
            Ok(())
        }
    })
}

/// Condition n accepts the payload n.
fn judge(toy: &mut Toy<'_>) -> Handled {
    let (condition, payload) = (toy.condition().unwrap(), toy.payload());
    toy.tell(&format!("{condition} of {payload}?"));
    toy.judge(condition.to_string() == payload);
    Ok(())
}

/// Tells what the turn is about.
fn tell(toy: &mut Toy<'_>) -> Handled {
    let text = format!("{} {}", toy.on(), toy.payload());
    toy.tell(text.trim_end());
    Ok(())
}

/// Scenario 36.
#[test]
fn what_was_sent_to_oneself_can_be_received() {
    let a = script("a", |toy, at| match at {
        0 => {
            toy.send("a", "u")?;
            toy.receive(&["u"])
        }
        _ => fails("received"),
    });
    always(&Play::new([a]).create("a", "a"), &["assertion: a on u, received"]);
}

fn ping_pong(pings: u32) -> Play {
    let client = script("client", |toy, at| match at {
        5 => {
            toy.tell("done");
            toy.halt();
            Ok(())
        }
        at => {
            let name = toy.name();
            if at == 0 {
                toy.send("server", &format!("hello {name}"))?;
            } else {
                toy.send("server", &format!("pong {name}"))?;
            }
            toy.receive(&["ping"])
        }
    });
    let server = plain("server", move |toy| {
        let client = toy.payload();
        if toy.on() == "hello" || toy.on() == "pong" && pings > 1 {
            toy.send(&client, "ping")?;
        }
        Ok(())
    });
    Play::new([client, server]).create("server", "server")
}

/// Scenario 37.
#[test]
fn a_client_that_receives_five_times_ends() {
    always(&ping_pong(5).create("client", "a"), &["done"]);
}

/// Scenario 38.
#[test]
fn clients_that_wait_for_ever_are_told_in_one_report() {
    let one = "a's handler for ping";
    always(&ping_pong(1).create("client", "a"), &[&format!("deadlock: {one}")]);
    let two = ping_pong(1).create("client", "a").create("client", "b");
    always(&two, &["deadlock: a's handler for ping; b's handler for ping"]);
}

/// Scenario 39.
#[test]
fn a_request_to_one_that_waits_for_the_asker_is_a_deadlock() {
    let a = script("a", |toy, at| match at {
        0 => {
            toy.create("b", "b")?;
            toy.ask("b", "question")
        }
        _ => toy.send("b", "e1"),
    });
    let b = script("b", |toy, _| toy.receive(&["e1"]));
    always(
        &Play::new([a, b]).create("a", "a"),
        &["deadlock: a's handler for the answer of b; b's handler for e1"],
    );
}

/// Scenario 40: the group of what is received becomes current (W4).
#[test]
fn a_received_request_is_answered() {
    let a = script("a", |toy, at| match at {
        0 => toy.receive(&["question"]),
        1 => {
            toy.send("a", "own")?;
            toy.receive(&["own"])
        }
        _ => toy.reply("answer"),
    });
    check(
        App::alone([a]),
        |world| {
            world.create("a", "a");
            world.run();
            world.request("a", "question", 5);
        },
        expect![[r#"
            a: init
            a, task 0: question from env
            a, task 0: own from a
            reply to request 5 from a: answer
        "#]],
    );
}

/// G3: the answer travels in the channel from the replier to the asker, so what was sent before it comes first.
#[test]
fn an_answer_comes_after_what_its_sender_sent_before() {
    let a = script("a", |toy, at| match at {
        0 => toy.ask("b", "question"),
        _ => {
            let (on, payload) = (toy.on(), toy.payload());
            toy.tell(&format!("{on} {payload}"));
            Ok(())
        }
    });
    let b = plain("b", |toy| {
        if toy.on() == "question" {
            toy.send("a", "e")?;
            toy.reply("yes")?;
        }
        Ok(())
    });
    let play = Play::new([a, b]).create("b", "b").create("a", "a");
    let ordered = [Delivery::Mailbox, Delivery::Causal, Delivery::Pairwise];
    for delivery in ordered {
        let play = play.clone().rules(Rules { delivery, ..Rules::default() });
        let tally = play.tally(Dfs::default(), 1000);
        assert_eq!(tally.outcomes.keys().collect::<Vec<_>>(), ["(answer) yes, a e"]);
    }
    for (shards, seed) in [(1, 1), (2, 1), (2, 2), (3, 3)] {
        assert_eq!(play.produce(shards, seed), "(answer) yes, a e");
    }
}

/// G2: only the first answer reaches the asker; one that nobody waits for yet is kept.
#[test]
fn an_answer_is_kept_until_somebody_waits_and_a_second_one_is_a_dead_letter() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "init" => toy.request("b", "question").map(drop),
        "wait" => toy.park(0, "handler", Wait::Answer(0)),
        _ => Ok(()),
    });
    let b = plain("b", |toy| {
        if toy.on() == "question" {
            toy.reply("one")?;
            toy.reply("two")?;
        }
        Ok(())
    });
    for app in [App::alone([a.clone(), b.clone()]), App::pair([a.clone(), b.clone()], &[("b", 1)])]
    {
        let alone = app.shards == 0;
        let mut world = crate::toy::World::new(app);
        world.create("b", "b");
        world.create("a", "a");
        world.run();
        world.send("a", "wait");
        world.run();
        let told = world.told();
        assert!(told.contains("dead letter, already-replied: (answer) two from b to a"), "{told}");
        assert!(told.contains("a, task 0: (answer) one from b"), "{alone} {told}");
    }
}

/// G4: the report says who took the request and did not answer it.
#[test]
fn a_deadlock_tells_who_owes_the_answer() {
    let a = script("a", |toy, _| toy.ask("b", "question"));
    let b =
        plain("b", |toy| if toy.on() == "question" { toy.send("c", "for you") } else { Ok(()) });
    let play = Play::new([a, b, sink("c")]).create("c", "c").create("b", "b").create("a", "a");
    always(&play, &["deadlock: a's handler for the answer of b, owed by c, owed by b"]);
}

/// An error is an answer, too.
#[test]
fn a_request_can_be_refused() {
    let a = script("a", |toy, at| match at {
        0 => toy.ask("b", "question"),
        _ => {
            let text = format!("{} {}", toy.is_refused(), toy.payload());
            toy.tell(&text);
            Ok(())
        }
    });
    let b = plain("b", |toy| if toy.on() == "question" { toy.refuse("no") } else { Ok(()) });
    always(&Play::new([a, b]).create("b", "b").create("a", "a"), &["true no"]);
}

/// Scenario 69.
#[test]
fn a_sent_halt_does_not_interrupt_a_receive() {
    let a = script("a", |toy, at| if at == 0 { toy.receive(&["e1"]) } else { tell(toy) });
    let play = Play::new([a]).create("a", "a");
    always(&play.clone().send("a", "halt").send("a", "e1"), &["e1, a halt"]);
    always(&play.send("a", "halt"), &["deadlock: a's handler for e1"]);
}

/// Two tasks add one to the field; with an await between reading and writing (scenario 71).
fn adders(yields: bool) -> Species {
    plain("adders", move |toy| {
        let Some(task) = toy.task() else {
            toy.park(1, "first", Wait::Ready)?;
            return toy.park(2, "second", Wait::Ready);
        };
        if step(toy, task) == 0 {
            let read = u32::try_from(toy.memory.number).unwrap();
            toy.memory.at.insert(10 + task, read);
            if yields {
                return toy.park(task, "adder", Wait::Ready);
            }
        }
        toy.memory.number = i64::from(toy.memory.at[&(10 + task)]) + 1;
        toy.done(task)?;
        if step(toy, 0) == 1 {
            let value = toy.memory.number.to_string();
            toy.tell(&value);
        }
        Ok(())
    })
}

/// C(4, 2) orders of two tasks with two stretches each; C(2, 1) of one each.
#[test]
fn tasks_race_at_their_awaits_and_nowhere_else() {
    let racing = Play::new([adders(true)]).create("adders", "a");
    all(
        &racing,
        expect![[r"
            6 executions (all)
            4: 1
            2: 2
        "]],
    );
    always(&racing, &["1", "2"]);
    all(
        &Play::new([adders(false)]).create("adders", "a"),
        expect![[r"
            2 executions (all)
            2: 2
        "]],
    );
}

/// Locks one mutex, yields, locks the other, lets go of both. Mutex m is held by `at[100 + m]`, and task t waits for a
/// mutex if `at[200 + t]` is not 0.
fn lock(toy: &mut Toy<'_>, task: u32, order: [u32; 2]) -> Handled {
    let label = format!("task {task}");
    let at = toy.memory.at.get(&task).copied().unwrap_or(0);
    let Some(&mutex) = order.get(at as usize) else {
        toy.done(task)?;
        for mutex in order {
            toy.memory.at.insert(100 + mutex, 0);
        }
        let other = 3 - task;
        if toy.memory.at.insert(200 + other, 0).unwrap_or(0) != 0 {
            toy.park(other, &format!("task {other}"), Wait::Ready)?;
        }
        toy.tell(&format!("{task}"));
        return Ok(());
    };
    let holder = toy.memory.at.get(&(100 + mutex)).copied().unwrap_or(0);
    if holder != 0 {
        toy.memory.at.insert(200 + task, 1);
        let text = format!("mutex {mutex}, held by task {holder}");
        return toy.park(task, &label, Wait::Blocked(text.into()));
    }
    toy.memory.at.insert(100 + mutex, task);
    toy.memory.at.insert(task, at + 1);
    toy.park(task, &label, Wait::Ready)
}

fn lockers(first: [u32; 2], second: [u32; 2]) -> Species {
    plain("lockers", move |toy| match toy.task() {
        None => {
            toy.park(1, "task 1", Wait::Ready)?;
            toy.park(2, "task 2", Wait::Ready)
        }
        Some(1) => lock(toy, 1, first),
        Some(task) => lock(toy, task, second),
    })
}

/// Scenario 70.
#[test]
fn tasks_that_lock_crosswise_are_deadlocked() {
    always(
        &Play::new([lockers([0, 1], [1, 0])]).create("lockers", "a"),
        &[
            "1, 2",
            "2, 1",
            "deadlock: a's task 1 for mutex 1, held by task 2; a's task 2 for mutex 0, held by task 1",
        ],
    );
    always(&Play::new([lockers([0, 1], [0, 1])]).create("lockers", "a"), &["1, 2", "2, 1"]);
}

#[test]
fn a_task_in_the_background_may_wait_for_ever() {
    let a = plain("a", |toy| {
        let (label, wait) = ("channel".into(), Wait::Blocked("a message".into()));
        toy.park_as(Park { task: 1, label, background: true, wait })
    });
    always(&Play::new([a]).create("a", "a"), &[""]);
}

/// Scenario 79 (W7, M4).
#[test]
fn the_event_of_a_stopped_timer_is_not_received() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "init" => toy.start(10, None, "t").map(drop),
        "go" => {
            toy.stop(0)?;
            toy.receive(&["t"])
        }
        _ => fails("received"),
    });
    let a = a.state("s", &["t: defer", "go: do"]);
    let play = Play::new([a]).create("a", "a").send("a", "go");
    always(&play, &["deadlock: a's handler for t"]);
}

/// A task that sleeps wakes when its timer fires, and what is sent to the actor meanwhile waits.
#[test]
fn a_timer_wakes_the_task_that_waits_for_it() {
    let a = script("a", |toy, at| match at {
        0 => {
            let timer = toy.start(10, None, "t")?;
            toy.park(0, "handler", Wait::Firing(timer))
        }
        _ => {
            let now = format!("{} at {}", toy.on(), toy.now());
            toy.tell(&now);
            Ok(())
        }
    });
    let play = Play::new([a]).create("a", "a").send("a", "e");
    always(&play, &["resume at 10, a e"]);
}

/// Of two that sleep, the one that is due first wakes first, whatever else waits (M2).
#[test]
fn sleepers_wake_in_the_order_in_which_they_are_due() {
    let a = plain("a", |toy| {
        let Some(task) = toy.task() else {
            for task in [1, 2, 3] {
                let timer = toy.start(if task == 3 { 10 } else { 20 }, None, "t")?;
                toy.park(task, "sleeper", Wait::Firing(timer))?;
            }
            return Ok(());
        };
        toy.done(task)?;
        toy.tell(&task.to_string());
        Ok(())
    });
    let play = Play::new([a]).create("a", "a");
    all(
        &play,
        expect![[r"
            2 executions (all)
            1: 3, 1, 2
            1: 3, 2, 1
        "]],
    );
}

/// W1: the oldest arrival that matches, deferred or not; the others keep their order.
#[test]
fn a_receive_takes_a_deferred_event_and_leaves_the_others_in_order() {
    let a = plain("a", |toy| {
        match toy.on().as_str() {
            "init" => {}
            "go" => return toy.receive(&["d"]),
            _ => tell(toy)?,
        }
        if toy.task() == Some(0) {
            toy.set_stack(&[1]);
        }
        Ok(())
    });
    let a = a.state("s", &["d: defer", "go: do", "x: defer"]);
    let a = a.state("open", &["d: do", "x: do", "go: do"]);
    let play = Play::new([a]).create("a", "a");
    let play = play.send("a", "x 1").send("a", "d 2").send("a", "d 3").send("a", "go");
    for delivery in [Delivery::Mailbox, Delivery::Causal, Delivery::Pairwise] {
        let play = play.clone().rules(Rules { delivery, ..Rules::default() });
        all(
            &play,
            expect![[r"
                1 executions (all)
                1: d 2, x 1, d 3
            "]],
        );
    }
    assert_eq!(play.produce(1, 1), "d 2, x 1, d 3");
}

/// W2.
#[test]
fn what_a_receive_waits_for_passes_a_full_inbox() {
    let a = || script("a", |toy, at| if at == 0 { toy.receive(&["e1"]) } else { tell(toy) });
    let a = || a().inbox(1, Overflow::Block);
    let late = |send_first: bool| {
        let mut world = crate::toy::World::new(App::alone([a()]));
        world.create("a", "a");
        if !send_first {
            world.run();
        }
        world.send("a", "x");
        world.send("a", "e1");
        world.run();
        world.told()
    };
    for send_first in [false, true] {
        let told = late(send_first);
        assert!(told.contains("a, task 0: e1 from env\n  e1\na: x from env"), "{told}");
    }
    always(&Play::new([a()]).create("a", "a").send("a", "x").send("a", "e1"), &["e1, a x"]);
}

/// W3: a refused event is offered again after another turn only, and keeps its place.
#[test]
fn a_condition_chooses_among_events_of_a_kind() {
    let a = script("a", |toy, at| match at {
        0 => toy.receive(&["n?2"]),
        1 => {
            tell(toy)?;
            toy.receive(&["n?3", "m"])
        }
        2 => {
            tell(toy)?;
            toy.receive(&["n?1"])
        }
        _ => tell(toy),
    });
    let play = Play::new([a]).create("a", "a");
    let play = play.send("a", "n 1").send("a", "n 2").send("a", "n 4").send("a", "m");
    let text = "2 of 1?, 2 of 2?, n 2, 3 of 1?, 3 of 4?, m, 1 of 1?, n 1, a n";
    for delivery in [Delivery::Mailbox, Delivery::Causal, Delivery::Pairwise] {
        let play = play.clone().rules(Rules { delivery, ..Rules::default() });
        let tally = play.tally(Dfs::default(), 1000);
        assert_eq!(tally.outcomes.keys().collect::<Vec<_>>(), [text], "{delivery:?}");
    }
    for (shards, seed) in [(1, 1), (2, 1)] {
        assert_eq!(play.produce(shards, seed), text);
    }
}

#[test]
fn a_condition_may_do_nothing_but_judge() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "init" => toy.receive(&["n?1"]),
        "judge" => {
            toy.judge(true);
            toy.send("a", "x")
        }
        _ => Ok(()),
    });
    let play = Play::new([a]).create("a", "a").send("a", "n");
    always(
        &play,
        &[
            "illegal-call: a on n, a condition of a receive that does more than to accept or to refuse",
        ],
    );
}

/// K2: while no async handler is unfinished, the turns of tasks and those of events interleave.
#[test]
fn a_task_and_events_interleave() {
    let a = plain("a", |toy| {
        match (toy.on().as_str(), toy.task()) {
            ("init", _) => return toy.park(1, "task", Wait::Ready),
            (_, Some(task)) => toy.done(task)?,
            _ => {}
        }
        tell(toy)
    });
    let play = Play::new([a]).create("a", "a").send("a", "e");
    always(&play, &["resume, e", "e, resume"]);
}

/// A task receives what the actor would handle; of two that want it, the lower number gets it.
#[test]
fn a_task_takes_events_before_the_handlers() {
    let a = plain("a", |toy| {
        if toy.on() == "init" {
            for task in [2, 1] {
                let wait = toy.events(&["e"]);
                toy.park(task, "task", wait)?;
            }
            return Ok(());
        }
        let task = toy.task();
        let text = format!("{} {task:?}", toy.payload());
        toy.tell(&text);
        task.map_or(Ok(()), |task| toy.done(task))
    });
    let play = Play::new([a]).create("a", "a").send("a", "e x").send("a", "e x").send("a", "e x");
    always(&play, &["x Some(1), x Some(2), x None"]);
}

/// A task goes on in the group in which it began to wait.
#[test]
fn each_task_has_its_group() {
    let a = plain("a", |toy| match (toy.on().as_str(), toy.task()) {
        ("init", _) => Ok(()),
        (_, Some(task)) => {
            toy.done(task)?;
            toy.reply(&format!("from task {task}"))
        }
        _ => {
            let task = step(toy, 0) + 1;
            let wait = if task == 1 { toy.events(&["later"]) } else { Wait::Ready };
            toy.park(task, "task", wait)
        }
    });
    check(
        App::alone([a]),
        |world| {
            world.create("a", "a");
            world.run();
            world.request("a", "question", 1);
            world.request("a", "question", 2);
            world.send("a", "later");
        },
        expect![[r#"
            a: init
            a: question from env
            a: question from env
            a, task 2
            reply to request 2 from a: from task 2
            a, task 1: later from env
            reply to request 1 from a: from task 1
        "#]],
    );
}

/// X2.
#[test]
fn a_halt_cancels_what_waits() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "init" => {
            let correlation = toy.request("b", "question")?;
            toy.park(1, "task", Wait::Answer(correlation))
        }
        "end" => {
            toy.halt();
            Ok(())
        }
        _ => tell(toy),
    });
    let b = plain("b", |toy| if toy.on() == "question" { toy.reply("yes") } else { Ok(()) });
    let play = Play::new([a, b]).create("b", "b").create("a", "a").send("a", "end");
    all(
        &play,
        expect![[r#"
        7 executions (all)
        5: 
        2: (answer) yes
    "#]],
    );
}

/// F10: the state before the turn, what it waited for included.
#[test]
fn a_task_whose_turn_failed_waits_as_before() {
    let a = |retries| {
        plain("a", |toy| match toy.on().as_str() {
            "init" => toy.receive(&["e"]),
            "e" if toy.payload() == "bad" => panics(),
            _ => toy.done(0),
        })
        .restarts(Restart::Transient, RestartFrom::LastTurn)
        .retries(retries)
    };
    let run = |retries| {
        let mut world = crate::toy::World::new(App::alone([a(retries)]));
        world.create("a", "a");
        world.run();
        world.send("a", "e bad");
        world.send("a", "e good");
        world.run();
        world.told()
    };
    expect![[r#"
        a: init
        a, task 0: e bad from env
        a failed on e: panic: boom; resumed
        dead letter, failed-turn: e bad from env to a
        a, task 0: e good from env
    "#]]
    .assert_eq(&run(0));
    expect![[r#"
        a: init
        a, task 0: e bad from env
        a failed on e: panic: boom; resumed
        a, task 0: e bad from env
        a failed on e: panic: boom; resumed
        dead letter, failed-turn: e bad from env to a
        a, task 0: e good from env
    "#]]
    .assert_eq(&run(1));
}

#[test]
fn an_actor_that_begins_anew_waits_for_nothing() {
    let a = script("a", |toy, at| match at {
        0 => {
            tell(toy)?;
            toy.ask("b", "question")
        }
        _ => tell(toy),
    });
    let b = plain("b", |toy| if toy.on() == "question" { toy.reply("yes") } else { Ok(()) });
    let play = Play::new([a, b]).create("b", "b").create("a", "a");
    let crash = play.clone().hazard(Hazard::new(FaultKind::Crash, 1).actors(&["a"]));
    all(
        &crash,
        expect![[r#"
        13 executions (all)
        2: init, (answer) yes
        2: init, (answer) yes, restarted, init, (answer) yes
        9: init, restarted, init, (answer) yes
    "#]],
    );
    let reboot = play.hazard(Hazard::new(FaultKind::Reboot, 1).actors(&["a"]));
    all(
        &reboot,
        expect![[r#"
        9 executions (all)
        2: init, (answer) yes
        2: init, (answer) yes, resumed
        5: init, resumed, (answer) yes
    "#]],
    );
}

/// Wrong use fails the turn alone, and says what is wrong.
#[test]
fn what_a_task_cannot_wait_for() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "done" => toy.done(7),
        "answer" => toy.park(0, "handler", Wait::Answer(0)),
        "timer" => toy.park(0, "handler", Wait::Firing(3)),
        "default" => toy.receive(&["default"]),
        "nothing" => toy.receive(&[]),
        "halting" => {
            toy.halt();
            toy.receive(&["e"])
        }
        "many" => (0..3).try_for_each(|task| toy.park(task, "task", Wait::Ready)),
        _ => Ok(()),
    });
    let a = a.restarts(Restart::Transient, RestartFrom::LastTurn).inbox(2, Overflow::Block);
    let mut a = a;
    a.supervision.restarts_max = 100;
    check(
        App::alone([a]),
        |world| {
            world.create("a", "a");
            for event in ["done", "answer", "timer", "default", "nothing", "halting", "many", "e"] {
                world.run();
                world.send("a", event);
            }
        },
        expect![[r#"
            a: init
            a: done from env
            a failed on done: illegal-call: the end of task 7, which never waited; resumed
            dead letter, failed-turn: done from env to a
            a: answer from env
            a failed on answer: illegal-call: task 0 waits for answer 0, but the actor never asked that; resumed
            dead letter, failed-turn: answer from env to a
            a: timer from env
            a failed on timer: illegal-call: task 0 waits for timer 3, but the actor never started it; resumed
            dead letter, failed-turn: timer from env to a
            a: default from env
            a failed on default: illegal-call: task 0 waits for a kind of event that nobody sends; resumed
            a: nothing from env
            a failed on nothing: illegal-call: task 0 waits in a receive that accepts nothing; resumed
            dead letter, failed-turn: nothing from env to a
            a: halting from env
            a failed on halting: illegal-call: task 0 waits, but the actor halts; resumed
            dead letter, failed-turn: halting from env to a
            a: many from env
            a failed on many: limit: limit `tasks`: 3 tasks that wait, at most 2 are allowed; resumed
            dead letter, failed-turn: many from env to a
            a: e from env
        "#]],
    );
}

/// S10: one that resumes a receive at once does not count.
#[test]
fn what_is_received_at_once_counts_for_no_limit() {
    let a = script("a", |toy, at| if at == 0 { toy.receive(&["e"]) } else { tell(toy) });
    let b = plain("b", |toy| {
        let options = SendOptions { instances_max: Some(0), ..SendOptions::default() };
        if toy.on() == "init" { toy.send_with("a", "e", options) } else { Ok(()) }
    });
    let play = Play::new([a, b]).create("a", "a").create("b", "b").started_but(&["b"]);
    all(
        &play,
        expect![[r#"
        1 executions (all)
        1: e
    "#]],
    );
}

/// A task that is always ready does not keep the actor from its inbox, nor the other way round.
#[test]
fn production_lets_tasks_and_events_take_turns() {
    let a = plain("a", |toy| match toy.on().as_str() {
        "e" => {
            let name = toy.name();
            toy.send(&name, "e")
        }
        _ => toy.park(1, "task", Wait::Ready),
    });
    let mut world = crate::toy::World::new(App::alone([a]));
    world.create("a", "a");
    world.send("a", "e");
    for _ in 0..7 {
        world.step(0);
    }
    expect![[r#"
        a: init
        a, task 1
        a: e from env
        a, task 1
        a: e
        a, task 1
        a: e
        left: a idle [e]
    "#]]
    .assert_eq(&world.told());
}

/// Scenario 51 d.
#[test]
fn a_create_can_be_tried_until_the_id_is_free() {
    let a = script("a", |toy, at| {
        match at {
            0 => {
                toy.create("b", "b")?;
                toy.send("b", "halt")?;
            }
            _ if toy.payload() == "created" => return toy.send("b", "hello"),
            1 => toy.tell("again"),
            _ => {}
        }
        toy.try_create_at("b", "b")
    });
    let b = plain("b", |toy| match toy.on().as_str() {
        "halt" => {
            toy.halt();
            Ok(())
        }
        "hello" => tell(toy),
        _ => Ok(()),
    });
    let mut play = Play::new([a, b]).create("a", "a");
    play.bounds.steps_max = 9;
    let tally = play.tally(Dfs::default(), 100_000);
    assert!(tally.exhausted && tally.count("hello") > 0, "{}", tally.told());
    let others = tally.outcomes.keys().filter(|outcome| !outcome.contains("hello"));
    assert!(others.into_iter().all(|outcome| outcome.contains("cut")), "{}", tally.told());
}

fn value(text: &str) -> CellValue {
    CellValue { encoding: Encoding::Text, payload: Payload::from_slice(text.as_bytes()) }
}

/// A creates a cell and B, and both do things with it; A tells the answers.
fn cell(
    kind: CellKind,
    a: impl Fn(u32) -> Option<Operation> + 'static,
    b: impl Fn(u32) -> Option<Operation> + 'static,
) -> Play {
    let a = script("a", move |toy, at| {
        if at == 0 {
            toy.create_cell(kind, "cell")?;
            toy.create("b", "b")?;
        } else {
            let payload = toy.payload();
            toy.tell(&payload);
        }
        a(at).map_or(Ok(()), |operation| toy.operate("cell", operation))
    });
    let b = script("b", move |toy, at| {
        b(at).map_or(Ok(()), |operation| toy.operate("cell", operation))
    });
    Play::new([a, b]).create("a", "a")
}

/// Scenario 55.
#[test]
fn counters_are_linearizable() {
    let a = |at| [Operation::Add(1), Operation::Get].get(at as usize).cloned();
    let b = |at| (at == 0).then_some(Operation::Add(-1));
    always(&cell(CellKind::Counter, a, b), &["0, 0", "1, 0", "1, 1"]);
    let a = |at| [Operation::CompareExchange(0, 10), Operation::Get].get(at as usize).cloned();
    let b = |at| (at == 0).then_some(Operation::Add(5));
    always(&cell(CellKind::Counter, a, b), &["0, 10", "0, 15", "5, 5"]);
}

/// Scenario 56 a.
#[test]
fn registers_are_linearizable() {
    let a = |at| {
        let operations = [
            Operation::Set(value("5")),
            Operation::CompareSet(value("5"), value("6")),
            Operation::Get,
        ];
        operations.get(at as usize).cloned()
    };
    let b = |at| (at == 0).then(|| Operation::Set(value("2")));
    always(&cell(CellKind::Register, a, b), &["null, false, 2", "null, true, 2", "null, true, 6"]);
}

/// Scenario 56 c, d.
#[test]
fn maps_are_linearizable() {
    let a = |at| {
        let operations =
            [Operation::InsertNew("k".into(), value("m")), Operation::GetKey("k".into())];
        operations.get(at as usize).cloned()
    };
    let b = |at| {
        let replace = Operation::CompareSetKey("k".into(), value("m"), value("n"));
        (at == 0).then_some(replace)
    };
    always(&cell(CellKind::Map, a, b), &["true, m", "true, n"]);
    let a = |at| {
        let operations = [
            Operation::GetKey("k".into()),
            Operation::Len,
            Operation::InsertNew("k".into(), value("m")),
            Operation::InsertNew("k".into(), value("n")),
            Operation::Len,
            Operation::Remove("k".into()),
            Operation::Remove("k".into()),
        ];
        operations.get(at as usize).cloned()
    };
    let one = cell(CellKind::Map, a, |_| None);
    always(&one, &["null, 0, true, false, 1, m, null"]);
}

#[test]
fn a_cell_does_what_its_kind_has_and_nothing_else() {
    let run = |wrong: fn(&mut Toy<'_>) -> Handled| {
        let a = script("a", move |toy, at| match at {
            0 => {
                toy.create_cell(CellKind::Counter, "cell")?;
                toy.operate("cell", Operation::Get)
            }
            1 => wrong(toy),
            _ => Ok(()),
        });
        let mut world = crate::toy::World::new(App::alone([a]));
        world.create("a", "a");
        world.run();
        world.told()
    };
    let mut told = Vec::new();
    told.push(run(|toy| toy.operate("cell", Operation::Len)));
    told.push(run(|toy| toy.operate("a", Operation::Len)));
    told.push(run(|toy| {
        toy.operate("cell", Operation::Get)?;
        toy.send("cell", "e")
    }));
    expect![[r#"
        a: init
        a, task 0: (answer) 0 from cell
        a failed on (answer): illegal-call: `len` on `cell`, which is a counter; parked
        dead letter, failed-turn: (answer) 0 from cell to a
        left: a failed []

        a: init
        a, task 0: (answer) 0 from cell
        a failed on (answer): illegal-call: `len` on `a`, which is no cell; parked
        dead letter, failed-turn: (answer) 0 from cell to a
        left: a failed []

        a: init
        a, task 0: (answer) 0 from cell
        dead letter, cell: e from a to cell
        a, task 0: (answer) 0 from cell
    "#]]
    .assert_eq(&told.join("\n"));
}

/// Two receives wait in one handler, as those of a `select!` do; each takes its event, and the handler goes on with one
/// and waits no more for the other, whose event is not lost.
#[test]
fn what_a_receive_took_and_did_not_want_is_taken_again() {
    let chooser = plain("chooser", |toy| match (toy.on().as_str(), toy.task()) {
        ("init", _) => toy.receive(&["go"]),
        ("go", _) => {
            let (one, two) = (toy.events(&["one"]), toy.events(&["two"]));
            toy.park(0, "one", one)?;
            toy.park(7, "two", two)
        }
        (on, Some(_)) => {
            let on = on.to_owned();
            toy.tell(&format!("chose {on}"));
            toy.done(0)?;
            toy.done(7)
        }
        (on, None) => {
            let on = on.to_owned();
            toy.tell(&format!("took {on}"));
            Ok(())
        }
    });
    let play = Play::new([chooser]).create("chooser", "x");
    let play = ["one", "two", "go"].iter().fold(play, |play, event| play.send("x", event));
    for delivery in Delivery::ALL {
        let play = play.clone().rules(Rules { delivery, ..Rules::default() });
        let tally = play.tally(Dfs::default(), 1000);
        let both = tally.count("chose one, took two") + tally.count("chose two, took one");
        assert_eq!((both, tally.exhausted), (tally.executions, true), "{}", tally.told());
    }
}
