//! All states, each once: counts against arithmetic, and against depth-first search without any reduction.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use coyote_kernel::strategy::Dfs;
use coyote_kernel::{
    Bug, Delivery, Method, Rules, Search, SearchBounds, Searched, Slot, Snapshots, Temperature,
    TimerMode,
};

use crate::play::{Cast, Play, watcher};
use crate::puzzles::{clients, four_pairs};
use crate::toy::{Memory, Species, panics, plain, sink};

pub(crate) mod agreement;
mod kept;
mod probing;
mod symmetric;
mod traces;
mod walking;

pub(crate) const BOUNDS: SearchBounds =
    SearchBounds { states_max: 1_000_000, traces_max: 1_000_000, depth_max: 1_000 };

impl Snapshots for Cast {
    type Instances = (Vec<Memory>, Vec<Memory>, Vec<String>);

    fn instances(&self) -> Self::Instances {
        self.parts()
    }

    fn put_back(&mut self, instances: &Self::Instances) {
        self.set_parts(instances.clone());
    }

    fn image(&self, slot: Slot) -> u128 {
        // One that has had no turn may have a place already or not.
        self.parts().0.get(slot.index()).map_or_else(|| image(&Memory::default()), image)
    }

    fn monitor_image(&self, monitor: u32) -> u128 {
        self.parts().1.get(monitor as usize).map_or(0, image)
    }

    fn tells_time(&self) -> bool {
        false
    }

    fn keep(&mut self, slot: Slot, key: u128) {
        self.keep_part(slot.index(), key);
    }

    fn put_kept(&mut self, slot: Slot, key: u128) -> bool {
        self.put_part(slot.index(), key)
    }

    fn keep_monitor(&mut self, monitor: u32, state: u32, key: u128) {
        self.keep_watcher(monitor, state, key);
    }

    fn put_monitor(&mut self, monitor: u32, key: u128) -> Option<u32> {
        self.put_watcher(monitor, key)
    }
}

fn image(Memory { number, timer, text, stack, at }: &Memory) -> u128 {
    let mut hasher = DefaultHasher::new();
    (number, timer, text, stack, at).hash(&mut hasher);
    u128::from(hasher.finish())
}

fn all(play: &Play) -> Searched {
    by(Method::Stateful, play)
}

pub(crate) fn by(method: Method, play: &Play) -> Searched {
    let search =
        Search { method, bounds: BOUNDS, keeps_going: true, charts: true, symmetry: false };
    search.run(&mut play.stage(), |_| true)
}

fn kinds(searched: &Searched) -> BTreeSet<String> {
    searched.found.iter().map(|found| found.bug.kind().to_string()).collect()
}

/// n messages to one inbox that nobody remembers: a state is a set of those that have arrived.
#[test]
fn n_senders_to_one_inbox_make_two_to_the_n_states() {
    for count in 1..=6 {
        let sender = plain("sender", |toy| {
            let name = toy.name();
            toy.send("x", &name)
        });
        let names = ["a", "b", "c", "d", "e", "f"];
        let play = Play::new([sender, sink("sink")]).create("sink", "x");
        let play = names[..count].iter().fold(play, |play, name| play.create("sender", name));
        let play = play.started();
        let searched = all(&play);
        let states = 1 << count;
        assert_eq!((searched.states, searched.finals.len()), (states, 1));
        // All orders come to the same, and one of them is taken.
        assert_eq!(searched.transitions, states - 1);
        // From each set, one more of those that are missing.
        let unreduced = by(Method::BreadthFirst, &play);
        assert_eq!(unreduced.transitions, count as u64 * states / 2);
        assert!(searched.is_exhausted());
    }
}

/// Four pairs that pass a ball: 6^4 states, and one step to each that does not come too late; 4,320 if all are taken.
#[test]
fn independent_pairs_make_a_product_of_states() {
    let play = four_pairs();
    let searched = all(&play);
    assert_eq!((searched.states, searched.transitions, searched.finals.len()), (1_296, 1_295, 1));
    assert!(searched.is_exhausted());
    assert_eq!(by(Method::BreadthFirst, &play).transitions, 4_320);
}

