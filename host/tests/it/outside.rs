//! What embedding code can do.

use std::time::Duration;

use coyote_host::{
    Answer, Encoding, Init, OutsideEvent, Payload, RequestError, RunVerdict, SendError, Status,
};
use expect_test::expect;

use crate::world::{PATIENCE, World, app, check_with, component, hostile, manifest, summary, wait};

fn json(text: &str) -> Answer {
    Answer { encoding: Encoding::Json, payload: text.as_bytes().to_vec() }
}

fn setup(text: &str) -> Init {
    Init { encoding: Encoding::Json, payload: Payload::from_slice(text.as_bytes()) }
}

fn echo(text: &str) -> OutsideEvent {
    OutsideEvent::new("echo", Encoding::Json, format!("{{\"text\":\"{text}\"}}").into_bytes())
}

#[test]
fn a_request_is_answered() {
    for workers in [1, 2] {
        let world = World::with_workers(hostile("", &[("it", "do = 'nothing'")]), workers);
        let request = |event| wait(world.host.request(world.id("it"), event, PATIENCE));
        assert_eq!(request(echo("hello")), Ok(json("\"hello\"")));
        assert_eq!(request(OutsideEvent::bare("get")), Ok(json("0")));
    }
}

#[test]
fn a_request_is_refused() {
    let world = World::of(hostile("", &[("it", "do = 'reply-error'")]));
    let refused = wait(world.host.request(world.id("it"), OutsideEvent::bare("go"), PATIENCE));
    assert_eq!(refused, Err(RequestError::Refused("a refusal of the guest's".to_owned())));
}

