//! What remains of a trace.

use coyote_kernel::strategy::{Follow, Oracle, Random, Strategy, derive_seed};
use coyote_kernel::{
    Bounds, Bug, Cause, Choice, Delivery, Ending, Execution, Failure, FaultKind, Found, Minimised,
    Rules, Step, Temperature, Trace, minimise,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::play::{Cast, Hazard, Notice, Play, watcher};
use crate::toy::{Handled, Toy, panics, plain, sink};

/// An execution of the app that ends in a bug.
pub(crate) fn find(
    play: &Play,
    strategy: impl Strategy + 'static,
    executions: u64,
) -> Option<(Execution<Cast>, Found)> {
    let mut execution = play.stage();
    let mut oracle = Box::new(Oracle::new(Box::new(strategy)));
    for number in 0..executions {
        let (back, ending) = execution.run(oracle, derive_seed(1, number));
        oracle = back;
        if let Ending::Bug(bug) = ending {
            let trace = oracle.trace().clone();
            return Some((execution, Found { trace, fair_from: 0, bug: *bug }));
        }
    }
    None
}

/// Whether these choices, as far as they go, lead to such a bug.
fn leads_to(execution: &mut Execution<Cast>, choices: Vec<Choice>, bug: &Bug) -> bool {
    let oracle = Box::new(Oracle::new(Box::new(Follow::new(choices))));
    let (_, ending) = execution.run(oracle, 0);
    matches!(ending, Ending::Bug(found) if found.is_like(bug))
}

/// A step that can be left out. The end comes by itself.
fn superfluous(execution: &mut Execution<Cast>, trace: &Trace, bug: &Bug) -> Option<Choice> {
    let is_step = |choice: &Choice| matches!(choice, Choice::Step { .. });
    let is_end = |choice: &Choice| matches!(choice, Choice::Step { step: Step::End, .. });
    let starts = (0..trace.len()).filter(|&at| is_step(&trace.choices[at]));
    let starts = starts.filter(|&at| !is_end(&trace.choices[at]));
    let mut starts = starts.collect::<Vec<_>>().into_iter();
    starts.find_map(|at| {
        let mut choices = trace.choices.clone();
        let step = choices.remove(at);
        while choices.get(at).is_some_and(|choice| !is_step(choice)) {
            choices.remove(at);
        }
        leads_to(execution, choices, bug).then_some(step)
    })
}

fn shrink(play: &Play) -> (Execution<Cast>, Minimised) {
    let (mut execution, found) = find(play, Random::default(), 10_000).expect("there is a bug");
    let minimised = minimise(&mut execution, &found, &mut || true).unwrap();
    assert!(minimised.complete && minimised.found.bug.is_like(&found.bug));
    assert!(minimised.found.trace.len() <= found.trace.len());
    assert_eq!(superfluous(&mut execution, &minimised.found.trace, &found.bug), None);
    (execution, minimised)
}

fn check(play: &Play, expected: Expect) {
    let (execution, minimised) = shrink(play);
    let guests = &execution.guests;
    let text = guests.trace_text(&minimised.found.trace).replace(", ", "\n");
    expected.assert_eq(&format!("{text}\n{}\n", guests.bug_text(&minimised.found.bug)));
}

pub(crate) fn fails(message: &str) -> Handled {
    Err(Failure::new(Cause::Assertion, message))
}

/// Who came first at `c` and at `d`.
fn compare(notice: &mut Notice<'_>) -> Handled {
    let place = match notice.on.as_str() {
        "ca" => 1,
        "cb" => 2,
        "da" => 4,
        "db" => 8,
        _ => return Ok(()),
    };
    let side = if place < 4 { 3 } else { 12 };
    if notice.memory.number & side == 0 {
        notice.memory.number |= place;
    }
    if [9, 6].contains(&notice.memory.number) { fails("they disagree") } else { Ok(()) }
}

/// A and B each send to C and D.
pub(crate) fn crossing() -> Play {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("c", &name)?;
        toy.send("d", &name)
    });
    let listener = plain("listener", |toy| {
        let event = format!("{}{}", toy.name(), toy.on());
        if toy.on() == "init" { Ok(()) } else { toy.notify("order", &event) }
    });
    let play = Play::new([sender, listener]).watcher(watcher("order", compare));
    play.create("listener", "c").create("listener", "d").create("sender", "a").create("sender", "b")
}

