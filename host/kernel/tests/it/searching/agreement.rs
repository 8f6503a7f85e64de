//! All methods see the same: those that reduce beside one that does not.

use std::collections::BTreeSet;

use coyote_kernel::{
    BugKind, Delivery, FaultKind, Method, Overflow, Restart, RestartFrom, Rules, Search,
    SearchBounds, Searched, Temperature, TimerMode,
};
use proptest::prelude::*;

use super::symmetric::has_lasso;
use super::{BOUNDS, symmetric};
use crate::conformance;
use crate::play::{Hazard, Play, Watcher, watcher};
use crate::puzzles::{clients, small};
use crate::toy::{Handled, Toy, panics, plain};

/// What a method sees within these bounds, and the texts of the bugs.
fn search(
    method: Method,
    charts: bool,
    bounds: SearchBounds,
    play: &Play,
) -> (Searched, BTreeSet<String>) {
    let mut execution = play.stage();
    let search = Search { method, bounds, keeps_going: true, charts, symmetry: false };
    let searched = search.run(&mut execution, |seen| seen.transitions < 20_000);
    // Loops are seen by one method only.
    let found = searched.found.iter().filter(|found| found.bug.kind() != BugKind::Lasso);
    let bugs = found.map(|found| text(&execution.guests.bug_text(&found.bug))).collect();
    (searched, bugs)
}

/// What is said about a bug, without numbers.
pub(super) fn text(bug: &str) -> String {
    bug.replace(|c: char| c.is_ascii_digit(), "")
}

/// All methods see the same final states and the same bugs, as far as they come to their end within these bounds.
#[track_caller]
fn check(bounds: SearchBounds, play: &Play) {
    let (unreduced, bugs) = search(Method::BreadthFirst, false, bounds, play);
    if !unreduced.is_exhausted() {
        return;
    }
    let (charted, found) = search(Method::BreadthFirst, true, bounds, play);
    assert!(charted.is_exhausted());
    assert_eq!((charted.states, &charted.finals), (unreduced.states, &unreduced.finals));
    assert_eq!((charted.transitions, found), (unreduced.transitions, bugs.clone()));
    let mut loops = Vec::new();
    for charts in [false, true] {
        let (stateful, found) = search(Method::Stateful, charts, bounds, play);
        loops.push(has_lasso(&stateful));
        assert_eq!((stateful.states, &stateful.finals), (unreduced.states, &unreduced.finals));
        assert!(stateful.is_exhausted() && stateful.transitions <= unreduced.transitions);
        assert_eq!(found, bugs);
        replay(&stateful, play);
    }
    assert_eq!(loops[0], loops[1]);
    symmetric::check_bugs(bounds, play, &unreduced, &bugs);
    let (traces, found) = search(Method::Dpor, false, bounds, play);
    if traces.is_exhausted() {
        assert_eq!((&traces.finals, found), (&unreduced.finals, bugs), "{traces:?}");
    }
    [unreduced, charted, traces].iter().for_each(|searched| replay(searched, play));
}

/// The traces of all bugs lead to them.
#[track_caller]
fn replay(searched: &Searched, play: &Play) {
    for found in &searched.found {
        if found.bug.kind() == BugKind::Lasso {
            continue;
        }
        let replayed = play.tally(found.replay(), 1);
        let outcomes: Vec<_> = replayed.outcomes.keys().collect();
        assert_eq!(replayed.count(&found.bug.kind().to_string()), 1, "{outcomes:?}");
    }
}

#[test]
fn all_methods_agree_about_puzzles() {
    for delivery in Delivery::ALL {
        let rules = || Rules { delivery, ..Rules::default() };
        for play in small(clients(2, 2)) {
            check(BOUNDS, &play.rules(rules()));
        }
    }
}

/// Among them are tasks, conditions, cells, timers, faults, supervision, halts and full inboxes.
#[test]
fn all_methods_agree_about_all_scenarios() {
    let bounds = SearchBounds { states_max: 2_000, traces_max: 2_000, depth_max: 100 };
    for (number, case) in conformance::cases() {
        for play in case.plays() {
            println!("scenario {number} {}, {:?}", case.part, play.rules.delivery);
            check(bounds, &play);
        }
    }
}

