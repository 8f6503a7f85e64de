//! The kernel beside a naive twin: lists of text, searched from the front, no slots, no indices.

use proptest::prelude::*;

use coyote_kernel::{Overflow, Restart, RestartFrom};

use crate::toy::{App, Toy, World, panics, plain};

const BOUND: usize = 2;
const RESTARTS: u32 = 3;

/// What a turn does, in order; the same for both.
#[derive(Clone, Debug)]
enum Action {
    Send(String, String),
    Create(String),
    Close(bool),
    Halt,
    Fail,
}

/// Events are `x depth seed` or `d depth seed`.
fn actions(me: &str, event: &str) -> Vec<Action> {
    let mut words = event.split(' ').skip(1).map(|word| word.parse::<u64>().unwrap());
    let (Some(depth), Some(mut seed)) = (words.next(), words.next()) else { return Vec::new() };
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let mut actions = Vec::new();
    for _ in 0..if depth == 0 { 0 } else { below(5) } {
        let kind = ["x", "d"][usize::try_from(below(2)).unwrap()];
        let event = format!("{kind} {} {}", depth - 1, below(1 << 30));
        let child = format!("{me}.{}", below(1 << 30));
        actions.push(match below(16) {
            0 => Action::Halt,
            1 => Action::Fail,
            2 | 3 => Action::Close(true),
            4 | 5 => Action::Close(false),
            6 => Action::Create(child),
            _ => Action::Send(format!("p{}", below(4)), event),
        });
    }
    actions
}

fn act(toy: &mut Toy<'_>) -> Result<(), coyote_kernel::Failure> {
    if toy.on() == "init" {
        return Ok(());
    }
    let event = format!("{} {}", toy.on(), toy.payload());
    for action in actions(&toy.name(), &event) {
        match action {
            Action::Send(to, event) => toy.send(&to, &event)?,
            Action::Create(name) => toy.create("p", &name)?,
            Action::Close(closed) => toy.set_stack(&[u32::from(closed)]),
            Action::Halt => toy.halt(),
            Action::Fail => panics()?,
        }
    }
    Ok(())
}

#[derive(Debug, Default, PartialEq)]
enum Life {
    #[default]
    Starting,
    Up,
    Halting,
    Parked,
}

#[derive(Debug, Default)]
struct Actor {
    name: String,
    life: Life,
    closed: bool,
    restarts: u32,
    /// Sender, event, and whether a scan in the present state has passed over it.
    inbox: Vec<(String, String, bool)>,
    overflow: Vec<(String, String)>,
    blocked: bool,
    held: Vec<Action>,
}

#[derive(Default)]
struct Twin {
    actors: Vec<Actor>,
    ready: Vec<String>,
    freed: Vec<String>,
    told: Vec<String>,
}

impl Twin {
    fn actor(&mut self, name: &str) -> Option<&mut Actor> {
        self.actors.iter_mut().find(|actor| actor.name == name)
    }

    fn queue(&mut self, name: &str) {
        if !self.ready.iter().any(|ready| ready == name) {
            self.ready.push(name.to_owned());
        }
    }

    fn create(&mut self, name: &str) {
        self.actors.push(Actor { name: name.to_owned(), ..Actor::default() });
        self.queue(name);
    }

    fn dead(&mut self, reason: &str, from: &str, to: &str, event: &str) {
        self.told.push(format!("dead letter, {reason}: {event} from {from} to {to}"));
    }

    /// Whether the sender is held up.
    fn send(&mut self, from: &str, to: &str, event: &str) -> bool {
        let life = self.actor(to).map(|actor| &actor.life);
        let reason = match life {
            None | Some(Life::Halting) => "halted",
            Some(Life::Parked) => "failed",
            Some(Life::Starting | Life::Up) => {
                let actor = self.actor(to).unwrap();
                if actor.inbox.len() >= BOUND && from != to {
                    actor.overflow.push((from.to_owned(), event.to_owned()));
                    return true;
                }
                actor.inbox.push((from.to_owned(), event.to_owned(), false));
                self.queue(to);
                return false;
            }
        };
        self.dead(reason, from, to, event);
        false
    }

    fn release(&mut self, name: &str, mut actions: Vec<Action>) {
        while !actions.is_empty() {
            match actions.remove(0) {
                Action::Send(to, event) => {
                    if self.send(name, &to, &event) {
                        let actor = self.actor(name).unwrap();
                        (actor.blocked, actor.held) = (true, actions);
                        return;
                    }
                }
                Action::Create(child) => self.create(&child),
                Action::Close(_) | Action::Halt | Action::Fail => {}
            }
        }
    }

    fn settle(&mut self) {
        while !self.freed.is_empty() {
            let name = self.freed.remove(0);
            let Some(actor) = self.actor(&name) else { continue };
            actor.blocked = false;
            let held = std::mem::take(&mut actor.held);
            self.release(&name, held);
            if self.actor(&name).unwrap().blocked {
                continue;
            }
            if self.actor(&name).unwrap().life == Life::Halting {
                self.bury(&name);
            } else {
                self.queue_if_waiting(&name);
            }
        }
    }

    fn queue_if_waiting(&mut self, name: &str) {
        let actor = self.actor(name).unwrap();
        let waits = actor.life == Life::Starting || actor.inbox.iter().any(|(.., seen)| !seen);
        if waits && !actor.blocked {
            self.queue(name);
        }
    }

