//! The scenarios of conformance, and the table that tells how each is run: `docs/conformance.md`.

mod design;
mod differences;
mod inbox;
mod life;
mod machine;
mod options;
mod races;
mod waits;
mod ways;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use expect_test::expect_file;

use self::ways::Case;

/// What the columns of native runs say.
#[derive(Default)]
struct Cells {
    exhaustive: String,
    sampling: String,
    run: String,
}

/// How a scenario is run on the kernel.
enum Way {
    /// As apps, in all ways that mean something.
    Apps(fn() -> Vec<Case>),
    /// By a test of its own.
    Own(fn() -> Cells),
    /// Parts of it as apps, others by a test of their own.
    Both(fn() -> Vec<Case>, fn() -> Cells),
    /// Not on the kernel: there is nothing to be seen there.
    Elsewhere,
}

struct Scenario {
    number: u32,
    title: &'static str,
    rules: &'static str,
    way: Way,
    note: &'static str,
}

/// The table, and a test for each way in which a scenario is run.
macro_rules! scenarios {
    ($($name:ident $number:literal $title:literal [$rules:literal] $way:ident $args:tt $note:literal;)*) => {
        const SCENARIOS: &[Scenario] = &[$(Scenario {
            number: $number,
            title: $title,
            rules: $rules,
            way: scenarios!(@way $way $args),
            note: $note,
        }),*];
        $(scenarios!(@tests $name $way $args);)*
    };
    (@way Elsewhere ()) => { Way::Elsewhere };
    (@way $way:ident ($($run:path),+)) => { Way::$way($($run),+) };
    (@tests $name:ident Apps ($apps:path)) => {
        mod $name {
            use super::*;

            scenarios!(@apps $apps);
        }
    };
    (@tests $name:ident Own ($own:path)) => {
        #[test]
        fn $name() {
            $own();
        }
    };
    (@tests $name:ident Both ($apps:path, $own:path)) => {
        mod $name {
            use super::*;

            scenarios!(@apps $apps);

            #[test]
            fn beside() {
                $own();
            }
        }
    };
    (@tests $name:ident $way:ident ()) => {};
    (@apps $apps:path) => {
        #[test]
        fn exhaustively() {
            for case in $apps() {
                case.exhaust();
            }
        }

        #[test]
        fn by_sampling() {
            for case in $apps() {
                case.sample();
            }
        }

        #[test]
        fn in_production() {
            for case in $apps() {
                case.produce();
            }
        }
    };
}

