//! Manifests that are wrong, and what is said about them.

use std::fs;

use expect_test::expect;

use super::super::*;
use super::{BASE, parse, refuse, refuse_all};

#[test]
fn files_that_are_no_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str| {
        let error = App::load(&folder.path().join(name)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let text = [Some(error.to_string()), source].into_iter().flatten().collect::<Vec<_>>();
        text.join(": ").replace(&folder.path().display().to_string(), "DIR")
    };
    fs::write(folder.path().join("latin1.toml"), b"name = \"a\"\n# \xe9\n").unwrap();
    fs::write(folder.path().join("large.toml"), "#".repeat((1 << 20) + 1)).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(message("none.toml"), "there is no file `DIR/none.toml`");
    assert_eq!(message(""), "there is no file `DIR/app.toml`");
    assert_eq!(
        message("file/app.toml"),
        "cannot read `DIR/file/app.toml`: Not a directory (os error 20)"
    );
    assert_eq!(message("latin1.toml"), "`DIR/latin1.toml`, line 2: not UTF-8");
    assert_eq!(
        message("large.toml"),
        "`DIR/large.toml` is larger than 1MiB, too large for a manifest"
    );
}

#[test]
fn a_folder_stands_for_the_manifest_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.toml"), BASE).unwrap();
    let app = App::load(folder.path()).unwrap();
    assert_eq!(app.path(), folder.path().join("app.toml"));
    assert_eq!(app.actors()[0].component.path, folder.path().join("client.wasm"));
}

#[test]
fn without_a_folder_builds_run_where_we_are() {
    let text = "name = \"a\"\nactor.a = { component = \"a.wasm\", build = \"make\" }";
    let app = App::parse(text, Path::new("app.toml")).unwrap();
    let component = &app.actors()[0].component;
    assert_eq!(component.path, Path::new("a.wasm"));
    assert_eq!(component.build.as_ref().unwrap().directory, Path::new("."));
}

