//! D. Receive, and of the others what waits: for answers, cells, tasks.

use coyote_kernel::strategy::Dfs;
use coyote_kernel::{
    CellKind, CellValue, Delivery, Encoding, Operation, Park, Payload, Restart, RestartFrom,
    Temperature, Wait,
};
use expect_test::expect;

use super::Cells;
use super::machine::machine;
use super::ways::{Case, case};
use crate::minimise::fails;
use crate::play::{Play, watcher};
use crate::toy::{App, Handled, Species, Toy, check, panics, plain};
use crate::waiting::{script, step, tell};

pub(super) fn what_was_sent_to_oneself() -> Vec<Case> {
    let plain = script("m", |toy, at| match at {
        0 => {
            toy.send("m", "u")?;
            toy.receive(&["u"])
        }
        _ => fails("received"),
    });
    let state =
        machine("m").callback("resumed", |_| fails("received")).state("init").entry(|act| {
            act.send("m", "u")?;
            act.receive(&["u"])
        });
    let one = |species: Species| Play::new([species]).create("m", "m");
    vec![
        case("a", one(plain)).always(["assertion: m on u: received"]),
        case("b", one(state.species())).always(["assertion: m on u in init: received"]),
    ]
}

/// A client that receives five times, and a server that sends it so many pings.
fn ping_pong(pings: i64) -> Play {
    let client = script("client", |toy, at| match at {
        5 => {
            toy.tell("done");
            toy.halt();
            Ok(())
        }
        at => {
            let event = format!("{} {}", if at == 0 { "hello" } else { "pong" }, toy.name());
            toy.send("server", &event)?;
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

pub(super) fn five_rounds() -> Vec<Case> {
    vec![case("", ping_pong(5).create("client", "a")).always(["done"])]
}

/// Of three, single sends are too many to be told apart.
pub(super) fn clients_that_wait_for_ever() -> Vec<Case> {
    let names = ["a", "b", "c"];
    let parts = [("one", 1), ("two", 2), ("three", 3)].map(|(part, count)| {
        let names = &names[..count];
        let play = names.iter().fold(ping_pong(1), |play, name| play.create("client", name));
        let waiting = names.iter().map(|name| format!("{name}'s handler for ping"));
        let text = format!("deadlock: {}", waiting.collect::<Vec<_>>().join("; "));
        let models = &Delivery::ALL[if count < 3 { 0 } else { 1 }..];
        case(part, play.started()).under(models, [text]).unproduced()
    });
    parts.into()
}

pub(super) fn a_request_to_one_that_waits_for_the_asker() -> Vec<Case> {
    let a = script("a", |toy, at| match at {
        0 => {
            toy.create("b", "b")?;
            toy.ask("b", "question")
        }
        _ => toy.send("b", "e1"),
    });
    let b = script("b", |toy, _| toy.receive(&["e1"]));
    let text = "deadlock: a's handler for the answer of b; b's handler for e1";
    vec![case("", Play::new([a, b]).create("a", "a")).always([text]).unproduced()]
}

/// Receives a question, and answers in its group (W4).
fn answerer() -> Species {
    script("a", |toy, at| if at == 0 { toy.receive(&["question"]) } else { toy.reply("answer") })
}

pub(super) fn a_received_request() -> Vec<Case> {
    let asker =
        script("asker", |toy, at| if at == 0 { toy.ask("a", "question") } else { tell(toy) });
    let play = Play::new([answerer(), asker]).create("a", "a").create("asker", "asker");
    vec![case("", play).always(["(answer) answer"])]
}

/// The environment asks.
pub(super) fn a_received_request_from_outside() -> Cells {
    check(
        App::alone([answerer()]),
        |world| {
            world.create("a", "a");
            world.request("a", "question", 5);
        },
        expect![[r"
            a: init
            a, task 0: question from env
            reply to request 5 from a: answer
        "]],
    );
    Cells::default()
}

/// Scenario 51 d. The attempts have no end, so executions are cut.
pub(super) fn an_id_that_becomes_free() -> Cells {
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
    let b = plain("b", |toy| match &*toy.on() {
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
    assert!(tally.exhausted);
    let mut texts: Vec<_> = tally.outcomes.keys().map(String::as_str).collect();
    texts.retain(|text| !text.contains("cut"));
    assert_eq!(texts, ["again, hello"], "{}", tally.told());
    Cells { exhaustive: "d) up to 9 steps".to_owned(), ..Cells::default() }
}

fn value(text: &str) -> CellValue {
    CellValue { encoding: Encoding::Text, payload: Payload::from_slice(text.as_bytes()) }
}

/// A creates a cell and B, and both do these things with it, one after the other; A tells the answers.
fn cell<const A: usize, const B: usize>(
    kind: CellKind,
    a: [Operation; A],
    b: [Operation; B],
) -> Play {
    let operate = |toy: &mut Toy<'_>, operation: Option<&Operation>| {
        operation.map_or(Ok(()), |operation| toy.operate("cell", operation.clone()))
    };
    let a = script("a", move |toy, at| {
        if at == 0 {
            toy.create_cell(kind, "cell")?;
            toy.create("b", "b")?;
        } else {
            let answer = toy.payload();
            toy.tell(&answer);
        }
        operate(toy, a.get(at as usize))
    });
    let b = script("b", move |toy, at| operate(toy, b.get(at as usize)));
    Play::new([a, b]).create("a", "a")
}

pub(super) fn counters() -> Vec<Case> {
    use Operation::{Add, CompareExchange, Get};
    let a = cell(CellKind::Counter, [Add(1), Get], [Add(-1)]);
    let b = cell(CellKind::Counter, [CompareExchange(0, 10), Get], [Add(5)]);
    vec![
        case("a", a).always(["0, 0", "1, 0", "1, 1"]),
        case("b", b).always(["5, 5", "0, 10", "0, 15"]),
        case("c", what_cancels_out()).always(["0"]),
    ]
}

/// Scenario 55 c: what A takes out it puts in again, and it looks once B is done.
fn what_cancels_out() -> Play {
    use Operation::{Add, Exchange, Get};
    let a = script("a", |toy, at| match at {
        0 => {
            toy.create_cell(CellKind::Counter, "cell")?;
            toy.create("b", "b")?;
            toy.operate("cell", Exchange(5))
        }
        1 => {
            let taken: i32 = toy.payload().parse().unwrap();
            toy.operate("cell", Add(taken - 5))
        }
        2 => toy.receive(&["done"]),
        3 => toy.operate("cell", Get),
        _ => {
            let value = toy.payload();
            toy.tell(&value);
            Ok(())
        }
    });
    let b = script("b", |toy, at| match at {
        0 => toy.operate("cell", Add(2)),
        1 => toy.operate("cell", Add(-2)),
        _ => toy.send("a", "done"),
    });
    Play::new([a, b]).create("a", "a")
}

pub(super) fn registers_and_maps() -> Vec<Case> {
    use Operation::{CompareSet, CompareSetKey, Get, GetKey, InsertNew, Len, Remove, Set};
    let set = |text| Set(value(text));
    let six = CompareSet(value("5"), value("6"));
    let a = cell(CellKind::Register, [set("5"), six, Get], [set("2")]);
    let key = || "k".into();
    let c = cell(
        CellKind::Map,
        [InsertNew(key(), value("m")), GetKey(key())],
        [CompareSetKey(key(), value("m"), value("n"))],
    );
    let each = [
        GetKey(key()),
        Len,
        InsertNew(key(), value("m")),
        InsertNew(key(), value("n")),
        Len,
        Remove(key()),
        Remove(key()),
    ];
    let d = cell(CellKind::Map, each, []);
    vec![
        case("a", a).always(["null, false, 2", "null, true, 2", "null, true, 6"]),
        case("b", a_pair()).always(["2 2", "5 5", "6 6"]),
        case("c", c).always(["true, m", "true, n"]),
        case("d", d).always(["null, 0, true, false, 1, m, null"]),
    ]
}

/// Scenario 56 b: A adds one to both, as often as it must, and looks; B sets both to 5.
fn a_pair() -> Play {
    use Operation::{CompareSet, Get, Set};
    let a = script("a", |toy, at| {
        let answer = toy.payload();
        match &*answer {
            "" => {
                toy.create_cell(CellKind::Register, "cell")?;
                toy.create("b", "b")?;
                toy.operate("cell", Set(value("1 1")))
            }
            "null" | "false" => toy.operate("cell", Get),
            "true" => {
                toy.memory.text.clear();
                toy.operate("cell", Get)
            }
            // What it looks at in the end, or what it adds to.
            pair if toy.memory.text.is_empty() && at > 2 => {
                toy.tell(pair);
                Ok(())
            }
            pair => {
                toy.memory.text = pair.to_owned();
                let next = match pair {
                    "1 1" => "2 2",
                    "5 5" => "6 6",
                    _ => return fails("the parts differ"),
                };
                toy.operate("cell", CompareSet(value(pair), value(next)))
            }
        }
    });
    let b = script(
        "b",
        |toy, at| {
            if at == 0 { toy.operate("cell", Set(value("5 5"))) } else { Ok(()) }
        },
    );
    Play::new([a, b]).create("a", "a")
}

/// Scenario 64 b: what stood before the await is out, nothing of what came after it.
pub(super) fn a_turn_that_fails_after_an_await() -> Case {
    let a = script("a", |toy, at| {
        if at == 1 {
            toy.send("b", "late")?;
            return panics();
        }
        toy.send("b", "x")?;
        toy.create("c", "c")?;
        toy.start(10, None, "tick")?;
        toy.notify("w", "seen")?;
        toy.park(0, "handler", Wait::Ready)
    });
    let a = a.restarts(Restart::Transient, RestartFrom::LastTurn);
    let told = |name: &'static str| {
        plain(name, move |toy| {
            if name == "c" || toy.on() != "init" {
                let text = format!("{name} {}", toy.on());
                toy.tell(&text);
            }
            Ok(())
        })
    };
    let seen = watcher("w", |notice| {
        notice.goto(1);
        Ok(())
    });
    let seen = seen.state("owed", Temperature::Hot, &["*: do"]);
    let seen = seen.state("seen", Temperature::Cold, &["*: do"]);
    let play = Play::new([a, told("b"), told("c")]).watcher(seen).create("b", "b").create("a", "a");
    case("b", play.supervised()).always(["b x, c init", "c init, b x"])
}

pub(super) fn receive_and_halt() -> Vec<Case> {
    let a = script("a", |toy, at| if at == 0 { toy.receive(&["e1"]) } else { tell(toy) });
    let play = Play::new([a]).create("a", "a").send("a", "halt");
    vec![
        case("a", play.clone().send("a", "e1")).always(["e1, a halt"]),
        case("b", play).always(["deadlock: a's handler for e1"]).unproduced(),
    ]
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

fn lockers(first: [u32; 2], second: [u32; 2]) -> Play {
    let lockers = plain("lockers", move |toy| match toy.task() {
        None => {
            toy.park(1, "task 1", Wait::Ready)?;
            toy.park(2, "task 2", Wait::Ready)
        }
        Some(1) => lock(toy, 1, first),
        Some(task) => lock(toy, task, second),
    });
    Play::new([lockers]).create("lockers", "a")
}

pub(super) fn task_deadlock() -> Vec<Case> {
    let background = plain("a", |toy| {
        let (label, wait) = ("channel".into(), Wait::Blocked("a message".into()));
        toy.park_as(Park { task: 1, of: 1, label, background: true, wait })
    });
    let crosswise =
        "deadlock: a's task 1 for mutex 1, held by task 2; a's task 2 for mutex 0, held by task 1";
    vec![
        case("a", lockers([0, 1], [1, 0])).always(["1, 2", "2, 1", crosswise]).unproduced(),
        case("b", lockers([0, 1], [0, 1])).always(["1, 2", "2, 1"]),
        case("c", Play::new([background]).create("a", "a")).always([""]),
    ]
}

/// Two tasks add one to the field, with an await between reading and writing or without.
fn adders(yields: bool) -> Play {
    let adders = plain("adders", move |toy| {
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
    });
    Play::new([adders]).create("adders", "a")
}

/// C(4, 2) orders of two tasks with two stretches each; C(2, 1) of one each.
pub(super) fn task_race() -> Vec<Case> {
    vec![
        case("a", adders(true)).always(["1", "2"]).executions(6),
        case("b", adders(false)).always(["2"]).executions(2),
    ]
}

pub(super) fn the_event_of_a_stopped_timer() -> Vec<Case> {
    let a = plain("a", |toy| match &*toy.on() {
        "init" => toy.start(10, None, "t").map(drop),
        "go" => {
            toy.stop(0)?;
            toy.receive(&["t"])
        }
        _ => fails("received"),
    });
    let a = a.state("s", &["t: defer", "go: do"]);
    let play = Play::new([a]).create("a", "a").send("a", "go");
    vec![case("", play).always(["deadlock: a's handler for t"]).unproduced()]
}
