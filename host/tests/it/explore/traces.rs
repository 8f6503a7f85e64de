//! Traces as files and tokens: what is damaged or of something else is refused with the reason.

use std::fs;
use std::path::PathBuf;

use coyote_host::{FoundBug, Replay, ReplayError};
use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::{bug_of, first_bug, lost_order, many, masked, replay, send, tested, text_of};
use crate::world::{app, cache, component};

/// A trace in a file of its own.
struct Trace {
    _folder: TempDir,
    path: PathBuf,
    bug: FoundBug,
}

impl Trace {
    /// That of the first bug of an app.
    fn of(text: &str) -> Self {
        let (folder, bug) = (tempfile::tempdir().unwrap(), first_bug(text));
        let path = folder.path().join("a.trace");
        fs::write(&path, bug.trace_file()).unwrap();
        Self { _folder: folder, path, bug }
    }

    fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Why these bytes are refused.
    fn refusal(&self, bytes: &[u8]) -> String {
        fs::write(&self.path, bytes).unwrap();
        refusal(&lost_order(), self.name()).replace(self.name(), "FILE")
    }
}

/// Why a trace is refused.
#[track_caller]
fn refusal(text: &str, trace: &str) -> String {
    match Replay::new(app(text), trace).and_then(|replay| replay.cache(cache()).run()) {
        Ok(report) => panic!("{trace} was accepted: {report}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_file_that_is_cut_off() {
    let trace = Trace::of(&lost_order());
    let bytes = trace.bug.trace_file();
    for len in 0..bytes.len() {
        let expected = match len {
            ..12 => "`FILE` is no trace",
            12..24 => "`FILE` is damaged: it is cut off",
            _ => "`FILE` is damaged: its checksum is wrong",
        };
        assert_eq!(trace.refusal(&bytes[..len]), expected, "{len}");
    }
}

#[test]
fn a_file_with_a_flipped_bit() {
    let trace = Trace::of(&lost_order());
    let bytes = trace.bug.trace_file();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            ..12 => "`FILE` is no trace".to_owned(),
            12..16 => format!(
                "`FILE` is a trace of version {}; this program reads versions 1 and 2",
                1 ^ (1_u32 << (bit - 12 * 8))
            ),
            _ => "`FILE` is damaged: its checksum is wrong".to_owned(),
        };
        assert_eq!(trace.refusal(&bytes), expected, "{bit}");
    }
}

#[test]
fn a_file_with_more_behind_it() {
    let trace = Trace::of(&lost_order());
    let bytes = [trace.bug.trace_file(), vec![0]].concat();
    assert_eq!(trace.refusal(&bytes), "`FILE` is damaged: its checksum is wrong");
}

#[test]
fn a_file_that_is_not_there() {
    expect!["cannot read `none.trace`: No such file or directory (os error 2)"]
        .assert_eq(&refusal(&lost_order(), "none.trace"));
    assert!(refusal(&lost_order(), "/").starts_with("cannot read `/`: "));
}

/// Every prefix and every flipped bit of a token is refused, whatever it then looks like.
#[test]
fn a_token_that_is_damaged() {
    let token = first_bug(&lost_order()).token;
    for len in 0..token.len() {
        refusal(&lost_order(), &token[..len]);
    }
    for bit in 0..token.len() * 8 {
        let mut bytes = token.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(token) = String::from_utf8(bytes) {
            refusal(&lost_order(), &token);
        }
    }
    let refused =
        |token: &str, expected: Expect| expected.assert_eq(&refusal(&lost_order(), token));
    refused("cy1-", expect!["`cy1-` is damaged: it is cut off"]);
    refused("cy1-AAAAAAAA", expect!["`cy1-AAAAAAAA` is damaged: its checksum is wrong"]);
    refused("cy1-!", expect!["`cy1-!` is damaged: it is cut off, or not as it was printed"]);
    refused(
        "cy2-AAAA",
        expect!["`cy2-AAAA` is a trace of version 2; this program reads version 1"],
    );
    refused("cyx-AAAA", expect!["`cyx-AAAA` is no trace"]);
}