#[test]
fn what_is_no_toml() {
    refuse(
        "name = \"again\"\n[actor.server]\nx = \n\"",
        expect![[r#"
        dir/app.toml:7:8: duplicate key
        dir/app.toml:8:5: string values must be quoted, expected literal string
        dir/app.toml:9:2: key with no value, expected `=`
        dir/app.toml:9:2: invalid basic string, expected `"`"#]],
    );
    refuse(
        &format!("x = {}", "[".repeat(1000)),
        expect![[r#"
            dir/app.toml:6:85: cannot recurse further; max recursion depth met
            dir/app.toml:6:1005: unclosed array, expected `]`"#]],
    );
}

#[test]
fn keys_that_are_unknown_or_missing() {
    refuse_all("", &expect!["dir/app.toml:1:1: missing key `name`"]);
    refuse(
        "[actor.x]\n[limits]\nactor = 1\n[grants]\n",
        expect![[r#"
        dir/app.toml:6:1: missing key `actor.x.component`
        dir/app.toml:8:1: unknown key `limits.actor`
        dir/app.toml:9:2: unknown key `grants`"#]],
    );
    refuse(
        "[actor.server.grants]\ndirectories = [{ host = \"a\", gest = \"/a\" }]",
        expect![[r#"
        dir/app.toml:7:16: missing key `actor.server.grants.directories[1].guest`
        dir/app.toml:7:30: unknown key `actor.server.grants.directories[1].gest`"#]],
    );
    refuse(
        "[[start]]\nactr = \"server\"",
        expect![[r#"
        dir/app.toml:6:1: missing key `start[1].actor`
        dir/app.toml:7:1: unknown key `start[1].actr`"#]],
    );
}

#[test]
fn values_of_the_wrong_type() {
    refuse_all(
        "name = 0\ndelivery = 1\nmonitor = 2\nstart = 3\nlimits = []",
        &expect![[r#"
            dir/app.toml:1:8: `name` must be a string, not an integer
            dir/app.toml:2:12: `delivery` must be a string, not an integer
            dir/app.toml:3:11: `monitor` must be a table, not an integer
            dir/app.toml:4:9: `start` must be an array of tables, not an integer
            dir/app.toml:5:10: `limits` must be a table, not an array"#]],
    );
    refuse(
        "[[start]]\nactor = 1.5\nname = 1979-05-27\ncount = {}\n",
        expect![[r#"
        dir/app.toml:7:9: `start[1].actor` must be a string, not a number with a fraction
        dir/app.toml:8:8: `start[1].name` must be a string, not a date or time
        dir/app.toml:9:9: `start[1].count` must be an integer, not a table"#]],
    );
    refuse(
        "[actor.server.grants]\nclocks = \"yes\"\ncreate = [true]",
        expect![[r#"
        dir/app.toml:7:10: `actor.server.grants.clocks` must be true or false, not a string
        dir/app.toml:8:11: `actor.server.grants.create[1]` must be a string, not true or false"#]],
    );
    refuse_all(
        "name = \"a\"\nstart = [1]",
        &expect!["dir/app.toml:2:10: `start[1]` must be a table, not an integer"],
    );
}

/// One pair of brackets too few, or too many.
#[test]
fn brackets_of_the_wrong_number() {
    let text = "name = 'a'\n[start]\n[[limits]]\n[[test]]\nname = 't'\n[test.fault]\n";
    let error = parse(text).unwrap_err();
    let told = error.problems().iter().map(|problem| {
        let help = miette::Diagnostic::help(problem).map(|help| help.to_string());
        format!("{problem}: {}", help.unwrap_or_default())
    });
    expect![[r#"
        `start` must be an array of tables, not a table: write `[[start]]`
        `limits` must be a table, not an array: write `[limits]`
        `test[1].fault` must be an array of tables, not a table: write `[[test.fault]]`"#]]
    .assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn numbers_out_of_range() {
    refuse_all(
        "name = \"a\"\nlimits = { actors = 0, dead-letters = 1_000_001 }",
        &expect![[r#"
        dir/app.toml:2:21: `limits.actors` is 0, which is not between 1 and 16777216
        dir/app.toml:2:39: `limits.dead-letters` is 1000001, which is not between 0 and 1000000"#]],
    );
    refuse_all(
        "name = \"a\"\nlimits = { actors = 0xffff_ffff_ffff_ffff_ffff }",
        &expect![
            "dir/app.toml:2:21: `limits.actors` is 0xffffffffffffffffffff, which is not between 1 and 16777216"
        ],
    );
    refuse(
        "[[start]]\nactor = \"server\"\ncount = -1",
        expect!["dir/app.toml:8:9: `start[1].count` is -1, which is not between 1 and 16777216"],
    );
    refuse_all(
        "name = \"a\"\nseed = 18_446_744_073_709_551_616",
        &expect![
            "dir/app.toml:2:8: `seed` is 18446744073709551616, which is not between 0 and 18446744073709551615"
        ],
    );
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\nfuel = 0\ninbox.capacity = 0",
        &expect![[r#"
            dir/app.toml:4:8: `actor.a.fuel` is 0, which is not between 1 and 18446744073709551615
            dir/app.toml:5:18: `actor.a.inbox.capacity` is 0, which is not between 1 and 1000000000"#]],
    );
}

#[test]
fn words_that_are_not_among_the_choices() {
    refuse(
        "[actor.server.supervision]\nrestart = \"permanet\"\nbeyond = \"x\"",
        expect![[r#"
        dir/app.toml:7:11: `actor.server.supervision.restart` cannot be `permanet`
        dir/app.toml:8:10: `actor.server.supervision.beyond` cannot be `x`"#]],
    );
    refuse(
        "[actor.client.inbox]\noverflow = \"Block\"",
        expect!["dir/app.toml:7:12: `actor.client.inbox.overflow` cannot be `Block`"],
    );
}

#[test]
fn names_that_are_none() {
    refuse_all(
        "name = \"Ünsinn\"",
        &expect![
            "dir/app.toml:1:8: `Ünsinn` cannot be a name: use lower-case letters, digits, `-` and `_`"
        ],
    );
    refuse_all("name = \"\"", &expect!["dir/app.toml:1:8: `` cannot be a name: it is empty"]);
    refuse(
        "[actor.\"a b\"]\ncomponent = \"a\"\n[monitor.\"\"]\ncomponent = \"a\"",
        expect![[r#"
        dir/app.toml:6:8: `a b` cannot be a name: use lower-case letters, digits, `-` and `_`
        dir/app.toml:8:10: `` cannot be a name: it is empty"#]],
    );
    refuse(
        &format!("[actor.{}]\ncomponent = \"a\"", "x".repeat(65)),
        expect![
            "dir/app.toml:6:8: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` cannot be a name: it has more than 64 characters"
        ],
    );
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a/b\"",
        expect![
            "dir/app.toml:8:8: `a/b` cannot be a name: use lower-case letters, digits, `-` and `_`"
        ],
    );
    refuse(
        "[actor.server.grants]\nlookup = [\"client/A\", \"client/\"]",
        expect![[r#"
        dir/app.toml:7:11: `A` cannot be a name: use lower-case letters, digits, `-` and `_`
        dir/app.toml:7:23: `` cannot be a name: it is empty"#]],
    );
}

#[test]
fn sizes() {
    for text in ["64", "64kb", "64 KiB", "KiB", "1.5MiB", "-1B", ""] {
        assert_eq!(
            values::bytes("x", text, 0..=9).unwrap_err().to_string(),
            format!("`x`: `{text}` is not a size")
        );
    }
    assert_eq!(values::bytes("x", "2KiB", 0..=2048), Ok(2048));
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\npayload = \"2GiB\"\noutbox = \"99999999999999999999B\"\n\
         memory = \"65537B\"\nlog-line = \"0B\"",
        &expect![[r#"
            dir/app.toml:4:11: `actor.a.payload` is 2GiB, which is not between 0B and 1GiB
            dir/app.toml:5:10: `actor.a.outbox` is 99999999999999999999B, which is not between 0B and 1GiB
            dir/app.toml:6:10: `actor.a.memory` is 65537B, which is not a whole number of pages
            dir/app.toml:7:12: `actor.a.log-line` is 0B, which is not between 1B and 1MiB"#]],
    );
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\nmemory = \"0B\"\npayload = \"2MiB\"\n\
         [actor.b]\ncomponent = \"b\"\noutbox = \"1KiB\"\nmemory = \"8GiB\"",
        &expect![[r#"
            dir/app.toml:4:10: `actor.a.memory` is 0B, which is not between 64KiB and 4GiB
            dir/app.toml:5:11: `actor.a.payload` is 2MiB, more than the outbox of a turn can hold, 1MiB
            dir/app.toml:8:10: `actor.b.payload` is 64KiB, more than the outbox of a turn can hold, 1KiB
            dir/app.toml:9:10: `actor.b.memory` is 8GiB, which is not between 64KiB and 4GiB"#]],
    );
}

#[test]
fn durations() {
    refuse(
        "supervision.within = \"soon\"\ndeadline = \"0s\"",
        expect![[r#"
        dir/app.toml:6:22: `actor.client.supervision.within`: `soon` is not a duration: expected number at 0
        dir/app.toml:7:12: `actor.client.deadline` is zero"#]],
    );
    refuse(
        "supervision.within = \"5\"\ndeadline = \"-1s\"",
        expect![[r#"
        dir/app.toml:6:22: `actor.client.supervision.within`: `5` is not a duration: time unit needed, for example 5sec or 5ms
        dir/app.toml:7:12: `actor.client.deadline`: `-1s` is not a duration: expected number at 0"#]],
    );
}

#[test]
fn commands_and_paths() {
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"\"\nbuild = \"say 'hi\"\nbuild-directory = \"\\u0000\"\n\
         [actor.b]\ncomponent = \"b\"\nbuild = \"  \"\n\
         [actor.c]\ncomponent = \"c\"\nbuild-directory = \"c\"",
        &expect![[r#"
            dir/app.toml:3:13: `actor.a.component` is empty
            dir/app.toml:4:9: `actor.a.build` is not a command line: a quote is not closed
            dir/app.toml:5:19: `actor.a.build-directory` contains a NUL character
            dir/app.toml:8:9: `actor.b.build` is empty
            dir/app.toml:11:19: `actor.c.build-directory` without a `build` beside it"#]],
    );
}

#[test]
fn folders_that_are_not_granted() {
    refuse(
        "[[actor.client.grants.directories]]\nhost = \"/etc\"\nguest = \"/a\"\n\
         [[actor.client.grants.directories]]\nhost = \"a/../../b\"\nguest = \"b\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/c/../d\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/e\"\n\
         [[actor.client.grants.directories]]\nhost = \"\"\nguest = \"/e/\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/e/\"\n",
        expect![[r#"
            dir/app.toml:7:8: `actor.client.grants.directories[1].host` leads out of the folder of the manifest
            dir/app.toml:10:8: `actor.client.grants.directories[2].host` leads out of the folder of the manifest
            dir/app.toml:11:9: `actor.client.grants.directories[2].guest` is not an absolute path without `.` and `..`
            dir/app.toml:14:9: `actor.client.grants.directories[3].guest` is not an absolute path without `.` and `..`
            dir/app.toml:19:8: `actor.client.grants.directories[5].host` is empty
            dir/app.toml:23:9: `actor.client.grants.directories[6].guest`: `/e` is granted twice"#]],
    );
}

#[test]
fn environment_variables_that_are_none() {
    refuse(
        "grants.environment = { \"\" = \"\", \"a=b\" = \"\", c = \"\\u0000\", d = \"= is fine\" }",
        expect![[r#"
            dir/app.toml:6:24: `` cannot be an environment variable: it has no name
            dir/app.toml:6:33: `a=b` cannot be an environment variable: its name contains `=` or NUL
            dir/app.toml:6:45: `c` cannot be an environment variable: its value contains NUL"#]],
    );
}

#[test]
fn actors_that_are_unknown() {
    refuse(
        "grants = { create = [\"servre\"], lookup = [\"x\", \"clint/main\"] }\n\
         [[start]]\nactor = \"sever\"",
        expect![[r#"
            dir/app.toml:6:22: there is no actor `servre`
            dir/app.toml:6:43: there is no actor `x`
            dir/app.toml:6:48: there is no actor `clint`
            dir/app.toml:8:9: there is no actor `sever`"#]],
    );
}

#[test]
fn names_that_are_started_twice() {
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a\"\n[[start]]\nactor = \"client\"\nname = \"a\"\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\n",
        expect!["dir/app.toml:14:8: `server` is started twice with the name `a`"],
    );
    // `a-2` is the second of `a`; `a-4` and `a-02` are not among them.
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a-2\"\n[[start]]\nactor = \"server\"\nname = \"a-4\"\n\
         [[start]]\nactor = \"server\"\nname = \"a-02\"\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\ncount = 3\n",
        expect!["dir/app.toml:8:8: `server` is started twice with the name `a-2`"],
    );
}

#[test]
fn more_actors_than_there_may_be() {
    refuse(
        "[[start]]\nactor = \"server\"\ncount = 5\n[[start]]\nactor = \"client\"\ncount = 6\n\
         [[start]]\nactor = \"client\"\n[limits]\nactors = 10",
        expect!["dir/app.toml:10:9: 12 actors are started, but `limits.actors` is 10"],
    );
}

#[test]
fn at_most_fifty_problems_are_reported() {
    let keys: String = (0..60).map(|index| format!("key-{index} = 1\n")).collect();
    let error = parse(&keys).unwrap_err();
    assert_eq!(error.to_string(), "`dir/app.toml` has 61 problems");
    assert_eq!(error.problems().len(), 50);
    assert!(error.render(Colour::Off).ends_with("\n  and 11 more\n"));
}
