//! A trace, repeated and looked at.

use std::fs;

use expect_test::expect;

use super::Folder;
use crate::explore::{lost_order, text};

/// What `replay` says on standard error is what the actors log.
#[test]
fn the_log_of_a_replay() {
    let script = "init = [{ log = 'here' }, { fail = 'assert' }]";
    let folder = Folder::of(&text("", "", &[("x", script)]));
    folder.session(&["explore"]);
    let trace = "traces/app-default-assertion-0.trace";
    folder.check(
        &["replay", trace],
        expect![[r#"
        --- stdout
           1  x starts {"init":[{"log":"here"},{"fail":"assert"}]}
        assertion: x: an assertion of the guest's, at PLACE
        --- stderr
        info  x: here
        --- exit code 2
    "#]],
    );
    folder.check(
        &["replay", trace, "--quiet"],
        expect![[r#"
        --- stdout
           1  x starts {"init":[{"log":"here"},{"fail":"assert"}]}
        assertion: x: an assertion of the guest's, at PLACE
        --- exit code 2
    "#]],
    );
}

/// What a trace is without one of its steps.
#[test]
fn a_trace_without_a_step() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    let trace = "traces/app-default-assertion-5.trace";
    folder.check(
        &["replay", trace, "--without", "2"],
        expect![[r#"
        --- stdout
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
        no bug: cut
        --- exit code 0
    "#]],
    );
    folder.check(
        &["replay", trace, "--without", "9"],
        expect![[r#"
        --- stderr
        error: the trace has no step 9
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", trace, "--without", "0"],
        expect![[r#"
        --- stderr
        error: invalid value '0' for '--without <STEP>': it is a whole number from 1 to 4294967295

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
}

/// What the app is like at a place of a trace, and what else could happen there.
#[test]
fn a_place_of_a_trace() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    fn at<'a>(place: &[&'a str]) -> Vec<&'a str> {
        [&["replay", "traces/app-default-assertion-5.trace"], place].concat()
    }
    folder.check(&at(&["--at", "1"]), expect![[r#"
        --- stdout
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
        after step 1, at 0s
        a: starting
        b: idle
            script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
            seen: []
            friend: None
        c: starting
            inbox: `two` from b
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--back", "9"]),
        expect![[r#"
        --- stdout
        after step 0, at 0s
        a: starting
        b: starting
        c: starting
        --- exit code 0
    "#]],
    );
    folder.check(&at(&["--until", "actor=c event=two"]), expect![[r#"
        --- stdout
           3  c takes `two` from b
        after step 3, at 0s
        a: starting
        b: idle
            script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
            seen: []
            friend: None
        c: failed: [Two] is not the order, at PLACE
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--until", "actor=it event=ten"]),
        expect![[r#"
        --- stderr
        error: no step is like this
        --- exit code 1
    "#]],
    );
    folder.check(&at(&["--diff", "0", "2"]), expect![[r#"
        --- stdout
        from after step 0 to after step 2
        - b: starting
        - c: starting
        + b: idle
        +     script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
        +     seen: []
        +     friend: None
        + c: idle
        +     script: Script { init: [], one: [], two: [], tick: [], met: [], anything: [Expect([One, Two])] }
        +     seen: []
        +     friend: None
        +     inbox: `two` from b
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--what-if", "2"]),
        expect![[r#"
        --- stdout
        *  1  c starts
           2  a starts
        --- exit code 0
    "#]],
    );
    folder.check(
        &at(&["--what-if", "2=1"]),
        expect![[r#"
            --- stdout
               1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               2  c starts {"anything":[{"expect":["one","two"]}]}
               3  a starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
               4  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 2
        "#]],
    );
    folder.check(
        &at(&["--what-if", "2=9"]),
        expect![[r#"
        --- stderr
        error: step 2 has no choice 9: there are 2
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--what-if", "7"]),
        expect![[r#"
        --- stderr
        error: the trace has no step 7: it ends after 3
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--what-if", "x"]),
        expect![[r#"
        --- stderr
        error: invalid value 'x' for '--what-if <STEP[=CHOICE]>': `x` is not a number from 1 on

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--at", "7"]),
        expect![[r#"
        --- stderr
        error: the trace has no step 7: it ends after 3
        --- exit code 1
    "#]],
    );
    folder.check(&at(&["--until", "acto=c"]), expect![[r#"
        --- stderr
        error: invalid value 'acto=c' for '--until <WHAT>': `acto` is not `actor`, `event` or `state`

        For more information, try '--help'.
        --- exit code 1
    "#]]);
    folder.check(
        &at(&["--at", "1", "--back", "1"]),
        expect![[r#"
        --- stderr
        error: the argument '--at <STEP>' cannot be used with '--back <STEPS>'

        Usage: coyote-host replay --at <STEP> --cache <DIR> <TRACE>

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    folder.check(&at(&["--at", "first"]), expect![[r#"
        --- stderr
        error: invalid value 'first' for '--at <STEP>': it is a whole number from 0 to 18446744073709551615

        For more information, try '--help'.
        --- exit code 1
    "#]]);
    folder.check(
        &at(&["--interactive"]),
        expect![[r#"
        --- stderr
        error: `--interactive` needs a terminal; `--at`, `--diff` and `--what-if` do without
        --- exit code 1
    "#]],
    );
    let (view, code) = folder.json(&at(&["--at", "1", "--json"]));
    assert_eq!((&view["step"], view["actors"].as_array().unwrap().len(), code), (&1.into(), 3, 0));
    assert_eq!(view["now_seconds"], 0.0);
    let (alternatives, code) = folder.json(&at(&["--what-if", "2", "--json"]));
    expect![[r#"[{"taken":true,"what":"c starts"},{"taken":false,"what":"a starts"}], 0"#]]
        .assert_eq(&format!("{alternatives}, {code}"));
}

/// A trace that leads elsewhere without a reason is our bug: exit code 3.
#[test]
fn a_bug_of_ours() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    let path = folder.path("traces/app-default-assertion-5.trace");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 8);
    let place = bytes.windows(9).position(|bytes| bytes == b"assertion").unwrap();
    bytes[place..place + 9].copy_from_slice(b"panicking");
    let sum = twox_hash::XxHash3_64::oneshot(&bytes);
    bytes.extend(sum.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let trace = "traces/app-default-assertion-5.trace";
    folder.check(&["replay", trace], expect![[r#"
        --- stderr
        error: the trace does not repeat itself with an equal app; this is a bug of coyote-host: the trace ends in panicking, not in assertion
        --- exit code 3
    "#]]);
    assert_eq!(folder.session(&["replay", trace]), folder.session(&["trace", "show", trace]));
}
