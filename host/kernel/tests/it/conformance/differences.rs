//! I. Deliberate differences.

use coyote_kernel::{Restart, RestartFrom, Temperature};

use super::machine::{Machine, machine, says};
use super::ways::{Case, case};
use crate::minimise::fails;
use crate::play::{Play, watcher};
use crate::toy::{plain, sink};

pub(super) fn a_raised_event_that_is_deferred() -> Vec<Case> {
    let m = machine("m").state("init").on("u", |act| act.raise("e")).defer("e");
    let play = Play::new([m.species()]).create("m", "m").send("m", "u");
    vec![
        case("", play)
            .always(["illegal-call: m on u in init: raise of `e`, which `init` defers (R2)"]),
    ]
}

pub(super) fn a_transition_asks_no_table() -> Vec<Case> {
    let m = machine("m").state("init").ignore("*").on("e", |act| act.goto("next"));
    let m = m.state("next").entry(says("+next"));
    let play = Play::new([m.species()]).create("m", "m").send("m", "e");
    vec![case("", play).always(["+next"])]
}

pub(super) fn a_specific_handler_beside_an_ignored_wildcard() -> Vec<Case> {
    let w = watcher("w", |notice| {
        notice.goto(1);
        if notice.on == "e1" { Ok(()) } else { fails("not ignored") }
    });
    let w = w.state("waiting", Temperature::Hot, &["*: ignore", "e1: do"]);
    let w = w.state("done", Temperature::Cold, &["*: ignore", "e1: do"]);
    let m = plain("m", |toy| {
        toy.notify("w", "e2")?;
        toy.notify("w", "e1")?;
        toy.notify("w", "e2")
    });
    vec![case("", Play::new([m]).watcher(w).create("m", "m")).always([""])]
}

pub(super) fn an_unhandled_event_pops_all_states() -> Vec<Case> {
    let exit = |text: &'static str| {
        move |act: &mut super::machine::Move<'_, '_>| {
            act.send("x", "left")?;
            act.say(text)
        }
    };
    let m = || -> Machine {
        machine("m")
            .callback("event-unhandled", says("unhandled"))
            .state("init")
            .entry(|act| act.push("s1"))
            .exit(exit("-init"))
            .on("look", |act| {
                let depth = act.depth();
                act.say(&format!("{depth} states"))
            })
            .state("s1")
            .entry(|act| act.push("s2"))
            .exit(exit("-s1"))
            .state("s2")
            .exit(exit("-s2"))
    };
    let x = plain("x", |toy| if toy.on() == "left" { fails("heard") } else { Ok(()) });
    let a = Play::new([m().species(), sink("x")]).create("x", "x").create("m", "m");
    let a = a.send("m", "e1").logging();
    let resumed = m().species().restarts(Restart::Transient, RestartFrom::LastTurn);
    let b = Play::new([resumed, x]).create("x", "x").create("m", "m");
    let b = b.send("m", "e1").send("m", "look").supervised();
    vec![
        case("a", a).always([
            "!-s2, !-s1, !-init, !unhandled, unhandled-event: m on e1 in s2: no reaction in `s2`",
        ]),
        case("b", b).always(["3 states"]),
    ]
}

pub(super) fn ticks_are_merged() -> Vec<Case> {
    let m = machine("m")
        .state("closed")
        .entry(|act| {
            act.memory.timer = act.start(10, Some(10), "tick")?;
            act.start(35, None, "open").map(|_| ())
        })
        .defer("tick")
        .goto("open", "open")
        .state("open")
        .on("tick", |act| {
            let (timer, ticks) = (act.memory.timer, act.ticks().unwrap());
            act.stop(timer)?;
            act.say(&format!("{ticks} ticks"))
        });
    vec![case("", Play::new([m.species()]).create("m", "m")).always(["3 ticks"])]
}
