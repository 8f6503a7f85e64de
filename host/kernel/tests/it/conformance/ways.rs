//! The ways in which a scenario is run.

use std::collections::{BTreeMap, BTreeSet};

use coyote_kernel::strategy::{Named, Oracle, Strategy, derive_seed};
use coyote_kernel::{
    Delivery, Ending, Execution, Found, Method, Rules, Search, SearchBounds, minimise,
};

use crate::play::{Cast, Play};

/// The models that keep the order of a channel.
pub(crate) const ORDERED: [Delivery; 3] = [Delivery::Mailbox, Delivery::Causal, Delivery::Pairwise];

/// The strategies that sample.
const SAMPLING: [Named; 5] =
    [Named::Portfolio, Named::Random, Named::Pct { change_points: 3 }, Named::Pos, Named::Urw];

const SEED: u64 = 1;

/// How often several shards run.
const SEEDS: u64 = 30;

/// So many executions are more than any scenario has.
const EXECUTIONS_MAX: u64 = 200_000;

/// Within so many sampled executions a violation is found, if there is one.
pub(crate) const SAMPLES: u64 = 60;

/// An app, and all that may be observed of it: each text is what its actors told, and its violation.
pub(crate) struct Case {
    pub(crate) part: &'static str,
    play: Play,
    /// By model, all the texts that come up, and no others.
    observed: BTreeMap<Delivery, BTreeSet<String>>,
    /// How many executions there are under `causal`, if arithmetic knows.
    count: Option<u64>,
    /// What a search of all states finds, because executions have no end.
    endless: Option<&'static str>,
    /// Whether only an end shows what is to be seen: production has none.
    unproduced: bool,
    /// What may be observed on several shards, beside all that `mailbox` shows.
    across_shards: Vec<String>,
}

/// A part of a scenario, or all of it if the part has no name.
pub(crate) fn case(part: &'static str, play: Play) -> Case {
    Case {
        part,
        play,
        observed: BTreeMap::new(),
        count: None,
        endless: None,
        unproduced: false,
        across_shards: Vec::new(),
    }
}

impl Case {
    /// Under one of these models exactly this is observed, over all executions.
    pub(crate) fn under<T: Into<String>>(
        mut self,
        models: &[Delivery],
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        let texts: BTreeSet<String> = texts.into_iter().map(Into::into).collect();
        self.observed.extend(models.iter().map(|&model| (model, texts.clone())));
        self
    }

    /// Under every model that keeps the order of a channel.
    pub(crate) fn ordered<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        self.under(&ORDERED, texts)
    }

    pub(crate) fn unordered<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        self.under(&[Delivery::Unordered], texts)
    }

    /// Whatever the model.
    pub(crate) fn always<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        self.under(&Delivery::ALL, texts)
    }

    pub(crate) fn executions(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Executions have no end: exhaustive search finds this, and nothing else.
    pub(crate) fn endless(self, found: &'static str) -> Self {
        Self { endless: Some(found), ..self }
    }

    pub(crate) fn unproduced(self) -> Self {
        Self { unproduced: true, ..self }
    }

    pub(crate) fn across_shards(self, texts: &[&str]) -> Self {
        Self { across_shards: texts.iter().map(ToString::to_string).collect(), ..self }
    }

    /// The app under each model of which something is known.
    pub(crate) fn plays(&self) -> impl Iterator<Item = Play> {
        let models = Delivery::ALL.into_iter().filter(|model| self.observed.contains_key(model));
        models.map(|model| self.play(model))
    }

    fn play(&self, delivery: Delivery) -> Play {
        let rules = Rules { delivery, ..self.play.rules.clone() };
        self.play.clone().rules(rules)
    }

    fn check_texts<'a>(
        &self,
        delivery: Delivery,
        texts: impl IntoIterator<Item = &'a String>,
        how: &str,
    ) {
        let expected = &self.observed[&delivery];
        for text in texts {
            assert!(
                expected.contains(text),
                "{}, {how} under {}: {text:?} was observed, expected was {expected:#?}",
                self.part,
                delivery.name(),
            );
        }
    }

    /// Every execution, under every model.
    pub(crate) fn exhaust(&self) -> String {
        if let Some(expected) = self.endless {
            return self.search(expected);
        }
        let models = Delivery::ALL.map(|delivery| {
            let Some(expected) = self.observed.get(&delivery) else { return "-".to_owned() };
            let seen = explore(&self.play(delivery), Named::Dfs.build(), EXECUTIONS_MAX);
            assert!(seen.exhausted, "{}: {} executions", self.part, seen.executions);
            self.check_texts(delivery, seen.texts.keys(), "exhaustively");
            let (model, texts) = (delivery.name(), seen.texts.keys());
            for text in expected {
                let never = "was never observed, but";
                assert!(seen.texts.contains_key(text), "{model}: {text:?} {never} {texts:#?}");
            }
            if let Some(count) = self.count.filter(|_| delivery == Delivery::Causal) {
                assert_eq!(seen.executions, count, "{}", self.part);
            }
            self.check_repeats(delivery, seen.texts);
            seen.executions.to_string()
        });
        models.join(" / ")
    }

    /// All states: this violation is found, and no other.
    fn search(&self, expected: &str) -> String {
        let mut execution = self.play(Delivery::Causal).stage();
        let bounds = SearchBounds { states_max: 1_000, traces_max: 1_000, depth_max: 1_000 };
        let search = Search {
            method: Method::Stateful,
            bounds,
            keeps_going: true,
            charts: true,
            symmetry: false,
        };
        let searched = search.run(&mut execution, |_| true);
        assert!(searched.is_exhausted(), "{searched:?}");
        let [found] = &searched.found[..] else { panic!("{searched:?}") };
        assert_eq!(execution.guests.observed(&Ending::Bug(Box::new(found.bug.clone()))), expected);
        format!("{} states", searched.states)
    }

    /// Every sampling strategy.
    pub(crate) fn sample(&self) {
        let delivery = Delivery::Causal;
        let expected = self.observed[&delivery].iter().any(|text| is_violation(text));
        for named in SAMPLING {
            let seen = explore(&self.play(delivery), named.build_fair(100), SAMPLES);
            self.check_texts(delivery, seen.texts.keys(), named.name());
            let found = seen.texts.keys().any(|text| is_violation(text));
            assert_eq!(found, expected, "{} with {named}: {:?}", self.part, seen.texts.keys());
            self.check_repeats(delivery, seen.texts);
        }
    }

    /// What the table says of it.
    pub(crate) fn sampled(&self) -> String {
        let texts = &self.observed[&Delivery::Causal];
        match texts.iter().filter(|text| is_violation(text)).count() {
            0 => format!("none in {SAMPLES}"),
            all if all == texts.len() => "in every execution".to_owned(),
            _ => format!("within {SAMPLES}"),
        }
    }

    /// Production's order, which must be that of an execution.
    pub(crate) fn produce(&self) {
        if self.unproduced {
            return;
        }
        let text = self.play.produce(1, SEED);
        self.check_texts(Delivery::Causal, [&text], "in production");
        let seen = explore(&self.play(Delivery::Causal), Named::Fifo.build(), 1);
        assert!(seen.texts.contains_key(&text), "{}: {text:?}, {:?}", self.part, seen.texts.keys());
        // Shards interleave single effects.
        for seed in 0..SEEDS {
            let text = self.play.produce(2 + u16::from(seed % 2 == 0), seed);
            if !self.across_shards.contains(&text) {
                self.check_texts(Delivery::Mailbox, [&text], "on several shards");
            }
        }
    }

    /// What the table says of it.
    pub(crate) fn produced(&self) -> String {
        if self.unproduced { "-" } else { "yes" }.to_owned()
    }

    /// What violates does so again when it is replayed, and so does what remains of its trace.
    fn check_repeats(&self, delivery: Delivery, seen: BTreeMap<String, Option<Found>>) {
        let play = self.play(delivery);
        let mut execution = play.stage();
        for (text, found) in seen {
            let Some(found) = found else {
                assert!(!is_violation(&text), "{text}");
                continue;
            };
            assert!(is_violation(&text), "{text}");
            let (again, bug) = replay(&mut execution, &found);
            assert_eq!((again, bug), (text, Some(found.bug.clone())));
            let smallest = minimise(&mut execution, &found, &mut || true).unwrap();
            assert!(smallest.found.trace.len() <= found.trace.len() && smallest.complete);
            let (text, bug) = replay(&mut execution, &smallest.found);
            self.check_texts(delivery, [&text], "minimised");
            assert_eq!(bug.as_ref(), Some(&smallest.found.bug));
        }
    }
}

