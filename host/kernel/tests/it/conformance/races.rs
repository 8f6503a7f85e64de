//! F. Races, monitors, timers.

use coyote_kernel::strategy::Named;
use coyote_kernel::{Bounds, Temperature, TimerMode};

use super::Cells;
use super::machine::{asserts, machine, nothing};
use super::ways::{Case, ORDERED, case, explore};
use crate::minimise::fails;
use crate::play::{Play, Watcher, watcher};
use crate::toy::{Handled, Toy, plain};

pub(super) fn two_entries_notify_one_monitor() -> Vec<Case> {
    let one = machine("one").state("init").entry(|act| act.notify("w", "e1"));
    let two = machine("two").state("init").entry(|act| act.notify("w", "e2"));
    let w = watcher("w", |notice| match &*notice.on {
        "e1" if notice.memory.number == 0 => fails("no e2"),
        _ => {
            notice.memory.number = 1;
            Ok(())
        }
    });
    let play = Play::new([one.species(), two.species()]).watcher(w).kinds(&["e1", "e2"]);
    let plays = [("a", ["one", "two"]), ("b", ["two", "one"])].map(|(part, order)| {
        let play = order.iter().fold(play.clone(), |play, name| play.create(name, name));
        case(part, play).always(["", "monitor: w on e1: no e2"])
    });
    plays.into()
}

pub(super) fn between_two_of_another_sender() -> Vec<Case> {
    let r = machine("r").state("init").entry(|act| {
        act.create("s1", "s1")?;
        act.create("s2", "s2")
    });
    let r = r
        .on("e1", |act| {
            act.memory.number += 1;
            Ok(())
        })
        .on("e2", |act| if act.memory.number == 1 { fails("one e1") } else { Ok(()) });
    let s1 = plain("s1", |toy| {
        toy.send("r", "e1")?;
        toy.send("r", "e1")
    });
    let s2 = plain("s2", |toy| toy.send("r", "e2"));
    let play = Play::new([r.species(), s1, s2]).create("r", "r");
    vec![case("", play).always(["", "assertion: r on e2 in init: one e1"])]
}

pub(super) fn a_sent_halt_can_be_handled() -> Vec<Case> {
    let a = plain("a", |toy| {
        toy.send("b", "halt")?;
        toy.send("b", "e")
    });
    let b = machine("b").state("active").goto("halt", "inactive").on("e", nothing);
    let b = b.state("inactive").on("e", asserts("e"));
    let play = Play::new([a, b.species()]).create("b", "b").create("a", "a");
    let violation = "assertion: b on e in inactive: e";
    vec![case("", play).ordered([violation]).unordered(["", violation])]
}

/// Waits for so many events.
fn waiting(count: i64, temperature: Temperature) -> Watcher {
    let w = watcher("w", move |notice| {
        notice.memory.number += 1;
        notice.goto(u32::from(notice.memory.number >= count));
        Ok(())
    });
    w.state("waiting", temperature, &["*: do"]).state("done", Temperature::Cold, &["*: do"])
}

/// Sends to itself that many times.
fn busy(times: i64) -> crate::toy::Species {
    plain("busy", move |toy| {
        toy.memory.number += 1;
        if toy.memory.number > times {
            return toy.notify("w", "over");
        }
        toy.send("busy", "on")
    })
}

pub(super) fn progress_that_depends_on_chance() -> Vec<Case> {
    let worker =
        plain("worker", |toy| if toy.draw(2)? == 1 { toy.notify("w", "answer") } else { Ok(()) });
    let play = |temperature| {
        let play = Play::new([worker.clone()]).watcher(waiting(3, temperature));
        ["a", "b", "c"].iter().fold(play, |play, name| play.create("worker", name))
    };
    let liveness = "liveness: w in waiting";
    let busy = plain("busy", |toy| toy.send("busy", "on"));
    let mut endless = Play::new([busy]).watcher(waiting(1, Temperature::Hot));
    endless.bounds = Bounds { steps_max: 500, temperature_max: 200 };
    vec![
        case("a", play(Temperature::Hot)).always(["", liveness]).unproduced(),
        case("b", play(Temperature::Warm)).always([""]),
        case("c", endless.create("busy", "busy"))
            .ordered(["potential-liveness: w in waiting"])
            .endless("lasso: w in waiting")
            .unproduced(),
    ]
}