/// What a toy does with an event.
#[derive(Clone, Debug)]
enum Act {
    Send(usize, usize),
    Notify(usize),
    /// Makes the order of what it hears a part of its state.
    Remember,
    Draw,
    Start(u64, usize),
    Stop,
    Create,
    Watch(usize),
    Goto(u32),
    Halt,
    Fail,
}

/// A small app: for each toy, what it does in its first turn, on `x` and on `y`.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    toys: Vec<[Vec<Act>; 3]>,
    /// How many messages may follow from one of a first turn.
    left: u32,
    pub(crate) rules: Rules,
    /// Whether the second toy puts off `y` until it has gone to its other state.
    defers: bool,
    overflow: Option<Overflow>,
    supervision: Option<(Restart, RestartFrom)>,
    pub(crate) hazard: Option<(FaultKind, usize)>,
    watches: Option<bool>,
}

const TOYS: [&str; 3] = ["a", "b", "c"];
const CHILDREN: [&str; 3] = ["a's", "b's", "c's"];
const KINDS: [&str; 2] = ["x", "y"];

impl Program {
    pub(crate) fn play(&self) -> Play {
        let count = self.toys.len();
        let toys = self.toys.iter().cloned().zip(TOYS).enumerate().map(|(number, (acts, name))| {
            let (left, has_states) = (self.left, self.defers && number == 1);
            let toy = plain(name, move |toy| {
                let on = toy.on();
                let on_kind = KINDS.iter().position(|&kind| kind == on);
                let acts = match (on.as_str(), on_kind) {
                    ("init", _) => &acts[0],
                    (_, Some(kind)) => &acts[1 + kind],
                    _ => &acts[1],
                };
                let left = if on == "init" { left } else { toy.payload().parse().unwrap_or(0) };
                let part = Part { number, count, left, has_states };
                acts.iter().try_for_each(|act| part.perform(toy, act))
            });
            let toy = match self.overflow {
                Some(overflow) if number == 0 => toy.inbox(2, overflow),
                _ => toy,
            };
            let toy = match self.supervision {
                Some((restart, from)) => toy.restarts(restart, from),
                None => toy,
            };
            if has_states {
                toy.state("first", &["y: defer", "*: do"]).state("second", &["x: ignore", "*: do"])
            } else {
                toy
            }
        });
        let child =
            plain("child", |toy| if toy.on() == "init" { toy.send("a", "x") } else { Ok(()) });
        let play = Play::new(toys.chain([child])).rules(self.rules.clone()).kinds(&KINDS);
        let play = if self.supervision.is_some() { play.supervised() } else { play };
        let play = match self.hazard {
            Some((kind, budget)) => {
                play.hazard(Hazard::new(kind, u32::try_from(budget).unwrap()).actors(&["a", "b"]))
            }
            None => play,
        };
        let play = match self.watches {
            Some(hot) => play.watcher(judge(hot)),
            None => play,
        };
        TOYS[..count].iter().fold(play, |play, name| play.create(name, name))
    }
}

/// A toy in one of its turns.
struct Part {
    number: usize,
    count: usize,
    left: u32,
    has_states: bool,
}

impl Part {
    fn perform(&self, toy: &mut Toy<'_>, act: &Act) -> Handled {
        let event = |kind: usize| format!("{} {}", KINDS[kind], self.left.saturating_sub(1));
        match *act {
            Act::Send(to, kind) if self.left > 0 => toy.send(TOYS[to % self.count], &event(kind)),
            Act::Start(after, kind) if self.left > 0 => {
                toy.memory.timer = toy.start(after, None, &event(kind))?;
                Ok(())
            }
            Act::Create if self.left > 0 => toy.create("child", CHILDREN[self.number]),
            Act::Send(..) | Act::Start(..) | Act::Create => Ok(()),
            Act::Notify(kind) => toy.notify("judge", KINDS[kind]),
            Act::Remember => {
                toy.memory.text += &toy.on();
                Ok(())
            }
            Act::Draw => {
                // Of more draws than the number has bits for, the latest.
                toy.memory.number = toy.memory.number << 1 | i64::from(toy.draw(2)?);
                Ok(())
            }
            Act::Stop => toy.stop(toy.memory.timer),
            Act::Watch(whom) => toy.watch(TOYS[whom % self.count]),
            Act::Goto(state) => {
                if self.has_states {
                    toy.set_stack(&[state]);
                }
                Ok(())
            }
            Act::Halt => {
                toy.halt();
                Ok(())
            }
            Act::Fail => panics(),
        }
    }
}