#[test]
fn a_second_reply_is_a_dead_letter() {
    let act = |world: &World| {
        let request = world.host.request(world.id("it"), OutsideEvent::bare("go"), PATIENCE);
        assert_eq!(wait(request), Ok(json("\"first\"")));
    };
    check_with(
        hostile("", &[("it", "do = 'reply-twice'")]),
        act,
        expect![[r#"
        dead letter, already-replied: reply from it to outside
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 already-replied
    "#]],
    );
}

/// The actor panics after it replied, so there is no answer but that of the deadline.
#[test]
fn a_request_without_an_answer_ends_at_its_deadline() {
    let act = |world: &World| {
        let deadline = Duration::from_millis(1);
        let request = world.host.request(world.id("it"), OutsideEvent::bare("go"), deadline);
        assert_eq!(wait(request), Err(RequestError::Deadline));
    };
    check_with(
        hostile("", &[("it", "do = 'reply-then-panic'")]),
        act,
        expect![[r#"
        it failed at go, parked: panic: a panic of the guest's, at PLACE
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

/// The worker of the actor stands in its turn until the other worker has ended the request.
#[test]
fn a_reply_after_the_deadline_is_a_dead_letter() {
    let names: Vec<_> = (1..=17).map(|number| format!("it-{number}")).collect();
    let starts: Vec<_> = names.iter().map(|name| (name.as_str(), "do = 'nothing'")).collect();
    let world = World::with_workers(hostile("", &starts), 2);
    world.settle();
    let held = world.hold_at("turns: 0");
    let event = OutsideEvent::bare("get");
    let request = world.host.request(world.id("it-17"), event, Duration::from_millis(1));
    assert_eq!(wait(request), Err(RequestError::Deadline));
    held.wait();
    drop(held);
    expect![[r#"
        it-17: turns: 0
        dead letter, already-replied: reply from it-17 to outside
        Quiescent: 1 events; actors: 17 created, 17 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 already-replied
    "#]].assert_eq(&world.finish());
}

#[test]
fn a_reply_that_nobody_asked_for_fails_the_turn() {
    let act = |world: &World| world.send_and_settle("it", "go");
    check_with(
        hostile("", &[("it", "do = 'reply-twice'")]),
        act,
        expect![[r#"
        it failed at go, parked: illegal-call: a reply, but the current group is not that of a request
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn a_request_to_an_actor_that_is_gone_ends_at_its_deadline() {
    let world = World::of(hostile("", &[("it", "do = 'halt'")]));
    world.send_and_settle("it", "go");
    let event = OutsideEvent::bare("get");
    let request = world.host.request(world.id("it"), event, Duration::from_millis(1));
    assert_eq!(wait(request), Err(RequestError::Deadline));
}

#[test]
fn a_host_that_ends_ends_what_waits_for_it() {
    let world = World::of(hostile("", &[("it", "do = 'nothing'")]));
    let request = world.host.request(world.id("it"), OutsideEvent::bare("noise"), PATIENCE);
    world.settle();
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.verdict, RunVerdict::Quiescent);
    assert_eq!(wait(request), Err(RequestError::Ended));
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let world = World::of(hostile("", &[("it", "do = 'nothing'")]));
    let host = &world.host;
    let send = |kind: &str| host.send(world.id("it"), OutsideEvent::bare(kind)).unwrap_err();
    assert_eq!(send("").to_string(), "`` is no kind of event that can be sent");
    assert_eq!(send("*").to_string(), "`*` is no kind of event that can be sent");
    assert_eq!(send("default").to_string(), "`default` is no kind of event that can be sent");
    let nobody = host.id_of("hostile", "nobody").unwrap();
    let error = host.send(nobody, OutsideEvent::bare("go")).unwrap_err();
    assert_eq!(error, SendError::UnknownId { id: nobody });
    assert_eq!(error.to_string(), format!("the id `{nobody}` was never issued"));
    let admitted = wait(host.send_admitted(nobody, OutsideEvent::bare("go")));
    assert_eq!(admitted, Err(error.clone()));
    let request = wait(host.request(nobody, OutsideEvent::bare("go"), PATIENCE));
    assert_eq!(request, Err(RequestError::Send(error)));
    assert_eq!(wait(host.status(nobody)), None);
}

#[test]
fn actors_are_created_from_outside() {
    let text =
        manifest(&component("hostile.wasm"), "limits.actors = 3", "", &[("it", "do = 'nothing'")]);
    let world = World::of(app(&text));
    let host = &world.host;
    let nothing = || setup("{\"do\":\"nothing\"}");
    let named = host.create("hostile", Some("named"), nothing()).unwrap();
    assert_eq!(host.id_of("hostile", "named"), Ok(named));
    assert_eq!(
        host.create("hostile", Some("named"), nothing()),
        Err(SendError::IdInUse { id: named })
    );
    let unnamed = host.create("hostile", None, nothing()).unwrap();
    assert_ne!(named, unnamed);
    let kind = "other".to_owned();
    assert_eq!(host.id_of("other", "x"), Err(SendError::UnknownKind { kind: kind.clone() }));
    assert_eq!(host.create("other", None, nothing()), Err(SendError::UnknownKind { kind }));
    assert_eq!(host.create("hostile", None, nothing()), Err(SendError::TooManyActors));
    for id in [named, unnamed] {
        assert_eq!(wait(host.request(id, echo("there"), PATIENCE)), Ok(json("\"there\"")));
    }
}

#[test]
fn a_name_is_free_again_after_a_halt() {
    let world = World::of(hostile("", &[("it", "do = 'halt'")]));
    world.send_and_settle("it", "go");
    let host = &world.host;
    let again = host.create("hostile", Some("it"), setup("{\"do\":\"nothing\"}"));
    assert_eq!(again, Ok(world.id("it")));
    assert_eq!(wait(host.request(world.id("it"), echo("back"), PATIENCE)), Ok(json("\"back\"")));
}

#[test]
fn status_and_report_tell_how_things_are() {
    let world = World::of(hostile("", &[("it", "do = 'trap'"), ("other", "do = 'halt'")]));
    world.settle();
    let status = |name: &str| wait(world.host.status(world.id(name)));
    assert_eq!(status("it"), Some(Status::Idle));
    let report = wait(world.host.report());
    expect![[r#"
        Running: 0 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&summary(&report));
    world.send_and_settle("it", "go");
    world.send_and_settle("other", "go");
    let Some(Status::Failed(failure)) = status("it") else { panic!("{:?}", status("it")) };
    expect!["trap: wasm `unreachable` instruction executed"].assert_eq(&failure.to_string());
    assert_eq!(status("other"), None);
    let report = wait(world.host.report());
    expect![[r#"
        Running: 2 events; actors: 2 created, 1 live, 1 failed, 1 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]].assert_eq(&summary(&report));
    assert_eq!(report.seed, 1);
}

#[test]
fn a_dead_letter_shows_its_payload() {
    let world = World::of(hostile("", &[("it", "do = 'halt'")]));
    world.send_and_settle("it", "go");
    world.host.send(world.id("it"), echo("hello")).unwrap();
    let bytes = OutsideEvent::new("noise", Encoding::Bytes, vec![0, 255, b'a']);
    world.host.send(world.id("it"), bytes).unwrap();
    world.settle();
    let (_, report) = world.end(PATIENCE);
    let payloads: Vec<_> = report.dropped_events.iter().map(|event| &event.payload).collect();
    assert_eq!(payloads, ["{\"text\":\"hello\"}", "\\x00\\xffa"]);
}
