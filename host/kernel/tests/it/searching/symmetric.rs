//! Actors that are interchangeable are found, those that are not are told apart, and no bug hides behind the difference.

use std::collections::BTreeSet;

use coyote_kernel::{
    BugKind, Delivery, Interchangeable, Method, Rules, Search, SearchBounds, Searched, Temperature,
};
use proptest::prelude::*;

use super::agreement::text;
use super::{BOUNDS, remembered};
use crate::play::{Play, watcher};
use crate::toy::{Handled, Species, Toy, panics, plain};

fn search(
    method: Method,
    symmetry: bool,
    keeps_going: bool,
    bounds: SearchBounds,
    play: &Play,
) -> (Searched, BTreeSet<String>) {
    let mut execution = play.stage();
    let search = Search { method, bounds, keeps_going, charts: true, symmetry };
    let searched = search.run(&mut execution, |seen| seen.transitions < 100_000);
    let found = searched.found.iter().filter(|found| found.bug.kind() != BugKind::Lasso);
    let bugs = found.map(|found| text(&execution.guests.bug_text(&found.bug))).collect();
    (searched, bugs)
}

pub(super) fn has_lasso(searched: &Searched) -> bool {
    searched.found.iter().any(|found| found.bug.kind() == BugKind::Lasso)
}

/// A search up to symmetry that goes on after bugs sees those that one sees that tells everybody apart.
#[track_caller]
pub(super) fn check_bugs(
    bounds: SearchBounds,
    play: &Play,
    each: &Searched,
    bugs: &BTreeSet<String>,
) {
    let (alike, found) = search(Method::Stateful, true, true, bounds, play);
    assert!(alike.is_exhausted() && alike.states <= each.states);
    assert!(alike.finals.is_subset(&each.finals));
    assert_eq!((alike.finals.is_empty(), &found), (each.finals.is_empty(), bugs));
}