#[test]
fn a_disagreement_about_an_order_needs_both_senders_and_both_receivers() {
    check(
        &crossing(),
        expect![[r#"
        start b
        start a
        start c
        b->c#1
        start d
        a->d#1
        monitor: they disagree
    "#]],
    );
}

/// Two that play ping-pong for ever have nothing to do with it.
#[test]
fn what_others_do_vanishes() {
    let player = plain("player", |toy| {
        let other = if toy.name() == "ping" { "pong" } else { "ping" };
        toy.send(other, "ball")
    });
    let mut play = crossing();
    play.species.push(player);
    let play = play.create("player", "ping").create("player", "pong");
    check(
        &play,
        expect![[r#"
        start b
        start d
        b->d#1
        start a
        start c
        a->c#1
        monitor: they disagree
    "#]],
    );
}

#[test]
fn draws_become_as_small_as_they_can_be() {
    let gambler = plain("gambler", |toy| {
        let (_, second, third) = (toy.draw(10)?, toy.draw(10)?, toy.draw(100)?);
        if second > 2 && third >= 37 { panics() } else { Ok(()) }
    });
    check(
        &Play::new([gambler]).create("gambler", "a"),
        expect![[r#"
        start a=0=3=37
        panic: a on init, boom
    "#]],
    );
}

/// Two clients read, add one, and write.
pub(crate) fn lost_update() -> Play {
    let store = plain("store", |toy| {
        let payload = toy.payload();
        match toy.on().as_str() {
            "get" => {
                let value = format!("value {}", toy.memory.number);
                toy.send(&payload, &value)?;
            }
            "set" => {
                let value = payload.parse().unwrap();
                if value <= toy.memory.number {
                    return fails(&format!("an update is lost: {value}"));
                }
                toy.memory.number = value;
            }
            _ => {}
        }
        Ok(())
    });
    let client = plain("client", |toy| match toy.on().as_str() {
        "init" => {
            let get = format!("get {}", toy.name());
            toy.send("store", &get)
        }
        _ => {
            let value = toy.payload().parse::<u64>().unwrap();
            toy.send("store", &format!("set {}", value + 1))
        }
    });
    let play = Play::new([store, client]).create("store", "store");
    ["a", "b", "c", "d", "e"].into_iter().fold(play, |play, name| play.create("client", name))
}

#[test]
fn a_lost_update_needs_two_of_five_clients() {
    check(
        &lost_update(),
        expect![[r#"
        start c
        start e
        start store
        c->store#1
        e->store#1
        store->c#1
        store->e#1
        e->store#2
        c->store#2
        assertion: store on set, an update is lost: 1
    "#]],
    );
}

/// The hub tells the listener of all that it hears: what it hears of others first changes the names of its messages.
#[test]
fn messages_keep_their_meaning_when_their_names_change() {
    let hub = plain("hub", |toy| {
        let on = toy.on();
        if on == "init" { Ok(()) } else { toy.send("listener", &on) }
    });
    let listener = plain("listener", |toy| if toy.on() == "z" { panics() } else { Ok(()) });
    let client = plain("client", |toy| {
        let name = toy.name();
        (0..3).try_for_each(|_| toy.send("hub", &name))
    });
    let play = Play::new([hub, listener, client]).create("hub", "hub");
    let play = play.create("listener", "listener");
    let play =
        ["w", "x", "y", "z"].into_iter().fold(play, |play, name| play.create("client", name));
    check(
        &play,
        expect![[r#"
        start z
        start hub
        z->hub#1
        start listener
        hub->listener#1
        panic: listener on z, boom
    "#]],
    );
}

/// Actors get their ids by the order in which their creator makes them.
#[test]
fn actors_keep_their_meaning_when_their_names_change() {
    let parent = plain("parent", |toy| {
        let on = toy.on();
        if on == "init" { Ok(()) } else { toy.create_with("child", &format!("child-{on}"), &on) }
    });
    let child = plain("child", |toy| match toy.on().as_str() {
        "init" => {
            let tick = format!("tick {}", toy.payload());
            toy.start(5, None, &tick).map(|_| ())
        }
        _ if toy.payload() == "z" => panics(),
        _ => Ok(()),
    });
    let play = Play::new([parent, child]).create("parent", "parent");
    let play = play.send("parent", "x").send("parent", "y").send("parent", "z");
    let unordered = Rules { delivery: Delivery::Unordered, ..Rules::default() };
    let (execution, minimised) = shrink(&play.rules(unordered));
    let trace = minimised.found.trace;
    assert_eq!(trace.len(), 4, "{}", execution.guests.trace_text(&trace));
}

/// A request that comes before the server is ready is forgotten.
pub(crate) fn forgotten() -> Play {
    let server = plain("server", |toy| {
        match toy.on().as_str() {
            "ready" => toy.memory.number = 1,
            "request" if toy.memory.number == 1 => toy.notify("progress", "answer")?,
            _ => {}
        }
        Ok(())
    });
    let admin = plain("admin", |toy| toy.send("server", "ready"));
    let client = plain("client", |toy| {
        toy.notify("progress", "ask")?;
        toy.send("server", "request")
    });
    let noise = plain("noise", |toy| toy.send("sink", "x"));
    let progress = watcher("progress", |notice| {
        notice.goto(u32::from(notice.on == "ask"));
        Ok(())
    });
    let progress =
        progress.state("idle", Temperature::Cold, &[]).state("owed", Temperature::Hot, &[]);
    let play = Play::new([server, admin, client, noise, sink("sink")]).watcher(progress);
    let play = play.create("server", "server").create("admin", "admin").create("client", "client");
    let play = play.create("sink", "sink");
    ["u", "v", "w"].into_iter().fold(play, |play, name| play.create("noise", name))
}

/// All that is enabled must happen, but in the order of production where that does not matter.
#[test]
fn what_shows_at_quiescence_happens_in_the_order_of_production_but_for_one_delay() {
    check(
        &forgotten(),
        expect![[r#"
        start server
        start admin
        start client
        start sink
        start u
        start v
        start w
        client->server#1
        admin->server#1
        u->sink#1
        v->sink#1
        w->sink#1
        liveness: owed
    "#]],
    );
}

/// It may always hurry, and never does.
#[test]
fn what_is_a_matter_of_patience_goes_on_as_production_would() {
    let idler = plain("idler", |toy| {
        toy.notify("progress", "ask")?;
        let name = toy.name();
        toy.send(&name, "later")
    });
    let progress = watcher("progress", |notice| {
        notice.goto(1);
        Ok(())
    });
    let progress =
        progress.state("idle", Temperature::Cold, &[]).state("owed", Temperature::Hot, &[]);
    let mut play = Play::new([idler, sink("sink")]).watcher(progress);
    play.bounds = Bounds { steps_max: 1000, temperature_max: 20 };
    let play = play.create("sink", "x").create("sink", "y").create("idler", "a");
    let (mut execution, original) = find(&play, Random::default(), 100).unwrap();
    let Found { trace, bug, .. } = minimise(&mut execution, &original, &mut || true).unwrap().found;
    assert!(matches!(bug, Bug::PotentialLiveness { .. }));
    // Those that have nothing to do with it come first.
    let alternatives = trace.choices.iter().filter(|choice| choice.taken() > 0);
    assert_eq!((alternatives.count(), trace.len()), (0, 23));
}

/// Of many messages one is lost that matters.
pub(crate) fn lossy() -> Play {
    let sender = plain("sender", |toy| {
        toy.notify("progress", "ask")?;
        ["x", "y", "request"].into_iter().try_for_each(|event| toy.send("server", event))
    });
    let server = plain("server", |toy| {
        if toy.on() == "request" { toy.notify("progress", "answer") } else { Ok(()) }
    });
    let progress = watcher("progress", |notice| {
        notice.goto(u32::from(notice.on == "ask"));
        Ok(())
    });
    let progress = progress.state("idle", Temperature::Cold, &[]);
    let progress = progress.state("owed", Temperature::Hot, &[]);
    let play =
        Play::new([sender, server]).watcher(progress).hazard(Hazard::new(FaultKind::Loss, 3));
    play.create("server", "server").create("sender", "a")
}

#[test]
fn faults_that_do_not_matter_do_not_strike() {
    check(
        &lossy(),
        expect![[r#"
        start server
        start a
        a->server#1
        a->server#2
        fault 0 a->server#3
        liveness: owed
    "#]],
    );
}

#[test]
fn without_time_the_trace_stays_what_it_is() {
    let (mut execution, found) = find(&lost_update(), Random::default(), 1000).unwrap();
    let minimised = minimise(&mut execution, &found, &mut || false).unwrap();
    assert_eq!((minimised.found.trace, minimised.complete), (found.trace, false));
}

#[test]
fn a_trace_of_another_app_is_refused() {
    let (_, found) = find(&lost_update(), Random::default(), 1000).unwrap();
    let refused = minimise(&mut crossing().stage(), &found, &mut || true).unwrap_err();
    assert!(matches!(refused.ending, Ending::Diverged(_)), "{refused}");
}

/// An app that is nothing but its seed: what it does depends on all that came before.
pub(crate) fn chaos(seed: u32, delivery: Delivery) -> Play {
    let act = move |toy: &mut Toy<'_>| {
        let number = toy.payload().parse::<u64>().unwrap_or(u64::from(seed));
        let name = toy.name();
        let state = u64::try_from(toy.memory.number).unwrap();
        let mut mixed = derive_seed(number ^ state, name.bytes().map(u64::from).sum());
        let mut below = |bound: u64| {
            mixed = derive_seed(mixed, bound);
            mixed % bound
        };
        toy.memory.number = i64::try_from(below(1 << 30)).unwrap();
        if below(9) == 0 && toy.draw(4)? == 2 || state != 0 && below(40) == 0 {
            return panics();
        }
        if toy.on() == "tick" {
            return Ok(());
        }
        for _ in 0..below(3) {
            match below(8) {
                0 => toy.start(below(3), None, "tick").map(|_| ())?,
                1 => toy.create_with(
                    "p",
                    &format!("{name}.{}", below(100)),
                    &below(1000).to_string(),
                )?,
                _ => toy.send(&format!("p{}", below(4)), &format!("x {}", below(1000)))?,
            }
        }
        Ok(())
    };
    let kinds = FaultKind::ALL;
    let hazard = Hazard::new(kinds[seed as usize % kinds.len()], seed / 100 % 3);
    let mut play =
        Play::new([plain("p", act)]).hazard(hazard).rules(Rules { delivery, ..Rules::default() });
    play.bounds.steps_max = 60;
    ["p0", "p1", "p2", "p3"].into_iter().fold(play, |play, name| play.create("p", name))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_step_of_a_minimised_trace_can_be_left_out(seed: u32, model in 0..4_usize) {
        let play = chaos(seed, Delivery::ALL[model]);
        if let Some((mut execution, found)) = find(&play, Random::default(), 20) {
            let minimised = minimise(&mut execution, &found, &mut || true).unwrap();
            let smaller = minimised.found;
            prop_assert!(minimised.complete && smaller.bug.is_like(&found.bug));
            prop_assert!(smaller.trace.steps().count() <= found.trace.steps().count());
            prop_assert_eq!(superfluous(&mut execution, &smaller.trace, &found.bug), None);
            let again = minimise(&mut execution, &smaller, &mut || true).unwrap();
            prop_assert_eq!(again.found, smaller);
        }
    }
}