/// Fails at a `y` after exactly one `x`; it may be that progress is owed after an `x`.
fn judge(hot: bool) -> Watcher {
    let temperature = if hot { Temperature::Hot } else { Temperature::Warm };
    watcher("judge", |notice| {
        notice.goto(u32::from(notice.on == "x"));
        if notice.on == "x" {
            notice.memory.number += 1;
        } else if notice.memory.number == 1 {
            return panics();
        }
        Ok(())
    })
    .state("idle", Temperature::Cold, &[])
    .state("waiting", temperature, &[])
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..3_usize, 0..2_usize).prop_map(|(to, kind)| Act::Send(to, kind)),
        2 => (0..2_usize).prop_map(Act::Notify),
        4 => Just(Act::Remember),
        1 => Just(Act::Draw),
        2 => (1..4_u64, 0..2_usize).prop_map(|(after, kind)| Act::Start(after, kind)),
        1 => Just(Act::Stop),
        1 => Just(Act::Create),
        1 => (0..3_usize).prop_map(Act::Watch),
        2 => (0..2_u32).prop_map(Act::Goto),
        1 => Just(Act::Halt),
        1 => Just(Act::Fail),
    ]
}

pub(crate) fn program() -> impl Strategy<Value = Program> {
    let acts = || prop::collection::vec(act(), 0..3);
    let toy = (acts(), acts(), acts()).prop_map(|(init, x, y)| [init, x, y]);
    let rules = (0..4_usize, any::<bool>()).prop_map(|(delivery, earliest)| Rules {
        delivery: Delivery::ALL[delivery],
        timers: if earliest { TimerMode::Earliest } else { TimerMode::Unordered },
        ..Rules::default()
    });
    let overflow = prop::sample::select(vec![
        Overflow::Block,
        Overflow::Fail,
        Overflow::DropNewest,
        Overflow::DropOldest,
    ]);
    let supervision = (
        prop::sample::select(vec![Restart::Permanent, Restart::Transient, Restart::Temporary]),
        prop::sample::select(vec![RestartFrom::Initial, RestartFrom::LastTurn]),
    );
    let hazard = (prop::sample::select(FaultKind::ALL.to_vec()), 1..3_usize);
    (
        (prop::collection::vec(toy, 2..4), 1..3_u32, rules, any::<bool>()),
        (
            prop::option::weighted(0.2, overflow),
            prop::option::weighted(0.3, supervision),
            prop::option::weighted(0.3, hazard),
            prop::option::weighted(0.5, any::<bool>()),
        ),
    )
        .prop_map(|((toys, left, rules, defers), (overflow, supervision, hazard, watches))| {
            Program { toys, left, rules, defers, overflow, supervision, hazard, watches }
        })
}

/// A program in which nothing can happen but starts and arrivals.
pub(super) fn plain_program() -> impl Strategy<Value = Program> {
    let is_plain = |act: &Act| {
        !matches!(act, Act::Start(..) | Act::Create | Act::Watch(_) | Act::Halt | Act::Stop)
    };
    program().prop_map(move |mut program| {
        program.toys.iter_mut().flatten().for_each(|acts| acts.retain(is_plain));
        Program { hazard: None, ..program }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn all_methods_agree_about_random_programs(program in program()) {
        let bounds = SearchBounds { states_max: 3_000, traces_max: 3_000, depth_max: 60 };
        check(bounds, &program.play());
    }
}
