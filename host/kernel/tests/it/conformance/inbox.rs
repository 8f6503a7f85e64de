//! A. Inbox, raise, transitions. B. Defer, ignore, wildcard. G. Meant upstream, but not tested there.

use coyote_kernel::{Description, Kind, Rule, SendOptions, StateDescription, Table};

use super::Cells;
use super::machine::{Machine, Move, asserts, machine, nothing, pops, says, tell_on};
use super::ways::{Case, case};
use crate::minimise::fails;
use crate::play::Play;
use crate::toy::{Handled, Species, plain};
use crate::waiting::script;

/// An app of one actor.
fn one(species: impl Into<Species>) -> Play {
    Play::new([species.into()]).create("m", "m")
}

fn send_all(play: Play, events: &[&'static str]) -> Play {
    events.iter().fold(play, |play, event| play.send("m", event))
}

fn sends(event: &'static str) -> impl Fn(&mut Move<'_, '_>) -> Handled {
    move |act| act.send("m", event)
}

pub(super) fn own_sends_keep_their_order() -> Vec<Case> {
    let m = plain("m", |toy| match &*toy.on() {
        "init" => {
            toy.send("m", "u")?;
            toy.send("m", "e1")
        }
        "u" => {
            toy.memory.number = 1;
            Ok(())
        }
        _ if toy.memory.number == 1 => fails("u came first"),
        _ => Ok(()),
    });
    let violation = "assertion: m on e1: u came first";
    vec![case("", one(m)).ordered([violation]).unordered(["", violation])]
}

pub(super) fn a_raise_precedes_the_inbox() -> Vec<Case> {
    let m = machine("m")
        .state("init")
        .entry(|act| {
            act.send("m", "e1")?;
            act.raise("u")
        })
        .on("u", |act| {
            act.memory.number = 1;
            Ok(())
        })
        .on("e1", |act| if act.memory.number == 1 { fails("u came first") } else { Ok(()) });
    vec![case("", one(m)).always(["assertion: m on e1 in init: u came first"])]
}

pub(super) fn what_an_exit_sends_is_taken_in_the_next_state() -> Vec<Case> {
    let m = machine("m").state("init").entry(sends("u")).exit(sends("e1")).goto("u", "active");
    let m = m.state("active");
    vec![case("", one(m)).always(["unhandled-event: m on e1 in active: no reaction in `active`"])]
}

pub(super) fn a_goto_to_itself_runs_exit_and_entry() -> Vec<Case> {
    let m = machine("m").state("init").entry(sends("u")).exit(sends("e1")).goto("u", "init");
    let m = m.on("e1", asserts("e1"));
    vec![case("", one(m)).ordered(["assertion: m on e1 in init: e1"])]
}

pub(super) fn an_entry_that_sends_too_often() -> Vec<Case> {
    let send = |act: &mut Move<'_, '_>| {
        act.send_with("m", "u", SendOptions { instances_max: Some(1), must_handle: false })
    };
    let m = machine("m").state("init").entry(send).exit(sends("e1")).goto("u", "init");
    vec![case("", one(m.push("e1", "init"))).ordered(["max-instances: m, u, 1"])]
}

/// `init`, which pushes `active`.
fn pushing() -> Machine {
    let m = machine("m").state("init").exit(sends("e1")).push("u", "active");
    m.on("e2", asserts("e2")).state("active")
}

pub(super) fn push_and_pop_do_not_leave_a_state() -> Vec<Case> {
    let a = pushing().entry(|act| {
        act.send("m", "e2")?;
        act.pop()
    });
    let b = pushing().entry(pops).exit(sends("e2"));
    let parts = [("a", a), ("b", b)].map(|(part, m)| {
        case(part, one(m).send("m", "u")).always(["assertion: m on e2 in init: e2"])
    });
    parts.into()
}

pub(super) fn a_handler_is_inherited_by_pushed_states() -> Vec<Case> {
    let play = one(pushing().entry(sends("e2"))).send("m", "u");
    vec![case("", play).always(["assertion: m on e2 in active: e2"])]
}

pub(super) fn a_goto_of_the_top_beats_an_inherited_handler() -> Vec<Case> {
    let m = machine("m").state("init").entry(|act| act.push("active")).on("e2", nothing);
    let m = m.state("active").entry(sends("e2")).exit(asserts("exit of active"));
    vec![
        case("", one(m.goto("e2", "init")))
            .always(["assertion: m on e2 in active: exit of active"]),
    ]
}

pub(super) fn a_raise_that_pushes_what_pops() -> Vec<Case> {
    let m = machine("m").state("init").entry(|act| act.raise("u")).push("u", "active");
    let m = m.state("active").entry(pops).exit(asserts("exit of active"));
    vec![case("", one(m)).always(["assertion: m on init in init: exit of active"])]
}

pub(super) fn a_raised_halt_asks_no_table() -> Vec<Case> {
    let m = machine("m").callback("halt", asserts("on-halt")).state("init").push("halt", "active");
    let m = m
        .entry(|act| {
            act.send("m", "u")?;
            act.end()
        })
        .on("u", asserts("u"));
    let m = m.state("active").entry(asserts("active"));
    vec![case("", one(m)).always(["assertion: m on init in init: on-halt"])]
}

pub(super) fn the_default_event_comes_after_what_was_sent_to_itself() -> Vec<Case> {
    let m = machine("m").state("init").entry(|act| act.raise("e1")).on("e1", sends("u"));
    let m = m
        .on("u", |act| {
            act.memory.number = 1;
            Ok(())
        })
        .goto("default", "active")
        .state("active")
        .entry(|act| if act.memory.number == 1 { fails("u came first") } else { Ok(()) });
    vec![case("", one(m)).always(["assertion: m on default in init: u came first"])]
}

pub(super) fn a_raised_event_is_ignored_and_a_default_handler_inherited() -> Vec<Case> {
    let m = machine("m").state("init").entry(|act| act.raise("u")).push("u", "active");
    let m = m.on("default", asserts("default"));
    let m = m.state("active").entry(|act| act.raise("u")).ignore("u");
    vec![case("", one(m)).always(["assertion: m on default in active: default"])]
}

pub(super) fn an_entry_gets_the_default_event() -> Vec<Case> {
    let m = machine("m").state("init").goto("default", "active").state("active").entry(tell_on);
    vec![case("", one(m)).always(["default"])]
}

pub(super) fn a_goto_then_a_raised_goto() -> Vec<Case> {
    let a = machine("a")
        .state("init")
        .entry(|act| {
            act.create("b", "b")?;
            act.send("b", "setup")?;
            act.send("b", "u")
        })
        .exit(|act| {
            act.memory.number = 1;
            Ok(())
        })
        .defer("e3")
        .goto("e1", "s1")
        .state("s1")
        .entry(|act| if act.memory.number == 1 { act.raise("u") } else { fails("no exit") })
        .goto("u", "s2")
        .state("s2")
        .entry(asserts("s2"));
    let b = machine("b").state("init").on("setup", nothing).goto("u", "sending");
    let b = b.state("sending").on("setup", nothing).entry(|act| {
        act.send("a", "e3")?;
        act.send("a", "e1")
    });
    let play = Play::new([a.species(), b.species()]).create("a", "a");
    vec![case("", play).always(["assertion: a on e1 in init: s2"])]
}

pub(super) fn what_only_the_state_below_reacts_to_pops_the_top() -> Vec<Case> {
    let part = |part, e1: &'static str, wanted: &'static str| {
        let a =
            machine("a")
                .callback("init", |act| act.create("b", "b"))
                .state("init")
                .entry(|act| act.push("s1"))
                .on("e1", move |act| {
                    if act.payload() == wanted { act.send("b", "e2") } else { fails("payload") }
                })
                .goto("e3", "s2")
                .state("s1")
                .entry(|act| act.send("b", "u"))
                .state("s2")
                .entry(asserts("s2"));
        let b = machine("b").state("init").on("u", move |act| act.send("a", e1));
        let b = b.on("e2", |act| act.send("a", "e3"));
        let play = Play::new([a.species(), b.species()]).create("a", "a");
        case(part, play).always(["assertion: a on e3 in s1: s2"])
    };
    vec![part("bare", "e1", ""), part("payload", "e1 5", "5")]
}

pub(super) fn states_pop_until_one_reacts() -> Vec<Case> {
    let m = machine("m")
        .callback("event-unhandled", |act| {
            let on = act.on().to_owned();
            act.say(&format!("unhandled {on}"))
        })
        .state("init")
        .on("e1", |act| {
            act.say("e1 in init")?;
            act.push("ready")
        })
        .goto("e2", "bad")
        .state("ready")
        .entry(says("+ready"))
        .exit(says("-ready"))
        .push("e1", "active")
        .on("e3", asserts("e3"))
        .state("active")
        .entry(says("+active"))
        .exit(says("-active"))
        .state("bad")
        .entry(says("+bad"));
    let play = send_all(one(m), &["e1", "e1", "e2", "e3"]).logging();
    let text = "e1 in init, +ready, +active, -active, -ready, +bad, !unhandled e3, unhandled-event: m on e3 in bad: no reaction in `bad`";
    vec![case("", play).ordered([text])]
}

pub(super) fn a_push_is_not_inherited() -> Vec<Case> {
    let init = || machine("m").state("init").push("e1", "ready");
    let play = |init: Machine| {
        let m = init.state("ready").entry(says("+ready")).exit(says("-ready"));
        send_all(one(m), &["e1", "e1"])
    };
    vec![
        case("a", play(init())).always(["+ready, -ready, +ready"]),
        // There is no specific reaction, so the wildcard's applies.
        case("b", play(init().defer("*"))).always(["+ready"]),
    ]
}

pub(super) fn defer_and_ignore_are_inherited() -> Vec<Case> {
    let m = machine("m").state("init").push("e1", "final").defer("e2").ignore("e3");
    let m = m.on("e4", |act| {
        let depth = act.depth();
        act.say(&format!("e4, {depth} states"))
    });
    let m = m.state("final").on("e2", tell_on);
    let play = send_all(one(m), &["e2", "e1", "e3", "e4"]);
    vec![case("", play).ordered(["e2, e4, 2 states"])]
}

pub(super) fn a_state_that_was_not_declared() -> Vec<Case> {
    let parts = [("a", [7].as_slice()), ("b", &[0, 7])].map(|(part, stack)| {
        let m = plain("m", |toy| {
            if toy.on() == "u" {
                toy.set_stack(stack);
            }
            Ok(())
        });
        let text = format!("illegal-call: m on u in init: the state stack {stack:?} is empty or has a state that was not declared");
        case(part, one(m.state("init", &["u: do"])).send("m", "u")).always([text])
    });
    parts.into()
}

pub(super) fn a_pop_of_the_start_state() -> Vec<Case> {
    let m = machine("m").state("init").exit(says("-init")).on("u", pops);
    let text = "!-init, illegal-call: m on u in init: pop of the last state, `init` (R4)";
    vec![case("", one(m).send("m", "u").logging()).always([text])]
}

pub(super) fn an_exit_that_leads_elsewhere() -> Vec<Case> {
    type Wrong = fn(&mut Move<'_, '_>) -> Handled;
    let wrong: [(&str, &str, Wrong); 4] = [
        ("a", "goto", |act| act.goto("next")),
        ("b", "push", |act| act.push("next")),
        ("c", "pop", pops),
        ("d", "raise", |act| act.raise("u")),
    ];
    let parts = wrong.map(|(part, what, act)| {
        let m = machine("m").state("init").exit(act).goto("u", "next").state("next");
        let text = format!("illegal-call: m on u in init: {what} in an exit action of `init` (R5)");
        case(part, one(m).send("m", "u")).always([text])
    });
    parts.into()
}

/// Scenario 22 a: what the table refuses.
pub(super) fn two_reactions_are_refused() -> Cells {
    use coyote_kernel::Reaction::{Defer, Do, Goto, Ignore, Push};
    for reactions in [&[Defer, Ignore][..], &[Defer, Goto(0)], &[Do, Do], &[Do, Goto(0), Push(0)]] {
        let rules = reactions.iter().map(|&reaction| Rule { kind: 0, reaction });
        let state = StateDescription {
            name: "init".to_owned(),
            rules: rules.collect(),
            temperature: coyote_kernel::Temperature::Warm,
        };
        let (kinds, states) = (vec!["e1".to_owned()], vec![state]);
        let description = Description { kinds, states, ..Description::default() };
        let refused = Table::new(&description, |_| Kind(10)).unwrap_err();
        let refused: Vec<_> = refused.iter().map(ToString::to_string).collect();
        let text = "state `init`, event `e1`: two reactions for one kind";
        assert_eq!(refused, vec![text; reactions.len() - 1]);
    }
    Cells { exhaustive: "a) refused".to_owned(), ..Cells::default() }
}

pub(super) fn a_handler_of_the_whole_actor_comes_last() -> Vec<Case> {
    let m = || machine("m").whole("e1", says("actor")).state("init");
    let a = case("a", one(m()).send("m", "e1")).always(["actor"]);
    let b = case("b", one(m().on("e1", says("state"))).send("m", "e1")).always(["state"]);
    let c = m().defer("e1").goto("next", "s1").state("s1").on("e1", says("s1"));
    let c = case("c", send_all(one(c), &["e1", "next"])).always(["s1"]);
    vec![a, b, c]
}

/// A harness that asks what M has seen of what it passed over.
fn harness(m: Machine) -> Play {
    let harness = script("harness", |toy, at| match at {
        0 => {
            toy.create("m", "m")?;
            toy.send("m", "e1")?;
            toy.send("m", "e2")?;
            toy.receive(&["answer"])
        }
        _ if toy.payload().is_empty() => Ok(()),
        _ => fails(&toy.payload()),
    });
    Play::new([harness, m.species()]).create("harness", "harness")
}

fn keep(act: &mut Move<'_, '_>) -> Handled {
    act.memory.text = act.on().to_owned();
    Ok(())
}

fn answer(act: &mut Move<'_, '_>) -> Handled {
    let answer = format!("answer {}", act.memory.text);
    act.send("harness", &answer)
}

pub(super) fn a_deferred_event_is_shown() -> Vec<Case> {
    let m = machine("m").callback("event-deferred", keep).state("init").defer("e1");
    let text = "assertion: harness on answer: e1";
    vec![case("", harness(m.on("e2", answer))).ordered([text]).unordered(["", text])]
}

pub(super) fn an_ignored_event_is_shown() -> Vec<Case> {
    let m = || machine("m").callback("event-ignored", keep).state("init").on("e2", answer);
    let (a, b) = (m().ignore("e1"), m().on("e1", |act| act.raise("u")).ignore("u"));
    let parts = [("a", a, "e1"), ("b", b, "u")].map(|(part, m, kind)| {
        let text = format!("assertion: harness on answer: {kind}");
        case(part, harness(m)).ordered([&text]).unordered(["", &text])
    });
    parts.into()
}

pub(super) fn a_plain_actor_takes_everything() -> Vec<Case> {
    let m = plain("m", |toy| {
        let on = toy.on();
        if on != "init" {
            toy.tell(&on);
        }
        Ok(())
    });
    let all = ["e1, e2, u", "e1, u, e2", "e2, e1, u", "e2, u, e1", "u, e1, e2", "u, e2, e1"];
    let play = send_all(one(m.rules(&["*: do"])), &["e2", "u", "e1"]);
    vec![case("", play).ordered(["e2, u, e1"]).unordered(all)]
}

pub(super) fn a_deferred_wildcard() -> Vec<Case> {
    let m = machine("m").state("s0").on("u", tell_on).goto("e1", "s1").defer("*");
    let m = m.state("s1").entry(says("+s1")).on("e2", tell_on);
    let play = send_all(one(m), &["e2", "u", "e1"]);
    let unhandled = "unhandled-event: m on u in s1: no reaction in `s1`";
    let more = [format!("+s1, {unhandled}"), format!("+s1, e2, {unhandled}")];
    let text = "u, +s1, e2".to_owned();
    vec![case("", play).ordered([&text]).unordered([&text, &more[0], &more[1]])]
}

pub(super) fn a_wildcard_beside_specific_handlers() -> Vec<Case> {
    let specific = |act: &mut Move<'_, '_>| {
        let on = act.on().to_owned();
        act.say(&format!("{on} specific"))
    };
    let wildcard = |act: &mut Move<'_, '_>| {
        let on = act.on().to_owned();
        act.say(&format!("{on} wildcard"))?;
        match &*on {
            "e2" => act.push("ready"),
            "e4" => act.pop(),
            _ => Ok(()),
        }
    };
    let m = machine("m").state("init").on("e1", specific).on("*", wildcard);
    let m = m.state("ready").on("e3", specific);
    let play = send_all(one(m), &["e1", "e3", "e2", "e3", "e4", "e3"]);
    let text = "e1 specific, e3 wildcard, e2 wildcard, e3 specific, e4 wildcard, e3 wildcard";
    vec![case("", play).ordered([text])]
}

pub(super) fn a_higher_wildcard_beats_a_lower_handler() -> Vec<Case> {
    let m = machine("m").state("init").on("e1", |act| {
        act.say("e1 in init")?;
        act.push("active")
    });
    let m = m.state("active").on("e2", says("e2 specific")).on("*", |act| {
        let on = act.on().to_owned();
        act.say(&format!("{on} wildcard"))
    });
    let play = send_all(one(m), &["e1", "e1", "e2"]);
    vec![case("", play).ordered(["e1 in init, e1 wildcard, e2 specific"])]
}

pub(super) fn a_wildcard_above_a_deferral_and_a_goto_on_it() -> Vec<Case> {
    let a = machine("m").state("init").defer("e1").push("e2", "active");
    let a = a.state("active").on("*", |act| {
        let on = act.on().to_owned();
        act.say(&format!("{on} by the wildcard"))
    });
    let b = machine("m").state("init").on("e1", tell_on).goto("*", "other");
    let b = b.state("other").on("e1", says("too late")).entry(|act| {
        let on = act.on().to_owned();
        act.say(&format!("other by {on}"))
    });
    vec![
        case("a", send_all(one(a), &["e1", "e2"])).always(["e1 by the wildcard"]),
        case("b", send_all(one(b), &["e1", "e2"]))
            .ordered(["e1, other by e2"])
            .unordered(["e1, other by e2", "other by e2, too late"]),
    ]
}

pub(super) fn a_wildcard_of_a_state_beats_a_handler_of_the_actor() -> Vec<Case> {
    let m = machine("m").whole("e1", says("actor")).state("init").on("*", says("wildcard"));
    vec![case("", one(m).send("m", "e1")).always(["wildcard"])]
}

pub(super) fn a_wildcard_above_what_is_ignored_below() -> Vec<Case> {
    let m = machine("m").state("init").ignore("e1").push("e2", "active");
    let m = m.state("active").on("*", |act| {
        let on = act.on().to_owned();
        act.say(&format!("{on} by the wildcard"))
    });
    let play = send_all(one(m), &["e1", "e2", "e1"]);
    vec![case("", play).ordered(["e1 by the wildcard"])]
}
