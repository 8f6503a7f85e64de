//! What tests, which exploration looks at, say.

use std::path::Path;

use coyote_kernel::FaultKind;
use expect_test::{Expect, expect};

use super::super::*;
use super::{BASE, load, parse, refuse, refuse_all};

/// What a test is, in short: names of actors and monitors, bounds.
fn told(app: &App, test: &Test) -> String {
    let starts: Vec<_> = test.starts.iter().map(|start| &*app.actor(start.actor).name).collect();
    let monitors: Vec<_> =
        test.monitors.iter().map(|monitor| &*app.monitors()[monitor.index()].name).collect();
    let (steps, temperature) = (test.steps_max, test.temperature_max);
    format!(
        "{}: {} | {} | {:?} {:?} | {} x {steps}, {temperature} hot, fails: {}",
        test.name,
        starts.join(" "),
        monitors.join(" "),
        test.delivery,
        test.timers,
        test.iterations,
        test.fail_at_bound,
    )
}

#[track_caller]
fn check_tests(added: &str, expected: Expect) {
    let app = load(added);
    let told: Vec<_> = app.tests().iter().map(|test| told(&app, test)).collect();
    expected.assert_eq(&told.join("\n"));
}

const WATCHED: &str = "[monitor.m]\ncomponent = \"m.wasm\"\n[monitor.n]\ncomponent = \"n.wasm\"\n";

#[test]
fn an_app_without_tests_has_one() {
    check_tests(
        &format!("[[start]]\nactor = \"server\"\n{WATCHED}"),
        expect!["default: server | m n | Causal Earliest | 10000 x 10000, 5000 hot, fails: false"],
    );
    let app = load("");
    assert_eq!(app.test("default"), Some(&app.tests()[0]));
    assert_eq!(app.test("other"), None);
}

