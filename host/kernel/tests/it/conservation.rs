//! No event is lost or told of twice, whatever halts, fails or is full: every event that was sent is taken,
//! ignored or a dead letter in the end, once.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use coyote_kernel::{Beyond, Overflow, Restart, RestartFrom};
use proptest::prelude::*;

use crate::toy::{App, Handled, Species, Toy, World, panics, plain};

const ACTORS: [&str; 6] = ["block", "fail", "newest", "oldest", "parks", "permanent"];

/// Does what the number in the event says; events have a depth, so that it ends, and a serial number.
fn act(toy: &mut Toy<'_>, serial: &Cell<u64>) -> Handled {
    if toy.on() == "init" || toy.on() == "passed" {
        return Ok(());
    }
    let payload = toy.payload();
    let mut numbers = payload.split(' ').skip(1).map(|number| number.parse::<u64>().unwrap());
    let (depth, mut seed) = (numbers.next().unwrap(), numbers.next().unwrap());
    if depth == 0 {
        return Ok(());
    }
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    for _ in 0..below(5) {
        serial.set(serial.get() + 1);
        let kind = ["x", "x", "d", "i"][usize::try_from(below(4)).unwrap()];
        let event = format!("{kind} {} {} {}", serial.get(), depth - 1, below(1 << 30));
        let child = format!("child-{}", serial.get());
        if below(8) == 0 {
            toy.create("block", &child)?;
            toy.send(&child, &event)?;
        } else {
            toy.send(ACTORS[usize::try_from(below(6)).unwrap()], &event)?;
        }
    }
    match below(12) {
        0 => return panics(),
        1 => toy.halt(),
        2 | 3 => toy.set_stack(&[1]),
        4..=8 => toy.set_stack(&[0]),
        _ => {}
    }
    Ok(())
}

fn species(serial: &Rc<Cell<u64>>) -> Vec<Species> {
    let one = |name| {
        let serial = serial.clone();
        let species = plain(name, move |toy| act(toy, &serial)).tells(true, false);
        species.state("open", &["i: ignore"]).state("closed", &["d: defer", "i: ignore"])
    };
    let transient = |name, overflow| {
        let species = one(name).inbox(2, overflow).retries(1);
        species.restarts(Restart::Transient, RestartFrom::LastTurn).beyond(Beyond::Halt)
    };
    vec![
        transient("block", Overflow::Block),
        transient("fail", Overflow::Fail),
        transient("newest", Overflow::DropNewest),
        transient("oldest", Overflow::DropOldest),
        one("parks").inbox(1, Overflow::Block),
        one("permanent")
            .inbox(3, Overflow::Block)
            .restarts(Restart::Permanent, RestartFrom::Initial),
    ]
}

#[derive(Clone, Debug)]
enum Op {
    Send(usize, u64),
    Step(usize),
    Receive(usize),
    /// Everything is saved and loaded.
    Reload,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        2 => (0..ACTORS.len(), any::<u32>()).prop_map(|(to, seed)| Op::Send(to, seed.into())),
        4 => (0..2_usize).prop_map(Op::Step),
        3 => (0..2_usize).prop_map(Op::Receive),
    ];
    prop::collection::vec(op, 0..60)
}

/// Among them is one that saves and loads everything.
fn ops_with_reload() -> impl Strategy<Value = Vec<Op>> {
    (ops(), any::<prop::sample::Index>()).prop_map(|(mut ops, place)| {
        ops.insert(place.index(ops.len() + 1), Op::Reload);
        ops
    })
}

fn run(ops: &[Op], homes: u16, shards: usize) -> World {
    let serial = Rc::new(Cell::new(0));
    let homes: Vec<_> =
        ACTORS.iter().enumerate().map(|(place, &name)| (name, homes >> place & 1)).collect();
    let app = App { shards, ..App::pair(species(&serial), &homes) };
    let mut world = World::new(app);
    for name in ACTORS {
        world.create(name, name);
    }
    for op in ops {
        match *op {
            Op::Send(to, seed) => {
                serial.set(serial.get() + 1);
                world.send(ACTORS[to], &format!("x {} 3 {seed}", serial.get()));
            }
            Op::Step(shard) => {
                world.step(shard.min(shards.saturating_sub(1)));
            }
            Op::Receive(shard) => {
                world.receive(shard);
            }
            Op::Reload => world.reload(),
        }
    }
    world.run();
    world
}

fn check_all_settled(mut world: World) -> Result<(), TestCaseError> {
    // Nobody who could go on is left behind: what waits is deferred, or waits for somebody who is full.
    world.abandon();
    let sorted = |events: &[String]| {
        let mut events = events.to_vec();
        events.sort();
        events
    };
    prop_assert_eq!(sorted(&world.sent), sorted(&world.settled));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_is_lost_or_doubled_on_two_shards(ops in ops(), homes in 0..64_u16) {
        check_all_settled(run(&ops, homes, 2))?;
    }

    #[test]
    fn no_event_is_lost_or_doubled_on_one_shard(ops in ops()) {
        check_all_settled(run(&ops, 0, 0))?;
    }

    #[test]
    fn no_event_is_lost_or_doubled_when_two_shards_are_saved_and_loaded(
        ops in ops_with_reload(),
        homes in 0..64_u16,
    ) {
        check_all_settled(run(&ops, homes, 2))?;
    }

    /// What an app does after it was loaded is what it would have done.
    #[test]
    fn one_shard_goes_on_after_it_was_loaded_as_it_would_have(ops in ops_with_reload()) {
        let without = ops.iter().filter(|op| !matches!(op, Op::Reload)).cloned();
        let without: Vec<_> = without.collect();
        prop_assert_eq!(run(&ops, 0, 0).told, run(&without, 0, 0).told);
    }

    /// Serial numbers rise, and `x` is never deferred: so those that one actor takes from another rise, too.
    #[test]
    fn events_of_one_sender_keep_their_order_on_two_shards(ops in ops(), homes in 0..64_u16) {
        let world = run(&ops, homes, 2);
        let mut last = BTreeMap::new();
        for line in world.told.iter().filter(|line| line.contains(": x ")) {
            let words: Vec<_> = line.split(' ').collect();
            let [receiver, "x", serial, _, _, rest @ ..] = &*words else { continue };
            let sender = rest.last().copied().unwrap_or(receiver);
            let serial: u64 = serial.parse().unwrap();
            let earlier = last.insert((receiver.to_owned(), sender.to_owned()), serial);
            // Equal if it was offered again.
            prop_assert!(earlier.is_none_or(|earlier| earlier <= serial), "{}", line);
        }
    }
}

/// One actor waits before a full inbox on the other shard, and creates another as soon as both live on one.
#[test]
fn somebody_may_be_created_while_an_app_is_loaded() {
    use Op::{Receive, Reload, Send, Step};
    let begin = [Receive(0), Receive(0), Step(0), Receive(0), Send(0, 4_292_642_920), Receive(0)];
    let go_on = [Step(0), Step(0), Receive(0), Send(4, 2_554_385_815)];
    let block =
        [Step(0), Step(0), Step(0), Step(0), Receive(0), Step(0), Step(0), Step(0), Step(0)];
    let ops = [&begin[..], &go_on, &block, &[Reload]].concat();
    check_all_settled(run(&ops, 38, 2)).unwrap();
}