/// Depth-first search without reduction sees the same bugs, and the search sees no fewer.
#[test]
fn a_search_finds_the_bugs_that_all_executions_show() {
    for (count, requests) in [(2, 1), (3, 1), (2, 2)] {
        let play = clients(count, requests);
        let (searched, tally) = (all(&play), play.tally(Dfs::default(), 1_000_000));
        assert!(searched.is_exhausted() && tally.exhausted);
        assert!(searched.found.is_empty());
        assert!(searched.states < tally.executions * 10);
    }
}

/// Pinned: a change of what is in the key shows here.
#[test]
fn clients_and_requests_have_these_states() {
    let states =
        [(2, 2), (3, 2), (3, 3)].map(|(count, requests)| all(&clients(count, requests)).states);
    assert_eq!(states, [45, 741, 3_961]);
}

/// Senders of their names to `x`, and a listener that remembers in which order they came.
fn remembered() -> [Species; 2] {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("x", &name)
    });
    let listener = plain("listener", |toy| {
        let on = toy.on();
        toy.memory.text += &on;
        Ok(())
    });
    [sender, listener]
}

/// n messages to one inbox that remembers their order: a state is an order of some of them.
#[test]
fn orders_that_are_remembered_are_states() {
    for (count, states, orders) in [(1, 2, 1), (2, 5, 2), (3, 16, 6), (4, 65, 24)] {
        let play = Play::new(remembered()).create("listener", "x");
        let names = ["a", "b", "c", "d"];
        let play = names[..count].iter().fold(play, |play, name| play.create("sender", name));
        let searched = all(&play.started());
        assert_eq!((searched.states, searched.finals.len()), (states, orders));
    }
}

#[test]
fn a_bug_comes_with_a_trace_that_leads_to_it() {
    let racer = plain("racer", |toy| {
        let name = toy.name();
        toy.notify("order", &name)
    });
    let order = watcher("order", |notice| {
        notice.memory.number += 1;
        if notice.on == "b" && notice.memory.number == 1 {
            return panics();
        }
        Ok(())
    });
    let play = Play::new([racer]).watcher(order).create("racer", "a").create("racer", "b");
    let searched = all(&play);
    assert_eq!(kinds(&searched).into_iter().collect::<Vec<_>>(), ["monitor"]);
    let found = &searched.found[0];
    let replayed = play.tally(found.replay(), 1);
    assert_eq!(replayed.count("monitor"), 1);
}

/// Draws count as steps do (T7): the third step is the seventh choice.
#[test]
fn a_bug_beyond_the_bound_of_an_execution_is_none() {
    let drawer = plain("drawer", |toy| {
        toy.memory.number += 1;
        if toy.memory.number == 3 {
            return panics();
        }
        toy.draw(2)?;
        toy.draw(2)?;
        toy.send("a", "again")
    });
    let play = Play::new([drawer]).create("drawer", "a");
    for (steps_max, is_found) in [(6, false), (7, true)] {
        let mut play = play.clone();
        play.bounds.steps_max = steps_max;
        for charts in [false, true] {
            for method in [Method::Stateful, Method::BreadthFirst, Method::Dpor] {
                let search =
                    Search { method, bounds: BOUNDS, keeps_going: true, charts, symmetry: false };
                let searched = search.run(&mut play.stage(), |_| true);
                assert_eq!(!searched.found.is_empty(), is_found);
                assert_eq!(searched.cut > 0, !is_found);
            }
        }
    }
}

#[test]
fn progress_that_is_owed_at_quiescence_is_found() {
    let asker = plain("asker", |toy| {
        let lost = toy.draw(3)? == 2;
        toy.notify("done", "asked")?;
        if lost { Ok(()) } else { toy.notify("done", "answered") }
    });
    let done = watcher("done", |notice| {
        notice.goto(u32::from(notice.on == "asked"));
        Ok(())
    })
    .state("idle", Temperature::Cold, &[])
    .state("waiting", Temperature::Hot, &[]);
    let play = Play::new([asker]).watcher(done).create("asker", "a");
    let searched = all(&play);
    assert_eq!(searched.transitions, 3);
    assert!(matches!(&searched.found[0].bug, Bug::Liveness { state, .. } if state == "waiting"));
}

