//! With what actors begin.

use expect_test::{Expect, expect};

use super::{BASE, load, refuse, refuse_all};

/// The same with the initial payload of a client, among three servers and some others.
#[track_caller]
fn refuse_initial(value: &str, expected: Expect) {
    let added = format!(
        "[[start]]\nactor = \"client\"\ninitial = {value}\n\
         [[start]]\nactor = \"server\"\nname = \"many\"\ncount = 3\n\
         [[start]]\nactor = \"server\"\nname = \"main\"\n\
         [[start]]\nactor = \"client\"\nname = \"main\"\n\
         [[start]]\nactor = \"server\"\n[[start]]\nactor = \"server\"\n"
    );
    refuse_all(&format!("{BASE}{added}"), &expected);
}

fn json(added: &str) -> String {
    let app = load(added);
    let initial = app.starts()[0].initial.as_ref().expect("a payload");
    initial.to_json(|start, instance| format!("{}.{instance}", start.index()))
}

#[test]
fn payloads_become_json() {
    let added = r#"
        [[start]]
        actor = "client"
        [start.initial]
        text = "a\"b\u0001ü"
        numbers = [1, -2, 0x1F, 18446744073709551615, 1.0, 1e-7]
        truth = true
        when = 1979-05-27T07:32:00Z
        nested = { z = [], y = {} }
        at = "@@server"
    "#;
    expect![[r#"{"at":"@server","nested":{"y":{},"z":[]},"numbers":[1,-2,31,18446744073709551615,1.0,1e-7],"text":"a\"b\u0001ü","truth":true,"when":"1979-05-27T07:32:00Z"}"#]].assert_eq(&json(added));
    assert_eq!(json("[[start]]\nactor = \"client\"\ninitial = \"text\""), "\"text\"");
}

#[test]
fn references_become_ids() {
    let added = r#"
        [[start]]
        actor = "client"
        initial = { all = "@many[*]", third = "@server/many[3]", main = "@main", kind = "@server", one = ["@main[1]"] }
        [[start]]
        actor = "server"
        name = "many"
        count = 3
        [[start]]
        actor = "client"
        name = "main"
        [[start]]
        actor = "server"
    "#;
    expect![[
        r#"{"all":["1.0","1.1","1.2"],"kind":"3.0","main":"2.0","one":["2.0"],"third":"1.2"}"#
    ]]
    .assert_eq(&json(added));
}

#[test]
fn payloads_that_json_cannot_say() {
    refuse_initial(
        "[nan, { x = -inf }]",
        expect![[r#"
        dir/app.toml:8:12: `start[1].initial[1]` is nan, which JSON cannot say
        dir/app.toml:8:23: `start[1].initial[2].x` is -inf, which JSON cannot say"#]],
    );
    refuse_initial(
        "{ x = 18446744073709551616, y = \"1e999\" }",
        expect![
            "dir/app.toml:8:17: `start[1].initial.x` is 18446744073709551616, which is not between -9223372036854775808 and 18446744073709551615"
        ],
    );
}

#[test]
fn references_that_are_none() {
    refuse_initial(
        r#"["@", "@[1]", "@many[1", "@many[x]", "@many[0]", "@many[4]"]"#,
        expect![[r#"
        dir/app.toml:8:12: `@` is not a reference: it names nobody
        dir/app.toml:8:17: `@[1]` is not a reference: it names nobody
        dir/app.toml:8:25: `@many[1` is not a reference: the `[` is not closed
        dir/app.toml:8:36: `@many[x]` is not a reference: `[` and `]` hold a number or `*`
        dir/app.toml:8:48: `@many[0]`: there are 3, counted from 1
        dir/app.toml:8:60: `@many[4]`: there are 3, counted from 1"#]],
    );
    refuse_initial(
        r#"["@many", "@manny[1]", "@main", "@server", "@client/main[2]"]"#,
        expect![[r#"
        dir/app.toml:8:12: `@many` refers to 3 actors
        dir/app.toml:8:21: `@manny[1]` refers to no start entry
        dir/app.toml:8:34: `@main` could be any of `@server/main`, `@client/main`
        dir/app.toml:8:43: `@server` could be any of `@server (start[5])`, `@server (start[6])`
        dir/app.toml:8:54: `@client/main[2]`: there are 1, counted from 1"#]],
    );
    refuse_initial(
        r#""@server/other""#,
        expect!["dir/app.toml:8:11: `@server/other` refers to no start entry"],
    );
}

#[test]
fn payloads_that_ids_make_too_large() {
    let all = vec!["\"@many[*]\""; 200].join(", ");
    refuse(
        &format!(
            "[[start]]\nactor = \"client\"\ninitial = [{all}]\n\
             [[start]]\nactor = \"server\"\nname = \"many\"\ncount = 10_000"
        ),
        expect!["dir/app.toml:8:11: `start[1].initial` is larger than 16MiB as JSON"],
    );
}

#[test]
fn start_entries_that_refer_to_each_other() {
    refuse(
        "[[start]]\nactor = \"client\"\ninitial = [\"@client\"]\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\ninitial = [\"@b\"]\n\
         [[start]]\nactor = \"server\"\nname = \"b\"\ninitial = [\"@c\", \"@c\"]\n\
         [[start]]\nactor = \"server\"\nname = \"c\"\ninitial = { x = { y = \"@a\" } }\n",
        expect![[r#"
            dir/app.toml:8:12: start entries refer to each other in a circle: client -> client
            dir/app.toml:20:23: start entries refer to each other in a circle: a -> b -> c -> a"#]],
    );
}