/// Scenario 58 d: what starves others is not asked for progress.
pub(super) fn an_unfair_strategy_judges_no_temperature() -> Cells {
    let mut play = Play::new([busy(280)]).watcher(waiting(1, Temperature::Hot));
    play.bounds = Bounds { steps_max: 300, temperature_max: 150 };
    let play = play.create("busy", "busy");
    let seen = explore(&play, Named::Pct { change_points: 3 }.build(), 50);
    assert_eq!(seen.texts.keys().collect::<Vec<_>>(), [""]);
    Cells { sampling: "d) none under pct".to_owned(), ..Cells::default() }
}

/// An actor that does this first, and that when a timer fires.
fn alarm(
    first: impl Fn(&mut Toy<'_>) -> Handled + 'static,
    then: impl Fn(&mut Toy<'_>) -> Handled + 'static,
) -> Play {
    let alarm = plain("m", move |toy| if toy.on() == "init" { first(toy) } else { then(toy) });
    Play::new([alarm]).create("m", "m")
}

fn tells(toy: &mut Toy<'_>) -> Handled {
    let text = [toy.on(), toy.payload()].join(" ");
    toy.tell(text.trim_end());
    Ok(())
}

fn fires(toy: &mut Toy<'_>) -> Handled {
    toy.notify("w", "fired")
}

pub(super) fn timers() -> Vec<Case> {
    let hot = |play: Play| play.watcher(waiting(1, Temperature::Hot));
    let a = alarm(
        |toy| {
            let timer = toy.start(10, Some(10), "tick")?;
            toy.stop(timer)
        },
        fires,
    );
    let b = alarm(|toy| toy.start(10, None, "tick").map(|_| ()), fires);
    let c = alarm(|toy| toy.start(10, Some(0), "tick").map(|_| ()), tells);
    // The stopped one has fired, and its event is deferred.
    let e = machine("m")
        .state("closed")
        .entry(|act| {
            act.memory.timer = act.start(10, None, "first")?;
            act.start(20, None, "second").map(|_| ())
        })
        .defer("first")
        .on("second", |act| {
            let timer = act.memory.timer;
            act.stop(timer)?;
            act.say("second")?;
            act.goto("open")
        })
        .state("open")
        .on("first", asserts("first"));
    let e = Play::new([e.species()]).create("m", "m");
    let f = alarm(|toy| toy.start(10, None, "tick 7").map(|_| ()), tells);
    let g = alarm(
        |toy| {
            toy.memory.timer = toy.start(10, Some(10), "tick")?;
            Ok(())
        },
        |toy| {
            toy.memory.number += 1;
            if toy.memory.number == 10 {
                toy.tell("tenth");
                let timer = toy.memory.timer;
                toy.stop(timer)?;
            }
            Ok(())
        },
    );
    let h = alarm(
        |toy| {
            toy.start(10, None, "tick")?;
            toy.halt();
            Ok(())
        },
        tells,
    );
    let mut g_unordered = g.clone();
    g_unordered.rules.timers = TimerMode::Unordered;
    vec![
        case("a", hot(a)).always(["liveness: w in waiting"]).unproduced(),
        case("b", hot(b)).always([""]),
        case("c", c).always(["illegal-call: m on init: a periodic timer with a period of zero"]),
        case("e", e).under(&ORDERED, ["second"]),
        case("f", f).always(["tick 7"]),
        case("g", g).always(["tenth"]).executions(1),
        case("g, in any order", g_unordered).always(["tenth"]).executions(1),
        case("h", h).always([""]),
    ]
}
