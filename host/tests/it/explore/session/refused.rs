//! What the command refuses, and in which words.

use std::fs;

use expect_test::{Expect, expect};

use super::Folder;
use crate::command::{command, session};
use crate::explore::{lost_order, tested};

#[track_caller]
fn check(arguments: &[&str], expected: Expect) {
    expected.assert_eq(&session(&mut command(arguments)));
}

#[test]
fn what_cannot_be_explored() {
    let folder = Folder::of(&tested("", &[("x", "")]));
    folder.check(
        &["explore", "--test", "ti"],
        expect![[r#"
        --- stderr
        error: no test is called `ti`; did you mean `it`?
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "--strategy", "randm"],
        expect![[r#"
        --- stderr
        error: no strategy is called `randm`; did you mean `random`?
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "--strategy", "pct:-1"],
        expect![[r#"
        --- stderr
        error: strategy `pct` takes from 0 to 1000 change points, not `-1`
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "--strategy", "pct:3", "--exhaustive"],
        expect![[r#"
        --- stderr
        error: the argument '--strategy <NAME>' cannot be used with '--exhaustive[=<METHOD>]'

        Usage: coyote-host explore --strategy <NAME> --cache <DIR> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    Folder::of("name = 'x'\n").check(
        &["explore"],
        expect![[r#"
        --- stderr
        error: the test `default` starts no actor: add `[[start]]` to the manifest
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "none.toml"],
        expect![[r#"
        --- stderr
          × there is no file `none.toml`
          help: `coyote-host new app NAME` makes a folder with an app.toml
        --- exit code 1
    "#]],
    );
    let broken =
        Folder::of("name = 'x'\n[actor.a]\ncomponent = 'none.wasm'\n[[start]]\nactor = 'a'\n");
    expect![[r#"
        --- stderr
        error: actor `a`: component `none.wasm` does not exist
          help: `coyote-host build` runs the build commands of the manifest
        --- exit code 1
    "#]]
    .assert_eq(
        &broken.session(&["explore"]).replace(&broken.0.path().display().to_string(), "DIR"),
    );
}

#[test]
fn options_that_mean_nothing() {
    for (option, most) in
        [("--iterations", u64::MAX), ("--steps", u32::MAX.into()), ("--workers", 1024)]
    {
        let text = session(&mut command(&["explore", option, "0"]));
        let expected = format!(
            "--- stderr\nerror: invalid value '0' for '{option} <N>': it is a whole number from \
             1 to {most}\n\nFor more information, try '--help'.\n--- exit code 1\n"
        );
        assert_eq!(text, expected);
    }
    check(
        &["explore", "--iteration", "18446744073709551615"],
        expect![[r#"
        --- stderr
        error: invalid value '18446744073709551615' for '--iteration <N>': it is a whole number from 0 to 18446744073709551614

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--iteration", "1", "--iterations", "2"],
        expect![[r#"
        --- stderr
        error: the argument '--iteration <N>' cannot be used with '--iterations <N>'

        Usage: coyote-host explore --iteration <N> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--delivery", "fifo"],
        expect![[r#"
        --- stderr
        error: invalid value 'fifo' for '--delivery <MODEL>': it is one of mailbox, causal, pairwise, unordered

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--time", "soon"],
        expect![[r#"
        --- stderr
        error: invalid value 'soon' for '--time <TIME>': expected number at 0

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    for size in ["5GB", "0B", "99999999999GiB"] {
        let text = session(&mut command(&["explore", "--exhaustive", "--memory", size]));
        let expected = format!(
            "--- stderr\nerror: invalid value '{size}' for '--memory <SIZE>': it is a number and B, KiB, MiB or \
             GiB, such as 512MiB\n\nFor more information, try '--help'.\n--- exit code 1\n"
        );
        assert_eq!(text, expected);
    }
    check(
        &["explore", "--memory", "1GiB"],
        expect![[r#"
        --- stderr
        error: the following required arguments were not provided:
          --exhaustive[=<METHOD>]

        Usage: coyote-host explore --exhaustive[=<METHOD>] --memory <SIZE> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--states", "7"],
        expect![[r#"
        --- stderr
        error: the following required arguments were not provided:
          --exhaustive[=<METHOD>]

        Usage: coyote-host explore --exhaustive[=<METHOD>] --states <N> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--no-traces", "--traces", "x"],
        expect![[r#"
        --- stderr
        error: the argument '--no-traces' cannot be used with '--traces <FOLDER>'

        Usage: coyote-host explore --no-traces [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["trace"],
        expect![[r#"
        --- stderr
        Show a trace

        Usage: coyote-host trace <COMMAND>

        Commands:
          show  Print a trace, step by step
          help  Print this message or the help of the given subcommand(s)

        Options:
          -h, --help  Print help
        --- exit code 1
    "#]],
    );
}

#[test]
fn what_cannot_be_replayed() {
    let folder = Folder::of(&lost_order());
    folder.check(
        &["replay", "none.trace"],
        expect![[r#"
        --- stderr
        error: cannot read `none.trace`: No such file or directory (os error 2)
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "app.toml"],
        expect![[r#"
        --- stderr
        error: `app.toml` is no trace
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "cy1-AAAA"],
        expect![[r#"
        --- stderr
        error: `cy1-AAAA` is damaged: its checksum is wrong
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "cy9-AAAA"],
        expect![[r#"
        --- stderr
        error: `cy9-AAAA` is a trace of version 9; this program reads version 1
        --- exit code 1
    "#]],
    );
    folder.session(&["explore", "--workers", "1"]);
    let trace = "traces/app-default-assertion-5.trace";
    fs::write(folder.path("app.toml"), lost_order().replace("'app'", "'other'")).unwrap();
    folder.check(
        &["replay", trace],
        expect![[r#"
        --- stderr
        error: the trace is of the app `app`, not of `other`
        --- exit code 1
    "#]],
    );
    fs::write(
        folder.path("app.toml"),
        lost_order().replace("[actor.it]", "[actor.it]\neffects = 7"),
    )
    .unwrap();
    folder.check(&["replay", trace], expect![[r#"
        --- stderr
        error: the trace was made with another manifest: what it says about the test `default` differs
          help: `replay --continue` follows it all the same, as far as it goes
        --- exit code 1
    "#]]);
    fs::write(folder.path("app.toml"), lost_order()).unwrap();
    let mut bytes = fs::read(folder.path(trace)).unwrap();
    bytes[100] ^= 1;
    fs::write(folder.path("bad.trace"), &bytes).unwrap();
    folder.check(
        &["trace", "show", "bad.trace"],
        expect![[r#"
        --- stderr
        error: `bad.trace` is damaged: its checksum is wrong
        --- exit code 1
    "#]],
    );
    fs::write(folder.path("short.trace"), &bytes[..20]).unwrap();
    folder.check(
        &["replay", "short.trace"],
        expect![[r#"
        --- stderr
        error: `short.trace` is damaged: it is cut off
        --- exit code 1
    "#]],
    );
}
