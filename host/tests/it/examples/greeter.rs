use coyote_host::{ActorId, ActorTest, Did, OutsideEvent, json};
use expect_test::expect;
use serde_json::json;

use super::Example;
use crate::world::cache;

const GREETER: Example = Example {
    folder: "greeter",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "five-requests",
    small: "one-request",
    trace: "greeting-too-many.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    GREETER.finds(expect![[r#"
        0: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        1: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        2: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        3: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        4: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        5: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        6: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        7: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        8: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
        9: iteration 0, 5 steps, 5 minimised: assertion: `good morning` is a greeting too many
    "#]]);
    GREETER.has_no_bug();
    GREETER.is_exhausted(2);
    GREETER.repeats(expect![
        "after 5 steps: assertion: client-1: `good morning` is a greeting too many"
    ]);
}

/// The greeter without its client: which text it picks and whether it greets twice is what it draws.
#[test]
fn the_greeter_alone() {
    check_greeter("fixed.toml", false, &[1], &["hello world"]);
    check_greeter("fixed.toml", false, &[0, 0], &["good morning"]);
    check_greeter("app.toml", true, &[0, 1], &["good morning"]);
    check_greeter("app.toml", true, &[1, 0], &["hello world", "hello world"]);
}

#[track_caller]
fn check_greeter(manifest: &str, greets_twice: bool, draws: &[u32], expected: &[&str]) {
    let app = GREETER.app(manifest);
    let mut greeter = ActorTest::with_cache(app, "greeter", Some(cache())).unwrap();
    let init = json(&json!({ "greets_twice": greets_twice })).unwrap();
    assert_eq!(greeter.initialize(init), []);
    let caller = greeter.peer();
    let request = OutsideEvent::json("request-greeting", &json!({ "caller": caller })).unwrap();
    greeter.draws(draws.iter().copied());
    let did = greeter.send(caller, request).unwrap();
    let greetings: Vec<_> = did.iter().map(|did| greeting(did, caller)).collect();
    assert_eq!(greetings, expected);
}

/// The text of a greeting. In postcard a text is its length and its bytes.
fn greeting(did: &Did, caller: ActorId) -> &str {
    let Did::Sent { to, event, payload } = did else { panic!("{did:?}") };
    assert_eq!((*to, event.as_str()), (caller, "greeting"));
    let (length, text) = payload.split_first().unwrap();
    assert_eq!(usize::from(*length), text.len());
    std::str::from_utf8(text).unwrap()
}
