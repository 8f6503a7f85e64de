//! How soon a bug is found: Paxos with three proposers and five acceptors, one of which adopts the value of the smallest
//! proposal that it hears of. Beside the components of `example-actors/bench` the same program with threads and channels,
//! by Shuttle, where what waits for an actor is one queue in the order in which it was sent.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::HumanCount;
use shuttle::rand::Rng as _;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::mpsc::{Receiver, Sender, channel};
use shuttle::{Config, FailurePersistence, Runner, thread};

use super::ours;
use crate::table::Spread;
use crate::work::Stopwatch;

const SEEDS: u64 = 50;

/// By which of our strategies it is looked for; the first is the default.
const STRATEGIES: [&str; 4] = ["portfolio", "random", "pctcp:1", "pctcp:3"];

/// Executions after which a seed has not found the bug.
const EXECUTIONS: u32 = 100_000;

/// Time after which it has not.
const LONGEST: Duration = Duration::from_secs(10);

const PROPOSERS: usize = 3;
const ACCEPTORS: usize = 5;
const HALTS_MAX: usize = 2;

/// What the bug says.
const CONFLICT: &str = "conflicting values learned";

/// By seed: in which execution the bug was found, and after how many milliseconds.
type Hunts = Vec<Option<(u64, f64)>>;

/// Measures all, and prints it.
pub(crate) fn measure() -> anyhow::Result<()> {
    let executions = NonZeroU64::from(std::num::NonZeroU32::new(EXECUTIONS).expect("not zero"));
    let manifest = "../../example-actors/bench/paxos.toml";
    // The first time compiles.
    ours::hunt((manifest, "corrected"), "random", 0, NonZeroU64::MIN)?;
    let (mut ours, mut random, mut pct) = ([const { Hunts::new() }; 4], Hunts::new(), Hunts::new());
    for seed in 0..SEEDS {
        for (strategy, hunts) in STRATEGIES.into_iter().zip(&mut ours) {
            hunts.push(ours::hunt((manifest, "bug"), strategy, seed, executions)?);
        }
        random.push(shuttle(RandomScheduler::new_from_seed(seed, EXECUTIONS as usize)));
        pct.push(shuttle(PctScheduler::new_from_seed(seed, 3, EXECUTIONS as usize)));
    }
    println!(
        "Paxos, {PROPOSERS} proposers, {ACCEPTORS} acceptors: the bug, {SEEDS} seeds\n\n\
         | | found | executions, median | ms, median (min .. max) |\n| --- | ---: | ---: | ---: |"
    );
    let ours =
        STRATEGIES.iter().zip(ours).map(|(name, hunts)| (format!("coyote-host, {name}"), hunts));
    let shuttles = [("Shuttle, random".to_owned(), random), ("Shuttle, PCT 3".to_owned(), pct)];
    for (name, hunts) in ours.chain(shuttles) {
        println!("{}", row(&name, &hunts));
    }
    println!();
    Ok(())
}

fn row(name: &str, hunts: &Hunts) -> String {
    let found: Vec<_> = hunts.iter().flatten().collect();
    let share = format!("{} of {}", found.len(), hunts.len());
    if found.is_empty() {
        return format!("| {name} | {share} | | |");
    }
    let mut executions: Vec<_> = found.iter().map(|(execution, _)| *execution).collect();
    executions.sort_unstable();
    let executions = HumanCount(executions[executions.len() / 2]);
    let Spread { min, median, max } = Spread::of(found.iter().map(|(_, ms)| *ms).collect());
    format!("| {name} | {share} | {executions} | {median:.1} ({min:.1} .. {max:.1}) |")
}

fn shuttle(scheduler: impl Scheduler + 'static) -> Option<(u64, f64)> {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config.max_time = Some(LONGEST);
    // A thread that has panicked is not to go on.
    config.ungraceful_shutdown_config.immediately_return_on_panic = true;
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let stopwatch = Stopwatch::start();
    let runner = Runner::new(scheduler, config);
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        runner.run(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            paxos();
        })
    }));
    let milliseconds = stopwatch.stop().cpu.as_secs_f64() * 1_000.0;
    panic::set_hook(hook);
    let panic = ended.err()?;
    if panic.downcast_ref::<String>().is_none_or(|text| !text.contains(CONFLICT)) {
        panic::resume_unwind(panic);
    }
    Some((executions.load(Ordering::Relaxed) as u64, milliseconds))
}

/// The number of the proposer: each makes one proposal.
type Proposal = usize;

type Vote = (Proposal, usize);

#[derive(Clone, Copy, Debug)]
enum Message {
    Propose {
        value: usize,
    },
    Prepare {
        proposal: Proposal,
    },
    Promise {
        acceptor: usize,
        previous: Option<Vote>,
    },
    Accept {
        vote: Vote,
    },
    Accepted {
        acceptor: usize,
        vote: Vote,
    },
    Halt,
    /// Nothing is on its way any more.
    End,
}

