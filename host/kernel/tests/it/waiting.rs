//! Suspended code: receives, requests, tasks and cells (sections 8, 13, 14 and 15), beyond the scenarios of conformance.
//! What a compiler makes of an async handler, these toys do by hand: they remember how far each task is.

use std::collections::BTreeSet;

use coyote_kernel::strategy::{Dfs, Replay};
use coyote_kernel::{
    ActorId, Cause, CellKind, Delivery, Failure, FaultKind, Operation, Overflow, Restart,
    RestartFrom, Rules, SendOptions, Wait,
};
use expect_test::{Expect, expect};

use crate::play::{Hazard, Play};
use crate::toy::{App, Handled, Species, Toy, World, check, panics, plain, sink};

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

/// How far a task is; from now on it is one step further.
pub(crate) fn step(toy: &mut Toy<'_>, task: u32) -> u32 {
    let at = toy.memory.at.entry(task).or_default();
    *at += 1;
    *at - 1
}

/// An actor whose first turn does this, step by step; it tells of what it takes besides, and halts on `halt`.
pub(crate) fn script(
    name: &'static str,
    run: impl Fn(&mut Toy<'_>, u32) -> Handled + 'static,
) -> Species {
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
pub(crate) fn tell(toy: &mut Toy<'_>) -> Handled {
    let text = format!("{} {}", toy.on(), toy.payload());
    toy.tell(text.trim_end());
    Ok(())
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
        let mut world = World::new(app);
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
        let mut world = World::new(App::alone([a()]));
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

/// Whoever wakes a task tells of it, in its own group; the task goes on in that of its own.
#[test]
fn a_task_that_another_one_wakes_keeps_its_group() {
    let a = plain("a", |toy| match (toy.on().as_str(), toy.task()) {
        ("init", _) => Ok(()),
        (_, Some(task)) => {
            toy.done(task)?;
            toy.reply(&format!("from task {task}"))
        }
        _ if step(toy, 0) == 0 => toy.park(1, "task", Wait::Blocked("task 2".into())),
        _ => {
            toy.park(2, "task", Wait::Ready)?;
            toy.park(1, "task", Wait::Ready)
        }
    });
    check(
        App::alone([a]),
        |world| {
            world.create("a", "a");
            world.run();
            world.request("a", "question", 1);
            world.request("a", "question", 2);
        },
        expect![[r#"
            a: init
            a: question from env
            a: question from env
            a, task 2
            reply to request 2 from a: from task 2
            a, task 1
            reply to request 1 from a: from task 1
        "#]],
    );
}

/// A handler and three tasks that go on one after the other within its call, each in its own group; `what` the last one
/// does.
fn in_one_call(what: fn(&mut Toy<'_>) -> Handled) -> App {
    let a = plain("a", move |toy| match toy.on().as_str() {
        "question" => {
            let task = step(toy, 0) + 1;
            toy.park(task, "task", Wait::Blocked("the others".into()))
        }
        "go" => {
            let ran: Vec<_> =
                [1, 2, 3, 1].into_iter().take_while(|&next| toy.proceed(next)).collect();
            toy.tell(&format!("ran {ran:?}"));
            what(toy)
        }
        _ => Ok(()),
    });
    App::alone([a])
}

fn ask_three(world: &mut World) {
    world.create("a", "a");
    world.run();
    (1..4).for_each(|number| world.request("a", "question", number));
    world.send("a", "go");
}

/// At most so many as the driver says.
#[test]
fn tasks_that_go_on_within_a_call_have_their_groups() {
    check(
        in_one_call(|toy| toy.reply("hello")),
        ask_three,
        expect![[r#"
        a: init
        a: question from env
        a: question from env
        a: question from env
        a: go from env
          ran [1, 2, 3]
        reply to request 3 from a: hello
    "#]],
    );
}

/// What came before the turn that fails has happened: the event of the first is no dead letter.
#[test]
fn a_task_that_fails_within_a_call_takes_nothing_from_those_before() {
    check(
        in_one_call(|_| Err(Failure::new(Cause::Trap, "unreachable"))),
        ask_three,
        expect![[r#"
            a: init
            a: question from env
            a: question from env
            a: question from env
            a: go from env
              ran [1, 2, 3]
            a failed on (resumption) behind `task`: trap: unreachable; parked
            left: a failed []
        "#]],
    );
    check(
        in_one_call(|toy| toy.send_to(ActorId::from_bits(7), "x")),
        ask_three,
        expect![[r#"
            a: init
            a: question from env
            a: question from env
            a: question from env
            a: go from env
              ran [1, 2, 3]
            a failed on (resumption) behind `task`: unknown-id: `0000000000000007`, an id that was never issued; parked
            left: a failed []
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
        let mut world = World::new(App::alone([a(retries)]));
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
        a failed on e behind `handler`: panic: boom; resumed
        dead letter, failed-turn: e bad from env to a
        a, task 0: e good from env
    "#]]
    .assert_eq(&run(0));
    expect![[r#"
        a: init
        a, task 0: e bad from env
        a failed on e behind `handler`: panic: boom; resumed
        a, task 0: e bad from env
        a failed on e behind `handler`: panic: boom; resumed
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
    let mut world = World::new(App::alone([a]));
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
        let mut world = World::new(App::alone([a]));
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
        a failed on (answer) behind `handler`: illegal-call: `len` on `cell`, which is a counter; parked
        dead letter, failed-turn: (answer) 0 from cell to a
        left: a failed []

        a: init
        a, task 0: (answer) 0 from cell
        a failed on (answer) behind `handler`: illegal-call: `len` on `a`, which is no cell; parked
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