/// A search that tells everybody apart sees what one up to symmetry sees; how many states there are each way, depth first
/// and breadth first, if all are seen.
#[track_caller]
fn check(bounds: SearchBounds, play: &Play) -> Option<[[u64; 2]; 2]> {
    let counts = [Method::Stateful, Method::BreadthFirst].map(|method| {
        let (each, bugs) = search(method, false, true, bounds, play);
        if !each.is_exhausted() {
            return None;
        }
        let (alike, found) = search(method, true, true, bounds, play);
        assert!(alike.is_exhausted() && alike.states <= each.states);
        assert!(alike.finals.is_subset(&each.finals));
        assert_eq!(alike.finals.is_empty(), each.finals.is_empty());
        assert_eq!(found, bugs);
        assert_eq!(has_lasso(&alike), has_lasso(&each));
        if method == Method::BreadthFirst {
            assert_eq!(alike.depth, each.depth);
        }
        // An orbit has no more states than the group has permutations. What is forgotten under `causal` comes on top.
        let orders =
            alike.interchangeable.iter().map(|class| (1..=class.count as u64).product::<u64>());
        let orders: u64 = orders.product();
        assert!(play.rules.delivery == Delivery::Causal || alike.states * orders >= each.states);
        let (alike, found) = search(method, true, false, bounds, play);
        let has_bug = |bugs: &BTreeSet<String>, searched| !bugs.is_empty() || has_lasso(searched);
        assert_eq!(has_bug(&found, &alike), has_bug(&bugs, &each), "{alike:?}");
        // Which of them it is that is named in the text is up to symmetry.
        let kinds = |bugs: &BTreeSet<String>| -> BTreeSet<_> {
            bugs.iter().map(|bug| bug.replace(['a', 'b', 'c', 'd'], "")).collect()
        };
        assert!(kinds(&found).is_subset(&kinds(&bugs)));
        for found in alike.found.iter().filter(|found| found.bug.kind() != BugKind::Lasso) {
            let replayed = play.tally(found.replay(), 1);
            assert_eq!(replayed.count(&found.bug.kind().to_string()), 1);
        }
        Some([each.states, alike.states])
    });
    let [stateful, breadth_first] = counts;
    Some([stateful?, breadth_first?])
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn with(play: Play, species: &str, count: usize) -> Play {
    let species: &'static str = species.to_owned().leak();
    NAMES[..count].iter().fold(play, |play, name| play.create(species, name))
}

/// n actors that do not know each other, with k states each one after the other, are multisets: (n + k - 1 over n).
#[test]
fn independent_actors_make_multisets() {
    let stepper = plain("stepper", |toy| {
        toy.memory.number += 1;
        let name = toy.name();
        if toy.memory.number < 3 { toy.send(&name, "step") } else { Ok(()) }
    });
    let play = |count| with(Play::new([stepper.clone()]), "stepper", count);
    for (count, multisets) in [(2, 10), (3, 20), (4, 35), (5, 56), (6, 84)] {
        let all = 4_u64.pow(u32::try_from(count).unwrap());
        let counts = check(BOUNDS, &play(count));
        assert_eq!(counts, Some([[all, multisets]; 2]));
    }
    let (searched, _) = search(Method::Stateful, true, true, BOUNDS, &play(4));
    let all = Interchangeable { name: "stepper".to_owned(), count: 4 };
    assert_eq!(searched.interchangeable, [all]);
}

/// What a listener remembers of the senders up to who they are: how many there were.
#[test]
fn orders_that_are_remembered_are_states_up_to_names() {
    for (count, states, orbits) in [(2, 5, 3), (3, 16, 4), (4, 65, 5)] {
        let play = Play::new(remembered()).create("listener", "x");
        let counts = check(BOUNDS, &with(play, "sender", count).started());
        assert_eq!(counts, Some([[states, orbits]; 2]));
    }
}

/// A hub asks all its participants in their order, and answers the last one. Nobody else can tell the order, whatever
/// the delivery.
#[test]
fn a_broadcast_is_symmetric_in_all_models() {
    let hub = |count: usize| {
        plain("hub", move |toy| {
            if toy.on() == "init" {
                return NAMES[..count].iter().try_for_each(|name| toy.send(name, "ask"));
            }
            toy.memory.number += 1;
            if toy.memory.number == i64::try_from(count).unwrap() {
                return NAMES[..count].iter().try_for_each(|name| toy.send(name, "done"));
            }
            Ok(())
        })
    };
    let participant = plain("participant", |toy| match toy.on().as_str() {
        "ask" => {
            let drawn = toy.draw(2)?;
            toy.memory.number = drawn.into();
            toy.send("hub", "answer")
        }
        _ => Ok(()),
    });
    for delivery in [Delivery::Causal, Delivery::Pairwise, Delivery::Unordered] {
        let play = Play::new([hub(3), participant.clone()]).create("hub", "hub");
        let rules = Rules { delivery, ..Rules::default() };
        let play = with(play, "participant", 3).rules(rules);
        let [[each, alike], breadth_first] = check(BOUNDS, &play).unwrap();
        assert_eq!(breadth_first, [each, alike]);
        assert!(3 * alike < each, "{delivery:?}: {alike} of {each}");
    }
}

/// If participants talk to each other, it shows under `causal` who was told first.
#[test]
fn a_broadcast_to_those_who_talk_is_not_symmetric_under_causal_delivery() {
    let hub = plain("hub", |toy| {
        if toy.on() == "init" {
            toy.send("a", "x").and_then(|()| toy.send("b", "x"))
        } else {
            Ok(())
        }
    });
    let gossip = plain("gossip", |toy| {
        let (on, other) = (toy.on(), if toy.name() == "a" { "b" } else { "a" });
        toy.memory.text += &on;
        if on == "x" { toy.send(other, "y") } else { Ok(()) }
    });
    let play = |delivery| {
        let play = Play::new([hub.clone(), gossip.clone()]).create("hub", "hub");
        with(play, "gossip", 2).rules(Rules { delivery, ..Rules::default() })
    };
    let [causal, _] = check(BOUNDS, &play(Delivery::Causal)).unwrap();
    let [pairwise, _] = check(BOUNDS, &play(Delivery::Pairwise)).unwrap();
    assert_eq!(causal[0], causal[1]);
    assert!(pairwise[1] < pairwise[0]);
}

/// Each claims to be the first; the bug is only there if `b` comes before `a`, which compares names.
#[test]
fn a_bug_of_one_order_only_is_found() {
    let racer = plain("racer", |toy| {
        let name = toy.name();
        toy.send("judge", &name)
    });
    let judge = plain("judge", |toy| {
        let on = toy.on();
        if on == "init" {
            return Ok(());
        }
        if toy.memory.text > on {
            return panics();
        }
        toy.memory.text = on;
        Ok(())
    });
    let play = with(Play::new([racer, judge]), "racer", 2).create("judge", "judge");
    for method in [Method::Stateful, Method::BreadthFirst] {
        let (searched, bugs) = search(method, true, false, BOUNDS, &play);
        assert_eq!((bugs.len(), searched.interchangeable.len()), (1, 0));
    }
    check(BOUNDS, &play);
}

/// Children of interchangeable actors are interchangeable together with them.
#[test]
fn children_go_with_their_parents() {
    let parent = plain("parent", |toy| {
        let child: &'static str = format!("{}'s", toy.name()).leak();
        if toy.on() == "init" {
            return toy.create("child", child);
        }
        toy.memory.number += 1;
        if toy.memory.number == 1 { toy.send(child, "again") } else { Ok(()) }
    });
    let child = plain("child", |toy| {
        let parent = toy.name().chars().next().unwrap().to_string();
        toy.send(&parent, "hello")
    });
    let play = with(Play::new([parent, child]), "parent", 3);
    let [[each, alike], breadth_first] = check(BOUNDS, &play).unwrap();
    assert_eq!(breadth_first, [each, alike]);
    // Each is in one of so many states, in which the others are alone.
    let one = (1..).find(|one: &u64| one.pow(3) == each).unwrap();
    assert_eq!(alike, one * (one + 1) * (one + 2) / 6);
}

/// What a twin does with an event.
#[derive(Clone, Debug)]
enum Act {
    /// To itself, the next in a circle, all others in the order of their names, the hub, or whoever sent the event.
    Send(Whom, usize),
    Remember,
    RememberSender,
    /// Sorted, each once.
    NoteSender,
    Count,
    Draw,
    Notify(bool),
    Arm(u64),
    Stop,
    Create,
    Halt,
    /// If it is the so-manieth event.
    Fail(i64),
    /// Only if its name is before that of the sender.
    Unless(Box<Self>),
}

#[derive(Clone, Copy, Debug)]
enum Whom {
    Itself,
    Next,
    Others,
    Hub,
    Sender,
}

const KINDS: [&str; 2] = ["x", "y"];

/// Twins, and one other: what each does in its first turn, on `x` and on `y`.
#[derive(Clone, Debug)]
struct Program {
    count: usize,
    twin: [Vec<Act>; 3],
    hub: [Vec<Act>; 3],
    delivery: Delivery,
    watches: Option<Watches>,
}

/// What a monitor minds.
#[derive(Clone, Copy, Debug)]
enum Watches {
    /// How much it hears of.
    Number,
    /// In which order, too.
    Order,
    /// Whether that is odd, in the end or for ever.
    Parity,
}

fn species(name: &'static str, count: usize, acts: &[Vec<Act>; 3]) -> Species {
    let acts = acts.clone();
    plain(name, move |toy| {
        let on = toy.on();
        let kind = KINDS.iter().position(|&kind| kind == on);
        let payload = toy.payload();
        let mut words = payload.split(' ');
        let left = words.next().and_then(|left| left.parse().ok()).unwrap_or(2_u32);
        let sender = words.next().unwrap_or("hub").to_owned();
        toy.memory.number += i64::from(kind.is_some());
        let acts = &acts[kind.map_or(0, |kind| kind + 1)];
        acts.iter().try_for_each(|act| perform(toy, act, count, (left, &sender)))
    })
}

fn perform(toy: &mut Toy<'_>, act: &Act, count: usize, (left, sender): (u32, &str)) -> Handled {
    let name = toy.name();
    match act {
        &Act::Send(whom, kind) if left > 0 => {
            let event = format!("{} {} {name}", KINDS[kind], left - 1);
            let place = NAMES.iter().position(|&other| other == name);
            match whom {
                Whom::Itself => toy.send(&name, &event),
                Whom::Next => toy.send(NAMES[place.map_or(0, |at| (at + 1) % count)], &event),
                Whom::Others => NAMES[..count]
                    .iter()
                    .filter(|&&other| other != name)
                    .try_for_each(|other| toy.send(other, &event)),
                Whom::Hub => toy.send("hub", &event),
                Whom::Sender => toy.send(sender, &event),
            }
        }
        Act::Arm(after) if left > 0 => {
            toy.memory.timer = toy.start(*after, None, &format!("x {} {name}", left - 1))?;
            Ok(())
        }
        Act::Create if left > 0 && toy.on() == "init" => {
            let child: &'static str = format!("{name}'s").leak();
            toy.create("child", child)
        }
        Act::Send(..) | Act::Arm(_) | Act::Create => Ok(()),
        Act::Remember => {
            toy.memory.text += &toy.on();
            Ok(())
        }
        Act::RememberSender => {
            toy.memory.text += sender;
            Ok(())
        }
        Act::NoteSender => {
            let mut names: BTreeSet<char> = toy.memory.text.chars().collect();
            names.extend(sender.chars());
            toy.memory.text = names.into_iter().collect();
            Ok(())
        }
        Act::Count => {
            toy.memory.number += 1;
            Ok(())
        }
        Act::Draw => {
            toy.memory.number += 10 * i64::from(toy.draw(2)?);
            Ok(())
        }
        Act::Notify(by_name) => toy.notify("judge", if *by_name { &name } else { "x" }),
        Act::Stop => toy.stop(toy.memory.timer),
        Act::Halt => {
            toy.halt();
            Ok(())
        }
        Act::Fail(number) if toy.memory.number == *number => panics(),
        Act::Fail(_) => Ok(()),
        Act::Unless(act) if name.as_str() < sender => perform(toy, act, count, (left, sender)),
        Act::Unless(_) => Ok(()),
    }
}

impl Program {
    fn play(&self) -> Play {
        let twin = species("twin", self.count, &self.twin);
        let hub = species("hub", self.count, &self.hub);
        let child = plain("child", |toy| {
            let parent = toy.name().trim_end_matches("'s").to_owned();
            if toy.on() == "init" { toy.send(&parent, "y 0 hub") } else { Ok(()) }
        });
        let rules = Rules { delivery: self.delivery, ..Rules::default() };
        let play = Play::new([twin, hub, child]).rules(rules).kinds(&KINDS);
        let play = match self.watches {
            None => play,
            Some(Watches::Parity) => {
                let judge = watcher("judge", |notice| {
                    notice.memory.number = 1 - notice.memory.number;
                    notice.goto(u32::try_from(notice.memory.number).unwrap());
                    Ok(())
                });
                let judge = judge.state("even", Temperature::Cold, &[]);
                play.watcher(judge.state("odd", Temperature::Hot, &[]))
            }
            Some(watches) => play.watcher(watcher("judge", move |notice| {
                let on = notice.on.clone();
                notice.memory.number += 1;
                if matches!(watches, Watches::Order) && notice.memory.text > on {
                    return panics();
                }
                notice.memory.text = on;
                if notice.memory.number == 4 { panics() } else { Ok(()) }
            })),
        };
        with(play, "twin", self.count).create("hub", "hub")
    }
}

fn act(is_hub: bool) -> impl Strategy<Value = Act> {
    let whom = if is_hub {
        vec![Whom::Others, Whom::Sender]
    } else {
        vec![Whom::Itself, Whom::Next, Whom::Others, Whom::Hub, Whom::Sender]
    };
    let plain = prop_oneof![
        12 => (prop::sample::select(whom), 0..2_usize).prop_map(|(whom, kind)| Act::Send(whom, kind)),
        2 => Just(Act::Remember),
        2 => Just(Act::RememberSender),
        3 => Just(Act::NoteSender),
        2 => Just(Act::Count),
        1 => Just(Act::Draw),
        2 => any::<bool>().prop_map(Act::Notify),
        1 => (1..4_u64).prop_map(Act::Arm),
        1 => Just(Act::Stop),
        1 => Just(Act::Create),
        1 => Just(Act::Halt),
        1 => (1..4_i64).prop_map(Act::Fail),
    ];
    (plain, prop::bool::weighted(0.1))
        .prop_map(|(act, unless)| if unless { Act::Unless(Box::new(act)) } else { act })
}

fn program() -> impl Strategy<Value = Program> {
    let acts = |is_hub| {
        let acts = move || prop::collection::vec(act(is_hub), 0..3);
        (acts(), acts(), acts()).prop_map(|(init, x, y)| [init, x, y])
    };
    let delivery = prop::sample::select(Delivery::ALL.to_vec());
    let watches = prop::sample::select(vec![Watches::Number, Watches::Order, Watches::Parity]);
    let watches = prop::option::weighted(0.6, watches);
    (2..4_usize, acts(false), acts(true), delivery, watches).prop_map(
        |(count, twin, hub, delivery, watches)| Program { count, twin, hub, delivery, watches },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_search_up_to_symmetry_agrees_about_random_programs(program in program()) {
        let bounds = SearchBounds { states_max: 3_000, traces_max: 3_000, depth_max: 60 };
        check(bounds, &program.play());
    }
}

/// Where progress can be owed, whoever owes it is interchangeable all the same, but loops are looked for among all states.
#[test]
fn progress_that_is_owed_is_owed_up_to_symmetry() {
    let done = || {
        let done = watcher("done", |_| Ok(())).state("idle", Temperature::Cold, &[]);
        done.state("waiting", Temperature::Hot, &[])
    };
    let asker = plain("asker", |toy| toy.notify("done", "asked"));
    let play = with(Play::new([asker]).watcher(done()), "asker", 3);
    assert_eq!(check(BOUNDS, &play), Some([[8, 4]; 2]));
    let awaits = watcher("done", |notice| {
        notice.goto(1);
        Ok(())
    });
    let awaits = awaits.state("idle", Temperature::Cold, &["asked: do"]);
    let awaits = awaits.state("waiting", Temperature::Hot, &["asked: ignore"]);
    // Whoever asks first gets a token, and passes it to the other one, and so on.
    let hub = plain("hub", |toy| {
        let first = toy.payload();
        toy.memory.number += 1;
        if toy.on() == "ask" && toy.memory.number == 2 { toy.send(&first, "token") } else { Ok(()) }
    });
    let passer = plain("passer", |toy| {
        let name = toy.name();
        if toy.on() == "token" {
            return toy.send(if name == "a" { "b" } else { "a" }, "token");
        }
        toy.notify("done", "asked")?;
        toy.send("hub", &format!("ask {name}"))
    });
    let play = with(Play::new([hub, passer]).watcher(awaits).create("hub", "hub"), "passer", 2);
    for symmetry in [false, true] {
        let (searched, _) = search(Method::Stateful, symmetry, false, BOUNDS, &play);
        assert!(has_lasso(&searched), "{searched:?}");
    }
}

/// Whoever is created by one actor, one after the other, is interchangeable as well.
#[test]
fn children_of_one_parent_are_interchangeable() {
    let stepper = plain("stepper", |toy| {
        toy.memory.number += 1;
        let name = toy.name();
        if toy.memory.number < 3 { toy.send(&name, "step") } else { toy.send("maker", "done") }
    });
    let maker = plain("maker", |toy| match toy.on().as_str() {
        "init" => NAMES[..3].iter().try_for_each(|name| {
            toy.create("stepper", name)?;
            toy.send(name, "step")
        }),
        _ => Ok(()),
    });
    for delivery in [Delivery::Causal, Delivery::Pairwise, Delivery::Unordered] {
        let play = Play::new([maker.clone(), stepper.clone()]).create("maker", "maker");
        let play = play.rules(Rules { delivery, ..Rules::default() });
        let [[each, alike], breadth_first] = check(BOUNDS, &play).unwrap();
        assert_eq!(breadth_first, [each, alike]);
        assert!(3 * alike < each, "{delivery:?}: {alike} of {each}");
    }
}