    fn drain(&mut self, name: &str, reason: &str) {
        let actor = self.actor(name).unwrap();
        let (inbox, overflow) =
            (std::mem::take(&mut actor.inbox), std::mem::take(&mut actor.overflow));
        for (from, event, _) in inbox {
            self.dead(reason, &from, name, &event);
        }
        for (from, event) in overflow {
            self.dead(reason, &from, name, &event);
            self.freed.push(from);
        }
    }

    fn bury(&mut self, name: &str) {
        self.actors.retain(|actor| actor.name != name);
        self.told.push(format!("{name} is gone"));
    }

    /// One turn; whether there was one.
    fn step(&mut self) -> bool {
        while !self.ready.is_empty() {
            let name = self.ready.remove(0);
            let Some(actor) = self.actor(&name) else { continue };
            if actor.blocked {
                continue;
            }
            match actor.life {
                Life::Starting => {
                    actor.life = Life::Up;
                    self.told.push(format!("{name}: init"));
                    self.queue_if_waiting(&name);
                    return true;
                }
                Life::Up => {}
                Life::Halting | Life::Parked => continue,
            }
            let closed = actor.closed;
            let place =
                actor.inbox.iter().position(|(_, event, _)| !closed || event.starts_with('x'));
            let passed = place.unwrap_or(actor.inbox.len());
            actor.inbox.iter_mut().take(passed).for_each(|(.., seen)| *seen = true);
            if let Some(place) = place {
                let (from, event, _) = actor.inbox.remove(place);
                if actor.inbox.len() < BOUND && !actor.overflow.is_empty() {
                    let (from, event) = actor.overflow.remove(0);
                    actor.inbox.push((from.clone(), event, false));
                    self.queue(&name);
                    self.freed.push(from);
                    self.settle();
                }
                self.turn(&name, &from, &event);
                return true;
            }
        }
        false
    }

    fn turn(&mut self, name: &str, from: &str, event: &str) {
        let by = if from == name { String::new() } else { format!(" from {from}") };
        self.told.push(format!("{name}: {event}{by}"));
        let actions = actions(name, event);
        let actor = self.actor(name).unwrap();
        if actions.iter().any(|action| matches!(action, Action::Fail)) {
            let (kind, state) = (&event[..1], if actor.closed { "closed" } else { "open" });
            let comes_back = actor.restarts < RESTARTS;
            actor.restarts += 1;
            let outcome =
                if comes_back { "restarted" } else { "limit `max-restarts`: 3 within 10s; parked" };
            let text = format!("{name} failed on {kind} in {state}: panic: boom; {outcome}");
            self.told.push(text);
            self.dead("failed-turn", from, name, event);
            let actor = self.actor(name).unwrap();
            if comes_back {
                (actor.life, actor.closed) = (Life::Starting, false);
                actor.inbox.iter_mut().for_each(|(.., seen)| *seen = false);
                self.queue_if_waiting(name);
            } else {
                actor.life = Life::Parked;
                self.drain(name, "failed");
            }
            return self.settle();
        }
        let closed = actions.iter().rev().find_map(|action| match action {
            Action::Close(closed) => Some(*closed),
            _ => None,
        });
        if closed.is_some_and(|closed| closed != actor.closed) {
            actor.closed = !actor.closed;
            actor.inbox.iter_mut().for_each(|(.., seen)| *seen = false);
        }
        let halts = actions.iter().any(|action| matches!(action, Action::Halt));
        self.release(name, actions);
        if halts {
            self.actor(name).unwrap().life = Life::Halting;
            self.drain(name, "halted");
            if !self.actor(name).unwrap().blocked {
                self.bury(name);
            }
        } else {
            self.queue_if_waiting(name);
        }
        self.settle();
    }
}

#[derive(Clone, Debug)]
enum Op {
    Create,
    Send(u8, String),
    Step,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let event = (0..2_usize, any::<u32>())
        .prop_map(|(kind, seed)| format!("{} 3 {seed}", ["x", "d"][kind]));
    let op = prop_oneof![
        1 => Just(Op::Create),
        4 => (0..4_u8, event).prop_map(|(to, event)| Op::Send(to, event)),
        6 => Just(Op::Step),
    ];
    prop::collection::vec(op, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_does_what_its_naive_twin_does(ops in ops()) {
        let species = plain("p", act)
            .state("open", &[])
            .state("closed", &["d: defer"])
            .inbox(u32::try_from(BOUND).unwrap(), Overflow::Block)
            .restarts(Restart::Transient, RestartFrom::Initial);
        let mut world = World::new(App::alone([species]));
        let mut twin = Twin::default();
        let create = |world: &mut World, twin: &mut Twin, name: &str| {
            world.create("p", name);
            twin.create(name);
        };
        for number in 0..4 {
            create(&mut world, &mut twin, &format!("p{number}"));
        }
        for (number, op) in ops.iter().enumerate() {
            match op {
                Op::Create => create(&mut world, &mut twin, &format!("q{number}")),
                Op::Send(to, event) => {
                    world.send(&format!("p{to}"), event);
                    twin.send("env", &format!("p{to}"), event);
                }
                Op::Step => prop_assert_eq!(world.step(0), twin.step()),
            }
        }
        while world.step(0) | twin.step() {}
        prop_assert_eq!(&world.told, &twin.told);
        let mut live: Vec<_> = twin.actors.iter().map(|actor| actor.name.clone()).collect();
        live.sort();
        prop_assert_eq!(world.live(), live);
    }
}
