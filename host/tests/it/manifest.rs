//! Bad manifests, as an author reads about them. (The tests of the module `app` have them all.)

use std::fs;
use std::path::Path;

use coyote_host::{App, AppError, Colour};
use expect_test::{Expect, expect};

/// With a line in front that is not indented: snapshots do not keep an indentation that all lines share.
fn rendered(error: &AppError) -> String {
    format!("error:\n{}", error.render(Colour::Off))
}

fn refused(text: &str, expected: Expect) {
    let error = App::parse(text, Path::new("app.toml")).unwrap_err();
    expected.assert_eq(&rendered(&error));
}

#[test]
fn a_manifest_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let error = rendered(&App::load(folder.path()).unwrap_err());
    expect![[r#"
        error:
          × there is no file `DIR/app.toml`
          help: `coyote-host new app NAME` makes a folder with an app.toml
    "#]]
    .assert_eq(&error.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn a_manifest_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("app.toml")).unwrap();
    let error = rendered(&App::load(folder.path()).unwrap_err());
    expect![[r#"
        error:
          × cannot read `DIR/app.toml`
          ╰─▶ Is a directory (os error 21)
    "#]]
    .assert_eq(&error.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn an_unknown_key() {
    refused(
        "name = 'x'\n[actor.a]\ncomponent = 'a.wasm'\nmemroy = '1MiB'\n",
        expect![[r#"
            error:
              × unknown key `actor.a.memroy`
               ╭─[app.toml:4:1]
             3 │ component = 'a.wasm'
             4 │ memroy = '1MiB'
               · ───┬──
               ·    ╰── here
               ╰────
              help: did you mean `memory`?
        "#]],
    );
}

#[test]
fn a_wrong_type() {
    refused(
        "name = 'x'\n[actor.a]\ncomponent = 'a.wasm'\nfuel = 'much'\n",
        expect![[r#"
            error:
              × `actor.a.fuel` must be an integer, not a string
               ╭─[app.toml:4:8]
             3 │ component = 'a.wasm'
             4 │ fuel = 'much'
               ·        ───┬──
               ·           ╰── here
               ╰────
        "#]],
    );
}

#[test]
fn two_actors_with_one_name() {
    let start = "[[start]]\nactor = 'a'\nname = 'same'\n";
    let text = format!("name = 'x'\n[actor.a]\ncomponent = 'a.wasm'\n{start}{start}");
    refused(
        &text,
        expect![[r#"
            error:
              × `a` is started twice with the name `same`
               ╭─[app.toml:9:8]
             8 │ actor = 'a'
             9 │ name = 'same'
               ·        ───┬──
               ·           ╰── here
               ╰────
        "#]],
    );
    refused(
        "name = 'x'\n[actor.a]\ncomponent = 'a'\n[actor.a]\ncomponent = 'b'\n",
        expect![[r#"
            error:
              × duplicate key
               ╭─[app.toml:4:8]
             3 │ component = 'a'
             4 │ [actor.a]
               ·        ┬
               ·        ╰── here
             5 │ component = 'b'
               ╰────

              × duplicate key
               ╭─[app.toml:5:1]
             4 │ [actor.a]
             5 │ component = 'b'
               · ────┬────
               ·     ╰── here
               ╰────
        "#]],
    );
}

#[test]
fn start_entries_that_need_each_other() {
    let start = |name, other| {
        format!("[[start]]\nactor = 'a'\nname = '{name}'\ninitial = {{ to = '@{other}' }}\n")
    };
    let (one, other) = (start("one", "other"), start("other", "one"));
    refused(
        &format!("name = 'x'\n[actor.a]\ncomponent = 'a.wasm'\n{one}{other}"),
        expect![[r#"
            error:
              × start entries refer to each other in a circle: one -> other -> one
                ╭─[app.toml:11:18]
             10 │ name = 'other'
             11 │ initial = { to = '@one' }
                ·                  ───┬──
                ·                     ╰── here
                ╰────
              help: let one of them learn the id from a message instead
        "#]],
    );
}