#[test]
fn tests_take_from_the_app_what_they_do_not_say() {
    let text = format!(
        "{BASE}[[start]]\nactor = \"server\"\n{WATCHED}\
         [[test]]\nname = \"as-is\"\n\
         [[test]]\nname = \"driven\"\nsteps = 7\n[[test.driver]]\nactor = \"client\"\n\
         [[test]]\nname = \"own\"\nmonitors = [\"n\"]\ntimers = \"unordered\"\ndelivery = \"unordered\"\n\
         [[test.start]]\nactor = \"client\"\n\
         [[test]]\nname = \"driver-only\"\nstart = []\ntemperature = 10_000\n\
         [[test.driver]]\nactor = \"client\"\n"
    );
    let app = parse(&format!("delivery = \"pairwise\"\n{text}")).unwrap();
    let told: Vec<_> = app.tests().iter().map(|test| told(&app, test)).collect();
    expect![[r#"
        as-is: server | m n | Pairwise Earliest | 10000 x 10000, 5000 hot, fails: false
        driven: server client | m n | Pairwise Earliest | 10000 x 7, 4 hot, fails: false
        own: client | n | Unordered Unordered | 10000 x 10000, 5000 hot, fails: false
        driver-only: client | m n | Pairwise Earliest | 10000 x 10000, 10000 hot, fails: false"#]]
    .assert_eq(&told.join("\n"));
}

/// A driver knows those that the app starts; what the app's entries mean does not change with drivers.
#[test]
fn drivers_refer_to_whom_the_app_starts() {
    let app = load(
        "[[start]]\nactor = \"client\"\ninitial = \"@server\"\n\
         [[start]]\nactor = \"server\"\n\
         [[test]]\nname = \"a\"\n[[test.driver]]\nactor = \"server\"\nname = \"driver\"\n\
         initial = [\"@client\", \"@server\"]\n\
         [[test.driver]]\nactor = \"client\"\nname = \"late\"\ninitial = \"@driver\"\n",
    );
    let test = &app.tests()[0];
    let json = |start: &Start| {
        let initial = start.initial.as_ref()?;
        Some(initial.to_json(|start, instance| format!("{}.{instance}", start.index())))
    };
    let payloads: Vec<_> = test.starts.iter().map(json).map(Option::unwrap_or_default).collect();
    assert_eq!(payloads, [r#""1.0""#, "", r#"["0.0","1.0"]"#, r#""2.0""#]);
}

#[test]
fn what_is_started_in_tests_follows_the_rules_of_the_app() {
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a\"\n\
         [[test]]\nname = \"t\"\n\
         [[test.driver]]\nactor = \"server\"\nname = \"a\"\n\
         [[test.driver]]\nactor = \"clent\"\nname = \"A\"\ncount = 2\n\
         [[test.driver]]\nactor = \"client\"\nname = \"self\"\ninitial = [\"@self\", \"@b\", nan]\n\
         [[test.driver]]\nactor = \"client\"\n[[test.driver]]\nactor = \"client\"\n\
         [[test.driver]]\nactor = \"client\"\nname = \"z\"\ninitial = \"@client\"\n",
        expect![[r#"
            dir/app.toml:13:8: `server` is started twice with the name `a`
            dir/app.toml:15:9: there is no actor `clent`
            dir/app.toml:16:8: `A` cannot be a name: use lower-case letters, digits, `-` and `_`
            dir/app.toml:21:12: start entries refer to each other in a circle: self -> self
            dir/app.toml:21:21: `@b` refers to no start entry
            dir/app.toml:21:27: `test[1].driver[3].initial[3]` is nan, which JSON cannot say
            dir/app.toml:29:11: `@client` could be any of `@client (test[1].driver[4])`, `@client (test[1].driver[5])`"#]],
    );
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a\"\n\
         [[test]]\nname = \"t\"\n\
         [[test.start]]\nactor = \"client\"\ninitial = \"@a\"\n\
         [[test.start]]\nactr = \"client\"\n\
         [[test]]\nname = \"u\"\nstart = [{ actor = \"client\", count = 0 }]\n",
        expect![[r#"
            dir/app.toml:14:1: missing key `test[1].start[2].actor`
            dir/app.toml:15:1: unknown key `test[1].start[2].actr`
            dir/app.toml:18:38: `test[2].start[1].count` is 0, which is not between 1 and 16777216"#]],
    );
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a\"\n\
         [[test]]\nname = \"t\"\n\
         [[test.start]]\nactor = \"client\"\ninitial = \"@a\"\n",
        expect!["dir/app.toml:13:11: `@a` refers to no start entry"],
    );
    refuse(
        "[[start]]\nactor = \"server\"\ncount = 3\n\
         [[test]]\nname = \"t\"\n[[test.driver]]\nactor = \"client\"\n\
         [[test]]\nname = \"u\"\n[[test.start]]\nactor = \"client\"\ncount = 4\n\
         [limits]\nactors = 3",
        expect![[r#"
            dir/app.toml:12:9: 4 actors are started, but `limits.actors` is 3
            dir/app.toml:16:9: 4 actors are started, but `limits.actors` is 3"#]],
    );
}

#[test]
fn mistakes_of_the_app_are_reported_once_however_many_tests_there_are() {
    refuse(
        "[[start]]\nactor = \"sever\"\nname = \"a\"\ncount = 5\ninitial = \"@b\"\n\
         [[start]]\nactor = \"sever\"\nname = \"a\"\ncount = 5\n\
         [[test]]\nname = \"t\"\n[[test.driver]]\nactor = \"client\"\n\
         [[test]]\nname = \"u\"\n[[test.driver]]\nactor = \"client\"\n\
         [limits]\nactors = 9",
        expect![[r#"
            dir/app.toml:7:9: there is no actor `sever`
            dir/app.toml:10:11: `@b` refers to no start entry
            dir/app.toml:12:9: there is no actor `sever`
            dir/app.toml:12:9: 10 actors are started, but `limits.actors` is 9
            dir/app.toml:13:8: `sever` is started twice with the name `a`"#]],
    );
}

#[test]
fn tests_that_are_none() {
    refuse(
        "[[test]]\nname = \"A\"\n[[test]]\nnme = \"b\"\n[[test]]\nname = \"c\"\nstart = 1",
        expect![[r#"
            dir/app.toml:8:1: missing key `test[2].name`
            dir/app.toml:9:1: unknown key `test[2].nme`
            dir/app.toml:12:9: `test[3].start` must be an array of tables, not an integer"#]],
    );
    refuse(
        "[[start]]\nactor = \"server\"\n\
         [[test]]\nname = \"A\"\n[[test]]\nname = \"b\"\n[[test]]\nname = \"b\"\n",
        expect![[r#"
            dir/app.toml:9:8: `A` cannot be a name: use lower-case letters, digits, `-` and `_`
            dir/app.toml:13:8: there are two tests `b`"#]],
    );
    refuse(
        "[[test]]\nname = \"a\"\n[[test]]\nname = \"b\"\nstart = []\ndriver = []",
        expect![[r#"
            dir/app.toml:7:8: the test `a` starts no actor
            dir/app.toml:9:8: the test `b` starts no actor"#]],
    );
    refuse(
        &format!(
            "[[start]]\nactor = \"server\"\n{WATCHED}\
             [[test]]\nname = \"a\"\nmonitors = [\"m\", \"mm\", \"server\", \"n\"]"
        ),
        expect![[r#"
            dir/app.toml:14:18: there is no monitor `mm`
            dir/app.toml:14:24: there is no monitor `server`"#]],
    );
    refuse_all(
        &format!("name = \"a\"\ntest = [{}]", "{ name = \"a\" }, ".repeat(1001)),
        &expect!["dir/app.toml:2:8: `test` has 1001 entries, more than 1000"],
    );
}

#[test]
fn advice_for_tests() {
    let error = parse(&format!(
        "{BASE}{WATCHED}[[test]]\nname = \"a\"\nmonitors = [\"mm\"]\nsteps = 1\ntemperature = 2\n\
         [[test.fault]]\nkind = \"partition\"\nbetween = []\n"
    ))
    .unwrap_err();
    let told = |problem: &Problem| {
        let help = miette::Diagnostic::help(problem).map(|help| help.to_string());
        format!("{problem}: {}", help.unwrap_or_default())
    };
    let told: Vec<_> = error.problems().iter().map(told).collect();
    expect![[r#"
        the test `a` starts no actor: add `[[test.start]]`, `[[test.driver]]` or `[[start]]`
        there is no monitor `mm`: did you mean `m`?
        `test[1].temperature` is 2, but an execution ends after 1 steps: raise `steps` as well, or write 0 for no bound
        `test[1].fault[1].between` must have two sides, not 0: write two lists of kinds of actors: `[["a"], ["b", "c"]]`"#]].assert_eq(&told.join("\n"));
}

#[test]
fn bounds_that_are_none() {
    refuse(
        "[[test]]\nname = \"a\"\niterations = 0\nsteps = 0\ntemperature = -1\nfail-at-bound = 1\n\
         delivery = \"fifo\"\ntimers = \"any\"\n\
         [[test.fault]]\nkind = \"crash\"\nbudget = 0\n\
         [[test.fault]]\nkind = \"lost\"\nbudget = 1_000_001\n\
         [[test.fault]]\nbudget = 1\n",
        expect![[r#"
            dir/app.toml:8:14: `test[1].iterations` is 0, which is not between 1 and 18446744073709551615
            dir/app.toml:9:9: `test[1].steps` is 0, which is not between 1 and 100000000
            dir/app.toml:10:15: `test[1].temperature` is -1, which is not between 0 and 100000000
            dir/app.toml:11:17: `test[1].fail-at-bound` must be true or false, not an integer
            dir/app.toml:12:12: `test[1].delivery` cannot be `fifo`
            dir/app.toml:13:10: `test[1].timers` cannot be `any`
            dir/app.toml:16:10: `test[1].fault[1].budget` is 0, which is not between 1 and 1000000
            dir/app.toml:18:8: `test[1].fault[2].kind` cannot be `lost`
            dir/app.toml:19:10: `test[1].fault[2].budget` is 1000001, which is not between 1 and 1000000
            dir/app.toml:20:1: missing key `test[1].fault[3].kind`"#]],
    );
    refuse(
        "[[start]]\nactor = \"server\"\n\
         [[test]]\nname = \"a\"\nsteps = 10\ntemperature = 11\n\
         [[test]]\nname = \"b\"\ntemperature = 10_001\n\
         [[test]]\nname = \"c\"\nsteps = 1\ntemperature = 1\n",
        expect![[r#"
            dir/app.toml:11:15: `test[1].temperature` is 11, but an execution ends after 10 steps
            dir/app.toml:14:15: `test[2].temperature` is 10001, but an execution ends after 10000 steps"#]],
    );
    check_tests(
        "[[start]]\nactor = \"server\"\n\
         [[test]]\nname = \"a\"\nsteps = 1\n\
         [[test]]\nname = \"b\"\nsteps = 7\n\
         [[test]]\nname = \"c\"\nsteps = 7\ntemperature = 7\n\
         [[test]]\nname = \"d\"\ntemperature = 0\n",
        expect![[r#"
            a: server |  | Causal Earliest | 10000 x 1, 1 hot, fails: false
            b: server |  | Causal Earliest | 10000 x 7, 4 hot, fails: false
            c: server |  | Causal Earliest | 10000 x 7, 7 hot, fails: false
            d: server |  | Causal Earliest | 10000 x 10000, 0 hot, fails: false"#]],
    );
}

#[track_caller]
fn refuse_fault(lines: &str, expected: Expect) {
    refuse(
        &format!("[[start]]\nactor = \"server\"\n[[test]]\nname = \"a\"\n[[test.fault]]\n{lines}"),
        expected,
    );
}

#[test]
fn faults_that_are_none() {
    refuse_fault(
        "kind = \"los\"\nstate = \"keep\"\nactor = 1",
        expect![[r#"
        dir/app.toml:11:8: `test[1].fault[1].kind` cannot be `los`
        dir/app.toml:12:9: `test[1].fault[1].state` cannot be `keep`
        dir/app.toml:13:1: unknown key `test[1].fault[1].actor`"#]],
    );
    refuse_fault(
        "kind = \"loss\"\nactors = [\"serve\"]\nevents = []",
        expect![[r#"
        dir/app.toml:12:11: there is no actor `serve`
        dir/app.toml:13:10: `test[1].fault[1].events` is empty"#]],
    );
    refuse_fault(
        "kind = \"loss\"\nactors = []\nevents = [\"\", \"*\", \"default\"]",
        expect![[r#"
            dir/app.toml:12:10: `test[1].fault[1].actors` is empty
            dir/app.toml:13:11: `` cannot be a kind of event: it is empty
            dir/app.toml:13:15: `*` cannot be a kind of event: no message has it
            dir/app.toml:13:20: `default` cannot be a kind of event: no message has it"#]],
    );
    refuse_fault(
        &format!("kind = \"loss\"\nevents = [\"{}\"]", "é".repeat(129)),
        expect![
            "dir/app.toml:12:11: `ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé` cannot be a kind of event: it has more than 256 bytes"
        ],
    );
    let every_key = "actors = [\"server\"]\nevents = [\"ping\"]\nstate = \"lost\"\nbetween = [[\"server\"], [\"client\"]]";
    refuse_fault(
        &format!("kind = \"crash\"\n{every_key}"),
        expect![[r#"
        dir/app.toml:13:10: `test[1].fault[1].events` has no meaning for a fault of the kind `crash`
        dir/app.toml:15:11: `test[1].fault[1].between` has no meaning for a fault of the kind `crash`"#]],
    );
    refuse_fault(
        &format!("kind = \"kill\"\n{every_key}"),
        expect![[r#"
        dir/app.toml:13:10: `test[1].fault[1].events` has no meaning for a fault of the kind `kill`
        dir/app.toml:14:9: `test[1].fault[1].state` has no meaning for a fault of the kind `kill`
        dir/app.toml:15:11: `test[1].fault[1].between` has no meaning for a fault of the kind `kill`"#]],
    );
    refuse_fault(
        &format!("kind = \"loss\"\n{every_key}"),
        expect![[r#"
        dir/app.toml:14:9: `test[1].fault[1].state` has no meaning for a fault of the kind `loss`
        dir/app.toml:15:11: `test[1].fault[1].between` has no meaning for a fault of the kind `loss`"#]],
    );
    refuse_fault(
        &format!("kind = \"skew\"\n{every_key}"),
        expect![[r#"
        dir/app.toml:14:9: `test[1].fault[1].state` has no meaning for a fault of the kind `skew`
        dir/app.toml:15:11: `test[1].fault[1].between` has no meaning for a fault of the kind `skew`"#]],
    );
    refuse_fault(
        &format!("kind = \"partition\"\n{every_key}"),
        expect![[r#"
        dir/app.toml:12:10: `test[1].fault[1].actors` has no meaning for a fault of the kind `partition`
        dir/app.toml:13:10: `test[1].fault[1].events` has no meaning for a fault of the kind `partition`
        dir/app.toml:14:9: `test[1].fault[1].state` has no meaning for a fault of the kind `partition`"#]],
    );
    let faults = "[[test.fault]]\nkind = \"kill\"\n".repeat(101);
    refuse(
        &format!("[[test]]\nname = \"a\"\n{faults}"),
        expect!["dir/app.toml:8:1: `test[1].fault` has 101 entries, more than 100"],
    );
}

#[test]
fn partitions_that_are_none() {
    refuse_fault(
        "kind = \"partition\"",
        expect!["dir/app.toml:11:8: missing key `test[1].fault[1].between`"],
    );
    refuse_fault(
        "kind = \"partition\"\nbetween = [\"server\", \"client\"]",
        expect![[r#"
        dir/app.toml:12:12: `test[1].fault[1].between[1]` must be an array, not a string
        dir/app.toml:12:22: `test[1].fault[1].between[2]` must be an array, not a string"#]],
    );
    refuse_fault(
        "kind = \"partition\"\nbetween = [[\"server\"]]",
        expect!["dir/app.toml:12:11: `test[1].fault[1].between` must have two sides, not 1"],
    );
    refuse_fault(
        "kind = \"partition\"\nbetween = []",
        expect!["dir/app.toml:12:11: `test[1].fault[1].between` must have two sides, not 0"],
    );
    refuse_fault(
        "kind = \"partition\"\nbetween = [[], [\"clent\"]]",
        expect![[r#"
        dir/app.toml:12:12: `test[1].fault[1].between[1]` is empty
        dir/app.toml:12:17: there is no actor `clent`"#]],
    );
    refuse_fault(
        "kind = \"partition\"\nbetween = [[\"server\", \"client\"], [\"client\"]]",
        expect![
            "dir/app.toml:12:35: `test[1].fault[1].between`: `client` is on both sides of the partition"
        ],
    );
}

#[test]
fn a_crash_loses_the_state_unless_it_is_said() {
    let fault = |lines: &str| {
        let added = format!(
            "[[start]]\nactor = \"server\"\n[[test]]\nname = \"a\"\n[[test.fault]]\nkind = \"crash\"\n{lines}"
        );
        let fault = load(&added).tests()[0].faults[0].clone();
        (fault.kind, fault.budget.get(), fault.actors.len())
    };
    assert_eq!(fault(""), (FaultKind::Crash, 1, 0));
    assert_eq!(fault("state = \"lost\"\nbudget = 2"), (FaultKind::Crash, 2, 0));
    assert_eq!(fault("state = \"kept\"\nactors = [\"client\"]"), (FaultKind::Reboot, 1, 1));
}

/// The page is read more often than the schema: what it shows is right.
#[test]
fn the_examples_of_the_documentation_are_right() {
    let page = include_str!("../../../../docs/manifest.md");
    let blocks: Vec<_> = page
        .split("```toml\n")
        .skip(1)
        .map(|block| block.split("```").next().expect("a split has a first part"))
        .collect();
    let app = App::parse(&blocks.concat(), Path::new("app.toml"))
        .unwrap_or_else(|error| panic!("{}", error.render(Colour::Off)));
    let told: Vec<_> = app.tests().iter().map(|test| told(&app, test)).collect();
    expect![[r#"
        several-clients: server client client | answered | Pairwise Earliest | 10000 x 10000, 5000 hot, fails: false
        only-a-driver: driver | answered | Causal Earliest | 1000 x 500, 250 hot, fails: false
        rough-weather: server client | answered | Causal Earliest | 10000 x 10000, 5000 hot, fails: false"#]].assert_eq(&told.join("\n"));
}