fn replay(execution: &mut Execution<Cast>, found: &Found) -> (String, Option<coyote_kernel::Bug>) {
    let (_, ending) = execution.run(Box::new(Oracle::new(Box::new(found.replay()))), 0);
    let text = execution.guests.observed(&ending);
    match ending {
        Ending::Bug(bug) => (text, Some(*bug)),
        Ending::Quiescent | Ending::Cut | Ending::Diverged(_) => (text, None),
    }
}

/// What came up.
pub(crate) struct Seen {
    pub(crate) executions: u64,
    pub(crate) exhausted: bool,
    /// The texts, with the first trace of those that are violations.
    pub(crate) texts: BTreeMap<String, Option<Found>>,
}

/// Runs that many executions, or as many as there are.
pub(crate) fn explore(play: &Play, strategy: Box<dyn Strategy>, executions: u64) -> Seen {
    let mut execution = play.stage();
    let mut oracle = Box::new(Oracle::new(strategy));
    oracle.strategy().begin_batch(SEED, 0);
    let mut seen = Seen { executions: 0, exhausted: false, texts: BTreeMap::new() };
    while seen.executions < executions && !seen.exhausted {
        let (back, ending) = execution.run(oracle, derive_seed(SEED, seen.executions));
        oracle = back;
        let text = execution.guests.observed(&ending);
        seen.texts.entry(text).or_insert_with(|| match ending {
            Ending::Bug(bug) => {
                let (trace, fair_from) = (oracle.trace().clone(), oracle.fair_from());
                Some(Found { trace, fair_from, bug: *bug })
            }
            Ending::Quiescent | Ending::Cut | Ending::Diverged(_) => None,
        });
        seen.executions += 1;
        seen.exhausted = oracle.strategy().is_exhausted();
    }
    seen
}

/// Whether a text tells of a violation.
fn is_violation(text: &str) -> bool {
    const SORTS: [&str; 17] = [
        "assertion",
        "error",
        "panic",
        "unhandled-event",
        "illegal-call",
        "unknown-id",
        "unbound-id",
        "id-in-use",
        "must-handle",
        "max-instances",
        "inbox-full",
        "monitor",
        "deadlock",
        "liveness",
        "potential-liveness",
        "lasso",
        "step-bound",
    ];
    let mut parts = text.split(", ");
    parts.any(|part| part.split_once(": ").is_some_and(|(sort, _)| SORTS.contains(&sort)))
}