/// Scenario 58 c: somebody sends to himself for ever while progress is owed.
#[test]
fn a_loop_in_which_progress_is_owed_is_a_lasso() {
    let spinner = |asks: bool| {
        plain("spinner", move |toy| {
            if toy.on() == "init" {
                toy.notify("done", "asked")?;
                if asks {
                    toy.send("b", "answer")?;
                }
            }
            toy.send("a", "again")
        })
    };
    let done = watcher("done", |notice| {
        notice.goto(u32::from(notice.on == "asked"));
        Ok(())
    })
    .state("idle", Temperature::Cold, &[])
    .state("waiting", Temperature::Hot, &[]);
    let looping = |asks: bool| {
        let answerer = plain("answerer", |toy| {
            if toy.on() == "init" { Ok(()) } else { toy.notify("done", "answered") }
        });
        let play = Play::new([spinner(asks), answerer]).watcher(done.clone());
        all(&play.create("spinner", "a").create("answerer", "b").started_but(&["a"]))
    };
    let searched = looping(false);
    let is_lasso = matches!(&searched.found[..], [found] if matches!(found.bug, Bug::Lasso { .. }));
    assert!(is_lasso, "{searched:?}");
    // The answer is enabled all along: not to take it is not fair.
    let searched = looping(true);
    assert!(searched.found.is_empty(), "{searched:?}");
}

#[test]
fn timers_that_never_end_make_finitely_many_states() {
    let clock = plain("clock", |toy| {
        if toy.on() == "init" {
            toy.start(10, Some(10), "tick")?;
            toy.start(15, Some(10), "tock")?;
        }
        Ok(())
    });
    let searched = all(&Play::new([clock]).create("clock", "clock"));
    assert!(searched.is_exhausted() && searched.states < 10, "{searched:?}");
}

/// Turns of actors that are created while the search is under way are run few times each, and looked up from then on.
#[test]
fn turns_of_actors_that_come_and_go_are_looked_up() {
    let maker = plain("maker", |toy| {
        toy.create("server", "server")?;
        ["a", "b", "c"].iter().try_for_each(|name| toy.create("client", name))
    });
    let client = plain("client", |toy| {
        if toy.memory.number == 2 {
            toy.halt();
            return Ok(());
        }
        toy.memory.number += 1;
        let name = toy.name();
        toy.send("server", &name)
    });
    let server = plain("server", |toy| match toy.on().as_str() {
        "init" => Ok(()),
        client => toy.send(client, "pong"),
    });
    let play = Play::new([maker, client, server]).create("maker", "maker");
    let run = |charts| {
        let search = Search {
            method: Method::Stateful,
            bounds: BOUNDS,
            keeps_going: true,
            charts,
            symmetry: false,
        };
        let mut execution = play.stage();
        let searched = search.run(&mut execution, |_| true);
        (searched.states, searched.transitions, execution.guests.turns)
    };
    let (states, _, turns) = run(true);
    let in_kernel = run(false);
    assert_eq!(states, in_kernel.0);
    assert!(in_kernel.2 >= in_kernel.1 && turns < in_kernel.1 / 2, "{turns} of {in_kernel:?}");
}

/// Two apps differ in what an actor will begin with, although whoever created it has forgotten that.
#[test]
fn what_an_actor_begins_with_is_part_of_the_state() {
    let maker = plain("maker", |toy| {
        let drawn = toy.draw(2)?;
        toy.create_with("child", "c", &drawn.to_string())
    });
    let child = plain("child", |toy| if toy.payload() == "1" { panics() } else { Ok(()) });
    let play = Play::new([maker, child]).create("maker", "m");
    for method in [Method::Stateful, Method::BreadthFirst, Method::Dpor] {
        assert_eq!(kinds(&by(method, &play)), BTreeSet::from(["panic".to_owned()]), "{method:?}");
    }
}

/// What a state is depends on what can still happen: under a weaker model more orders are possible.
#[test]
fn weaker_delivery_models_have_no_fewer_final_states() {
    let p = plain("p", |toy| {
        toy.send("l", "e")?;
        toy.send("s", "req")
    });
    let s = plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) });
    let l = plain("l", |toy| {
        let on = toy.on();
        toy.memory.text += &on;
        Ok(())
    });
    let terminal = Delivery::ALL.map(|delivery| {
        let rules = Rules { delivery, timers: TimerMode::default(), ..Rules::default() };
        let play = Play::new([p.clone(), s.clone(), l.clone()]).rules(rules);
        all(&play.create("l", "l").create("s", "s").create("p", "p")).finals.len()
    });
    assert_eq!(terminal, [1, 1, 2, 2]);
}