scenarios! {
    s1 1 "Own sends keep their order" ["S1"] Apps (inbox::own_sends_keep_their_order) "";
    s2 2 "A raise precedes the inbox" ["R1"] Apps (inbox::a_raise_precedes_the_inbox) "";
    s3 3 "What an exit sends is taken in the next state" ["R3 V6"] Apps (inbox::what_an_exit_sends_is_taken_in_the_next_state) "";
    s4 4 "A goto to itself runs exit and entry" ["R3"] Apps (inbox::a_goto_to_itself_runs_exit_and_entry) "";
    s5 5 "An entry that sends more than the sender allows" ["S10 R3 R4"] Apps (inbox::an_entry_that_sends_too_often) "";
    s6 6 "Push and pop do not leave the state below" ["R4"] Apps (inbox::push_and_pop_do_not_leave_a_state) "";
    s7 7 "A handler is inherited by pushed states" ["V2"] Apps (inbox::a_handler_is_inherited_by_pushed_states) "";
    s8 8 "A goto of the top beats an inherited handler" ["V1 R3"] Apps (inbox::a_goto_of_the_top_beats_an_inherited_handler) "";
    s9 9 "A raise that pushes what pops" ["R1 R4"] Apps (inbox::a_raise_that_pushes_what_pops) "";
    s10 10 "A raised halt asks no table" ["X1 X2"] Apps (inbox::a_raised_halt_asks_no_table) "";
    s11 11 "The default event comes after what was sent to itself" ["Q5"] Apps (inbox::the_default_event_comes_after_what_was_sent_to_itself) "";
    s12 12 "A raised event is ignored, a default handler inherited" ["R2 Q5"] Apps (inbox::a_raised_event_is_ignored_and_a_default_handler_inherited) "";
    s13 13 "An entry gets the default event" ["Q5 R3"] Apps (inbox::an_entry_gets_the_default_event) "";
    s14 14 "A goto, then a raised goto" ["R1 R3"] Apps (inbox::a_goto_then_a_raised_goto) "";
    s15 15 "What only the state below reacts to pops the top" ["V5"] Apps (inbox::what_only_the_state_below_reacts_to_pops_the_top) "";
    s16 16 "States pop until one reacts" ["V5 V6 F5"] Apps (inbox::states_pop_until_one_reacts) "";
    s17 17 "A push is not inherited" ["V1 V2 V5"] Apps (inbox::a_push_is_not_inherited) "b: beside a deferred wildcard.";
    s18 18 "Defer and ignore are inherited" ["V2 Q3"] Apps (inbox::defer_and_ignore_are_inherited) "";
    s19 19 "A state that was not declared" ["H2"] Apps (inbox::a_state_that_was_not_declared) "";
    s20 20 "A pop of the start state" ["R4"] Apps (inbox::a_pop_of_the_start_state) "";
    s21 21 "An exit action that leads elsewhere" ["R5"] Apps (inbox::an_exit_that_leads_elsewhere) "The SDK's types refuse it: `machine_exit_that_leads_elsewhere` does not compile.";
    s22 22 "Two reactions for one kind" ["H1 H3 Q4"] Own (inbox::two_reactions_are_refused) "b-d: handler sets belong to the SDK, where `machine_that_differs_from_its_set` does not compile.";
    s23 23 "A handler of the whole actor comes last" ["H5 V4"] Apps (inbox::a_handler_of_the_whole_actor_comes_last) "";
    s24 24 "A deferred event is shown" ["Q3"] Apps (inbox::a_deferred_event_is_shown) "";
    s25 25 "An ignored event is shown" ["Q2 R2"] Apps (inbox::an_ignored_event_is_shown) "";
    s26 26 "A plain actor takes everything" ["Q4"] Apps (inbox::a_plain_actor_takes_everything) "";
    s27 27 "A deferred wildcard" ["Q3 V2"] Apps (inbox::a_deferred_wildcard) "";
    s28 28 "A wildcard beside specific handlers" ["V2"] Apps (inbox::a_wildcard_beside_specific_handlers) "";
    s29 29 "A higher wildcard beats a lower handler" ["V2"] Apps (inbox::a_higher_wildcard_beats_a_lower_handler) "";
    s30 30 "A wildcard above a deferral; a goto on the wildcard" ["V1 V2"] Apps (inbox::a_wildcard_above_a_deferral_and_a_goto_on_it) "";
    s31 31 "To ignore is to handle" ["S9 Q2"] Apps (options::ignoring_is_handling) "";
    s32 32 "To defer is not to handle" ["S9"] Apps (options::deferring_is_not_handling) "";
    s33 33 "A send beside a halt" ["S9 X1"] Apps (options::a_send_beside_a_halt) "";
    s34 34 "A deferred halt comes first in the next state" ["S9 X1 Q3"] Apps (options::a_deferred_halt_comes_first_in_the_next_state) "";
    s35 35 "Too many events of a kind" ["S10"] Apps (options::too_many_of_a_kind) "";
    s36 36 "Receive what was sent to itself" ["W1"] Apps (waits::what_was_sent_to_oneself) "";
    s37 37 "Five rounds of receive" ["W1 W2"] Apps (waits::five_rounds) "";
    s38 38 "Clients that wait for ever" ["W6 E2"] Apps (waits::clients_that_wait_for_ever) "";
    s39 39 "A request to one that waits for the asker" ["W6 E2 G3"] Apps (waits::a_request_to_one_that_waits_for_the_asker) "";
    s40 40 "A received request is answered" ["G2 W4"] Both (waits::a_received_request, waits::a_received_request_from_outside) "";
    s41 41 "What on-halt may do" ["X3"] Apps (life::what_on_halt_may_do) "a: the SDK refuses it, `handler_that_is_async` does not compile.";
    s42 42 "A raised halt is not deferred" ["X1"] Apps (life::a_raised_halt_is_not_deferred) "";
    s43 43 "What is sent to oneself beside a halt" ["X2 X3 S7"] Own (life::what_an_actor_sends_to_itself_when_it_halts) "What the hook `event-dropped` is told; the hook itself is the host's.";
    s44 44 "Handled or dropped" ["X4 S7"] Both (life::handled_or_dropped, life::taken_or_dead) "";
    s45 45 "Errors that handlers return" ["F1 F2"] Apps (life::errors_that_handlers_return) "";
    s46 46 "Errors, monitors and callbacks" ["F2 F3"] Apps (life::errors_monitors_and_callbacks) "";
    s47 47 "Unhandled events and on-error" ["F5"] Apps (life::errors_and_what_nobody_handles) "";
    s48 48 "Callbacks enclose a chain" ["R1 X1"] Apps (life::callbacks_enclose_a_chain) "";
    s49 49 "The entry comes before what on-init sent" ["T1"] Apps (life::the_entry_comes_before_what_on_init_sent) "";
    s50 50 "Reserved ids" ["I6 S6"] Apps (life::reserved_ids) "";
    s51 51 "Ids in use" ["I7 I8"] Both (life::ids_in_use, waits::an_id_that_becomes_free) "A holder on another shard is named by its id.";
    s52 52 "The host sees who lives" ["I9"] Own (life::the_host_sees_who_lives) "";
    s53 53 "Two entries notify one monitor" ["O2 O4"] Apps (races::two_entries_notify_one_monitor) "";
    s54 54 "Between two events of another sender" ["S1"] Apps (races::between_two_of_another_sender) "";
    s55 55 "Counters" ["C1 C2"] Apps (waits::counters) "";
    s56 56 "Registers and maps" ["C1 C2"] Apps (waits::registers_and_maps) "";
    s57 57 "A sent halt can be handled" ["X1"] Apps (races::a_sent_halt_can_be_handled) "";
    s58 58 "Progress" ["L1 L2 L3"] Both (races::progress_that_depends_on_chance, races::an_unfair_strategy_judges_no_temperature) "c has no end: all its states are searched. That `unchecked` lists the temperature is the host's to say.";
    s59 59 "Timers" ["M1 M4 M7"] Apps (races::timers) "d cannot be written: a timer is a number of its owner.";
    s60 60 "What a monitor may not be" ["O1 O3"] Elsewhere () "About components, and about the names of a manifest.";
    s61 61 "A wildcard of a state beats a handler of the actor" ["V2 V4"] Apps (inbox::a_wildcard_of_a_state_beats_a_handler_of_the_actor) "";
    s62 62 "A wildcard above what is ignored below" ["V2 Q2"] Apps (inbox::a_wildcard_above_what_is_ignored_below) "";
    s63 63 "Order of effects" ["S1 S2"] Apps (design::order_of_effects) "";
    s64 64 "A failed turn releases nothing" ["T3 F6"] Both (design::a_failed_turn_releases_nothing, design::a_failed_turn_gives_its_id_back) "";
    s65 65 "Monitor order" ["T3 O2"] Apps (design::monitor_order) "";
    s66 66 "Timers tie" ["M2"] Apps (design::timers_tie) "";
    s67 67 "Choices" ["N1"] Own (design::choices) "";
    s68 68 "Ids" ["I4 S5"] Own (design::ids) "";
    s69 69 "Receive and halt" ["W5 E2"] Apps (waits::receive_and_halt) "";
    s70 70 "Task deadlock" ["K4"] Apps (waits::task_deadlock) "";
    s71 71 "Task race" ["K2"] Apps (waits::task_race) "";
    s72 72 "Repeatable" ["E5"] Own (design::repeatable) "Workers, trace files and other machines are the host's.";
    s73 73 "Hang" ["F6 E3"] Elsewhere () "Fuel is the sandbox's.";
    s74 74 "Restart" ["F10"] Apps (design::restart) "";
    s75 75 "A raised event that is deferred" ["R2"] Apps (differences::a_raised_event_that_is_deferred) "";
    s76 76 "A transition asks no table" ["R6"] Apps (differences::a_transition_asks_no_table) "";
    s77 77 "A specific handler beside an ignored wildcard" ["V3"] Apps (differences::a_specific_handler_beside_an_ignored_wildcard) "";
    s78 78 "An unhandled event pops all states" ["V6 F5 F10"] Apps (differences::an_unhandled_event_pops_all_states) "";
    s79 79 "The event of a stopped timer is not received" ["W7 M4"] Apps (waits::the_event_of_a_stopped_timer) "";
    s80 80 "Ticks are merged" ["M6"] Apps (differences::ticks_are_merged) "";
}