/// A trace is of an app with its components and of a test of it.
#[test]
fn a_trace_of_something_else() {
    let text = lost_order();
    let trace = Trace::of(&text);
    let refused = |text: &str, expected: Expect| {
        expected.assert_eq(&refusal(text, trace.name()));
        let token = refusal(text, &trace.bug.token);
        assert_eq!(
            token,
            "the token is of another app, or its manifest, one of its components or the snapshot was another"
        );
    };
    refused(
        &text.replace("'app'", "'other'"),
        expect!["the trace is of the app `app`, not of `other`"],
    );
    refused(
        &format!("{text}[[test]]\nname = 'new'\n"),
        expect!["the trace is of the test `default`, which the app does not have"],
    );
    refused(
        &text.replace("[actor.it]", "[actor.it]\neffects = 5"),
        expect![
            "the trace was made with another manifest: what it says about the test `default` differs"
        ],
    );
    refused(
        &text.replace("'two'", "'one'"),
        expect![
            "the trace was made with another manifest: what it says about the test `default` differs"
        ],
    );
    let more = component("scripted.wasm");
    refused(
        &format!("{text}[actor.more]\ncomponent = '{}'\n", more.display()),
        expect!["the trace was made with another component of more"],
    );
}

/// What concerns an exploration and no single execution may change.
#[test]
fn a_manifest_that_explores_more() {
    let test = "[[test]]\nname = 'default'\niterations = 3\n";
    let trace = Trace::of(&lost_order());
    let text = format!("{}{test}", lost_order());
    for trace in [trace.name(), &trace.bug.token] {
        assert!(replay(&text, trace).run().unwrap().bug.is_some());
    }
}

/// Options change what is explored, and the trace says so.
#[test]
fn a_trace_that_was_found_with_options() {
    let text = tested(
        "",
        &[
            ("y", "anything = [{ expect = ['one', 'two'] }]"),
            ("x", &format!("init = [{}, {}]", send("y", "one"), send("y", "two"))),
        ],
    );
    let explorer = super::explorer(&text).delivery(coyote_host::Delivery::Unordered).seed(u64::MAX);
    let steps = std::num::NonZeroU32::new(20_000).unwrap();
    let report = explorer.iterations(many(77)).steps_max(steps).run().unwrap();
    let [bug] = &report.bugs[..] else { panic!("{report}") };
    super::check_bug(
        &text,
        &|explorer| {
            let explorer = explorer.delivery(coyote_host::Delivery::Unordered).seed(u64::MAX);
            explorer.steps_max(steps)
        },
        bug,
    );
}

/// The same code under another digest: the actor whose component it is, is named. With `go_on` it is followed all the
/// same, as far as that goes.
#[test]
fn a_component_that_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scripted.wasm");
    let original = fs::read(component("scripted.wasm")).unwrap();
    fs::write(&path, &original).unwrap();
    let starts = [("c", "init = [{ toss = { below = 2 } }]")];
    let text = text_of(&path, "", "", &starts);
    let trace = Trace::of(&text);
    // A custom section without contents.
    fs::write(&path, [&original[..], &[0, 2, 1, b'x']].concat()).unwrap();
    expect!["the trace was made with another component of it"]
        .assert_eq(&refusal(&text, trace.name()));
    expect!["the token is of another app, or its manifest, one of its components or the snapshot was another"]
        .assert_eq(&refusal(&text, &trace.bug.token));
    for name in [trace.name(), &trace.bug.token] {
        let report = replay(&text, name).go_on().run().unwrap();
        assert_eq!((bug_of(&report), report.left_at), (super::heading(&trace.bug), None));
    }
}