/// Whom everybody can send to.
#[derive(Clone)]
struct Network {
    proposers: Vec<Sender<Message>>,
    acceptors: Vec<Sender<Message>>,
    learner: Sender<Message>,
    /// Messages that were not handled yet. Shuttle does not see this counter, so it gives it nothing to choose.
    pending: Arc<AtomicUsize>,
}

impl Network {
    fn send(&self, to: &Sender<Message>, message: Message) {
        self.pending.fetch_add(1, Ordering::Relaxed);
        to.send(message).expect("all listen until the end");
    }

    /// A message was handled. After the last one all end.
    fn handled(&self) {
        if self.pending.fetch_sub(1, Ordering::Relaxed) == 1 {
            for to in self.proposers.iter().chain(&self.acceptors).chain([&self.learner]) {
                let _ = to.send(Message::End);
            }
        }
    }
}

fn paxos() {
    let (proposers, inboxes): (Vec<_>, Vec<_>) = (0..PROPOSERS).map(|_| channel()).unzip();
    let (acceptors, waiting): (Vec<_>, Vec<_>) = (0..ACCEPTORS).map(|_| channel()).unzip();
    let (learner, learned) = channel();
    let pending = Arc::new(AtomicUsize::new(1));
    let network = Network { proposers, acceptors, learner, pending };
    let mut threads = Vec::new();
    for (number, inbox) in inboxes.into_iter().enumerate() {
        let network = network.clone();
        threads.push(thread::spawn(move || propose(number, &inbox, &network)));
    }
    for (number, inbox) in waiting.into_iter().enumerate() {
        let network = network.clone();
        threads.push(thread::spawn(move || accept(number, &inbox, &network)));
    }
    let learning = network.clone();
    threads.push(thread::spawn(move || learn(&learned, &learning)));
    manage(&network);
    for thread in threads {
        thread.join().expect("a thread ends");
    }
}

fn manage(network: &Network) {
    for (number, proposer) in network.proposers.iter().enumerate() {
        network.send(proposer, Message::Propose { value: number });
    }
    let mut halts = 0;
    for acceptor in &network.acceptors {
        if shuttle::rand::thread_rng().r#gen::<bool>() && halts < HALTS_MAX {
            halts += 1;
            network.send(acceptor, Message::Halt);
        }
    }
    network.handled();
}

fn propose(number: usize, inbox: &Receiver<Message>, network: &Network) {
    let mut own = 0;
    let (mut promised, mut previous, mut has_chosen) = (Vec::new(), Vec::<Vote>::new(), false);
    while let Ok(message) = inbox.recv() {
        match message {
            Message::Propose { value } => {
                own = value;
                for acceptor in &network.acceptors {
                    network.send(acceptor, Message::Prepare { proposal: number });
                }
            }
            Message::Promise { acceptor, previous: told } => {
                previous.extend(told);
                promised.push(acceptor);
                let is_first = !has_chosen && promised.len() > ACCEPTORS / 2;
                if is_first {
                    // The bug: it should be the greatest.
                    let adopted = previous.iter().min_by_key(|(proposal, _)| *proposal);
                    own = adopted.map_or(own, |(_, value)| *value);
                }
                let asked = if is_first { &promised[..] } else { &promised[promised.len() - 1..] };
                if is_first || has_chosen {
                    has_chosen = true;
                    for &acceptor in asked {
                        let vote = (number, own);
                        network.send(&network.acceptors[acceptor], Message::Accept { vote });
                    }
                }
            }
            _ => return,
        }
        network.handled();
    }
}

fn accept(number: usize, inbox: &Receiver<Message>, network: &Network) {
    let (mut promised, mut accepted, mut has_halted) = (None, None, false);
    while let Ok(message) = inbox.recv() {
        match message {
            Message::Prepare { .. } | Message::Accept { .. } if has_halted => {}
            Message::Prepare { proposal } if promised < Some(proposal) => {
                promised = Some(proposal);
                let promise = Message::Promise { acceptor: number, previous: accepted };
                network.send(&network.proposers[proposal], promise);
            }
            Message::Accept { vote } if promised == Some(vote.0) => {
                accepted = Some(vote);
                network.send(&network.learner, Message::Accepted { acceptor: number, vote });
            }
            Message::Prepare { .. } | Message::Accept { .. } => {}
            Message::Halt => has_halted = true,
            _ => return,
        }
        network.handled();
    }
}

fn learn(inbox: &Receiver<Message>, network: &Network) {
    let (mut accepted, mut learned) = (BTreeMap::new(), None);
    while let Ok(Message::Accepted { acceptor, vote: (proposal, value) }) = inbox.recv() {
        accepted.insert(acceptor, proposal);
        if accepted.values().filter(|&&held| held == proposal).count() > ACCEPTORS / 2 {
            let learned = *learned.get_or_insert(value);
            assert!(learned == value, "{CONFLICT}: {learned} and {value}");
        }
        network.handled();
    }
}