const HEAD: &str = "\
# Conformance

Each scenario is a small app for a rule of the programming model, and what must be observable of it. This table is made
by the tests, which fail if it is not theirs: `UPDATE_EXPECT=1 cargo test -p coyote-kernel --test it conformance`.

- *Exhaustively*: on the kernel, with native toys as actors, all executions under the delivery models `mailbox`,
  `causal`, `pairwise` and `unordered`, and how many there are of each; `-` for a model of which the scenario says
  nothing. All that it expects comes up and nothing else. What violates is replayed to the same report, and so is
  what remains of the trace after it was minimised.
- *By sampling*: the same app under `portfolio`, `random`, `pct`, `pos` and `urw` with a fixed seed. Each of them finds
  the violation within so many executions, or there is none.
- *Components*: the tests in `host/tests` with components that are written with the SDK: all executions of them are
  *explored*, under the same models and with the same things that come up, or they are *run* by the host in production;
  what is refused is only *loaded*.
- *Production*: the same app in the order of production, where it does what one of the executions does: the first one on
  one shard, one of those of `mailbox` on two and three, with 30 seeds. `-` where only an end shows what is to be seen,
  since production has none.

| no. | scenario | rules | exhaustively | by sampling | components | production | note |
| ---: | --- | --- | --- | --- | --- | --- | --- |
";

