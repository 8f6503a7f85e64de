//! Toy apps in the order of production, on one shard or on several in one thread.

use std::cell::RefCell;
use std::rc::Rc;

use coyote_kernel::strategy::{Fifo, Oracle, Random, Strategy, derive_seed};
use coyote_kernel::{
    ActorId, Alone, Bug, Ending, Event, Guests, Kernel, Monitors, Outbox, Output, Recovery,
    ShardIndex,
};

use super::{Cast, Play};
use crate::link::{Link, Net};
use crate::toy::Memory;

struct Shard {
    kernel: Kernel,
    link: Link,
    outbox: Outbox,
    instances: Vec<Memory>,
}

/// An app that runs.
struct Production {
    shards: Vec<Shard>,
    net: Rc<RefCell<Net>>,
    cast: Cast,
    monitors: Monitors,
    oracle: Option<Box<Oracle>>,
}

impl Play {
    /// The app as production runs it, up to the first violation. The clock is never late; on several shards, which one
    /// goes on, and whether it first takes in what others sent, depends on the seed.
    pub(crate) fn produce(&self, shards: ShardIndex, seed: u64) -> String {
        let mut production = self.production(shards, seed);
        for turn in 0..u64::from(self.bounds.steps_max) {
            if let Some(bug) = production.bug() {
                return production.cast.observed(&Ending::Bug(Box::new(bug)));
            }
            if !production.go_on(derive_seed(seed, turn)) {
                return production.cast.observed(&Ending::Quiescent);
            }
        }
        production.cast.observed(&Ending::Cut)
    }

    fn production(&self, shards: ShardIndex, seed: u64) -> Production {
        let mut cast = self.cast();
        let definitions = self.definitions(&cast.blueprint);
        let monitors = Monitors::new(self.monitors(&cast.blueprint));
        let net = Net::new(usize::from(shards), 1000);
        net.borrow_mut().spreads = true;
        let shards = (0..shards).map(|here| Shard {
            kernel: Kernel::new(definitions.clone()),
            link: if shards == 1 {
                Link::Alone(Alone::new(1000))
            } else {
                Link::Port(here, net.clone())
            },
            outbox: Outbox::default(),
            instances: Vec::new(),
        });
        let mut shards: Vec<_> = shards.collect();
        for (shard, parcel) in self.set_up(&cast.blueprint, &mut shards[0].link) {
            let Shard { kernel, link, .. } = &mut shards[usize::from(shard)];
            kernel.receive(parcel, link);
        }
        cast.begin();
        // One shard is what the first schedule of an exploration does, draws included.
        let draws: Box<dyn Strategy> =
            if shards.len() == 1 { Box::new(Fifo) } else { Box::new(Random::default()) };
        let mut oracle = Some(Box::new(Oracle::new(draws)));
        oracle.as_mut().unwrap().strategy().begin(seed);
        Production { shards, net, cast, monitors, oracle }
    }
}

impl Production {
    /// One turn or one parcel, and where there is neither, the next timer; whether there was anything.
    fn go_on(&mut self, random: u64) -> bool {
        let count = self.shards.len();
        let first = usize::try_from(random % count as u64).unwrap();
        let receives_first = random & 0x100 == 0;
        for shard in (0..count).map(|shard| (first + shard) % count) {
            if receives_first && self.receive(shard) || self.turn(shard) || self.receive(shard) {
                return true;
            }
        }
        // A cell answers without a turn.
        if self.net.borrow().queues.iter().any(|queue| !queue.is_empty()) {
            return true;
        }
        let due = self.shards.iter().filter_map(|shard| shard.kernel.next_due()).min();
        if let Some(due) = due {
            self.shards.iter_mut().for_each(|shard| shard.kernel.advance(due));
        }
        due.is_some()
    }

    fn receive(&mut self, shard: usize) -> bool {
        let parcel = self.net.borrow_mut().queues[shard].pop_front();
        let Some(parcel) = parcel else { return false };
        let Shard { kernel, link, .. } = &mut self.shards[shard];
        kernel.receive(parcel, link);
        true
    }

    fn turn(&mut self, shard: usize) -> bool {
        let Shard { kernel, link, outbox, instances } = &mut self.shards[shard];
        let Some(turn) = kernel.next(outbox, link) else { return false };
        let (cast, slot) = (&mut self.cast, turn.slot);
        // The cast knows the instances of one kernel.
        std::mem::swap(&mut cast.instances, instances);
        let failed = match cast.turn(kernel, &turn, outbox, &mut self.oracle) {
            Ok(()) => match kernel.commit(turn, outbox, link) {
                Ok(ended) => {
                    cast.commit(slot, ended);
                    None
                }
                Err(refused) => Some(refused.into_failure(|kind| cast.kind_name(kind))),
            },
            Err(failure) => Some((turn, failure)),
        };
        if let Some((turn, failure)) = failed {
            outbox.clear();
            let recovery = kernel.fail(turn, failure, link);
            cast.recover(slot, recovery);
        }
        std::mem::swap(&mut cast.instances, instances);
        true
    }

    /// The first violation that a shard reports.
    fn bug(&mut self) -> Option<Bug> {
        let outputs = self.shards.iter_mut().flat_map(|shard| shard.kernel.take_outputs());
        let outputs: Vec<_> = outputs.collect();
        outputs.into_iter().find_map(|output| self.bug_of(output))
    }

    /// What is reported of an output, as exploration does.
    fn bug_of(&mut self, output: Output) -> Option<Bug> {
        let Self { cast, monitors, .. } = self;
        match output {
            Output::Failed { turn, recovery, supervised } => {
                let lives_on = supervised && recovery != Recovery::Stopped;
                (!lives_on).then_some(Bug::Failed(turn))
            }
            Output::Violation(violation) => Some(Bug::Broken(violation)),
            Output::Notified { from, notifications } => notifications
                .into_iter()
                .find_map(|(name, event)| self.notify(self.monitors.number(&name)?, &event, from)),
            Output::DeadLetter(letter) => {
                let name = cast.kind_name(letter.event.kind);
                let monitors = (0..monitors.count())
                    .filter_map(|monitor| Some((monitor, monitors.definition(monitor).dropped?)));
                let monitors: Vec<_> = monitors.collect();
                monitors.into_iter().find_map(|(monitor, kind)| {
                    self.notify(monitor, &letter.notice(kind, &name), ActorId::ENVIRONMENT)
                })
            }
            _ => None,
        }
    }

    fn notify(&mut self, monitor: u32, event: &Event, notifier: ActorId) -> Option<Bug> {
        let Self { cast, monitors, .. } = self;
        if monitors.ignores(monitor, event.kind) {
            return None;
        }
        let state = monitors.state_name(monitor).to_owned();
        match cast.watch(monitor, Some(event)) {
            Ok(entered) => {
                entered.into_iter().for_each(|state| monitors.enter(monitor, state));
                None
            }
            Err(failure) => {
                Some(Bug::Monitor { monitor, state, kind: Some(event.kind), notifier, failure })
            }
        }
    }
}