/// Where the app has changed, the rest is what production would do.
#[test]
fn going_on_where_a_trace_leads_elsewhere() {
    let trace = Trace::of(&lost_order());
    // B is no more there, so it cannot start first.
    let text = lost_order().replace("name = 'b'", "name = 'd'");
    let report = replay(&text, trace.name()).go_on().run().unwrap();
    expect![[r#"
           1  c starts {"anything":[{"expect":["one","two"]}]}
           2  a starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
           3  d starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
           4  c takes `one` from a
           5  c takes `two` from d
        from step 1 on the trace was not followed
        no bug: quiescent
    "#]]
    .assert_eq(&masked(&report.to_string()));
    // The places of a token lead somewhere, too.
    let report = replay(&text, &trace.bug.token).go_on().run().unwrap();
    expect![[r#"
           1  d starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
           2  c starts {"anything":[{"expect":["one","two"]}]}
           3  c takes `two` from d
        assertion: c: [Two] is not the order
    "#]]
    .assert_eq(&masked(&report.to_string()));
    // Where it leads to the same, it is followed to its end and beyond.
    let text = lost_order().replace("anything = [{ expect = ['one', 'two'] }]", "");
    let report = replay(&text, trace.name()).go_on().run().unwrap();
    expect![[r#"
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
           2  c starts {}
           3  c takes `two` from b
           4  a starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
           5  c takes `one` from a
        no bug: quiescent
    "#]]
    .assert_eq(&masked(&report.to_string()));
}

#[test]
fn the_original_trace() {
    let trace = Trace::of(&lost_order());
    let report = replay(&lost_order(), trace.name()).original().run().unwrap();
    assert_eq!(u32::try_from(report.lines.len()).unwrap(), trace.bug.steps);
    expect![[r#"
           1  c starts {"anything":[{"expect":["one","two"]}]}
           2  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
           3  c takes `two` from b
        assertion: c: [Two] is not the order
    "#]]
    .assert_eq(&masked(&report.to_string()));
}

/// A file whose checksum is right, whatever else is not: it is refused, or followed as far as that goes.
#[test]
fn a_forged_file() {
    let trace = Trace::of(&lost_order());
    let bytes = trace.bug.trace_file();
    let body = 16..bytes.len() - 8;
    let (mut refused, mut ours, mut followed) = (0, 0, 0);
    for bit in body.flat_map(|byte| [byte * 8, byte * 8 + 3, byte * 8 + 7]) {
        let mut bytes = bytes[..bytes.len() - 8].to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let sum = twox_hash::XxHash3_64::oneshot(&bytes);
        bytes.extend(sum.to_le_bytes());
        fs::write(&trace.path, bytes).unwrap();
        let replay = Replay::new(app(&lost_order()), trace.name());
        match replay.and_then(|replay| replay.cache(cache()).run()) {
            Ok(_) => followed += 1,
            Err(ReplayError::NotRepeatable { .. }) => ours += 1,
            Err(_) => refused += 1,
        }
    }
    // Most of it is digests and names.
    assert!(refused > ours && ours > 0 && followed > 0, "{refused} {ours} {followed}");
}

/// With equal components and an equal manifest, a trace that leads elsewhere is our bug, which only a forger sees.
#[test]
fn a_trace_that_leads_elsewhere_without_a_reason() {
    let trace = Trace::of(&lost_order());
    let mut bytes = trace.bug.trace_file();
    bytes.truncate(bytes.len() - 8);
    // The sort of the bug.
    let place = bytes.windows(9).position(|bytes| bytes == b"assertion").unwrap();
    bytes[place..place + 9].copy_from_slice(b"panicking");
    let sum = twox_hash::XxHash3_64::oneshot(&bytes);
    bytes.extend(sum.to_le_bytes());
    expect!["the trace does not repeat itself with an equal app; this is a bug of coyote-host: the trace ends in panicking, not in assertion"].assert_eq(&trace.refusal(&bytes));
}