/// All scenarios that are apps, and their numbers.
pub(crate) fn cases() -> impl Iterator<Item = (u32, Case)> {
    SCENARIOS.iter().flat_map(|scenario| match scenario.way {
        Way::Apps(apps) | Way::Both(apps, _) => {
            apps().into_iter().map(|case| (scenario.number, case)).collect()
        }
        Way::Own(_) | Way::Elsewhere => Vec::new(),
    })
}

/// One cell for all parts of a scenario.
fn joined(apps: &[Case], cell: fn(&Case) -> String) -> String {
    let cells: Vec<_> = apps.iter().map(cell).collect();
    if cells.iter().all(|cell| *cell == cells[0]) {
        return cells[0].clone();
    }
    let cells = apps.iter().zip(cells).map(|(case, cell)| format!("{}: {cell}", case.part));
    cells.collect::<Vec<_>>().join("; ")
}

/// The tests that run a scenario as components: its number, the name of the test, and what the test does with it.
fn components() -> impl Iterator<Item = (u32, &'static str, String)> {
    let lines = include_str!("../../../tests/conformance.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let (number, test) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
        (number, test, words.collect::<Vec<_>>().join(", "))
    })
}

impl Scenario {
    fn row(&self) -> String {
        let Cells { exhaustive, sampling, run } = self.cells();
        let Self { number, title, rules, note, .. } = self;
        let components = self.components();
        let cells = [exhaustive, sampling, components, run]
            .map(|cell| if cell.is_empty() { "-".to_owned() } else { cell });
        format!("| {number} | {title} | {rules} | {} | {note} |\n", cells.join(" | "))
    }

    fn cells(&self) -> Cells {
        let apps = |apps: fn() -> Vec<Case>| {
            let apps = apps();
            let cell = |cell: fn(&Case) -> String| joined(&apps, cell);
            let (exhaustive, sampling) = (cell(Case::exhaust), cell(Case::sampled));
            Cells { exhaustive, sampling, run: cell(Case::produced) }
        };
        match self.way {
            Way::Apps(cases) => apps(cases),
            Way::Own(own) => own(),
            Way::Both(cases, own) => {
                let (cells, more) = (apps(cases), own());
                let both = |one: String, other: String| {
                    let parts = [one, other];
                    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
                };
                Cells {
                    exhaustive: both(cells.exhaustive, more.exhaustive),
                    sampling: both(cells.sampling, more.sampling),
                    run: both(cells.run, more.run),
                }
            }
            Way::Elsewhere => {
                Cells { exhaustive: "components only".to_owned(), ..Cells::default() }
            }
        }
    }

    /// The tests that run it as components.
    fn components(&self) -> String {
        let own = components().filter(|&(number, ..)| number == self.number);
        let tests = own.map(|(_, test, ways)| format!("`{test}` {ways}"));
        tests.collect::<Vec<_>>().join("; ")
    }
}

fn numbers() -> impl Iterator<Item = u32> {
    SCENARIOS.iter().map(|scenario| scenario.number)
}

#[test]
fn every_scenario_is_in_the_table() {
    assert!(numbers().eq(1..=80));
}

/// The tests of components are those of the host.
#[test]
fn every_test_of_components_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/it");
    for (number, test, _) in components() {
        let (module, name) = test.rsplit_once("::").unwrap();
        let source = fs::read_to_string(folder.join(module.replace("::", "/") + ".rs")).unwrap();
        assert!(number <= 80 && source.contains(&format!("\nfn {name}() {{")), "{number} {test}");
    }
}

/// The table is made from what the tests do and count.
#[test]
fn the_table_tells_what_is_run() {
    let mut text = HEAD.to_owned();
    for scenario in SCENARIOS {
        text += &scenario.row();
    }
    let is_elsewhere = |scenario: &&Scenario| matches!(scenario.way, Way::Elsewhere);
    let elsewhere = SCENARIOS.iter().filter(is_elsewhere).count();
    let native = SCENARIOS.len() - elsewhere;
    let as_components = numbers().filter(|number| components().any(|(own, ..)| own == *number));
    let components = as_components.count();
    write!(text, "\n{native} run on the kernel, {components} as components.\n").unwrap();
    expect_file!["../../../../docs/conformance.md"].assert_eq(&text);
}
