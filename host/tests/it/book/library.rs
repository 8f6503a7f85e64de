//! What the pages show of the library.

use std::error::Error;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use coyote_host::{
    ActorTest, App, Did, Explorer, Host, LogLine, Observer, OutsideEvent, Replay, Verdict, json,
};
use serde_json::json;

// ANCHOR: embed
/// Hands on what actors log.
struct Console(Sender<String>);

impl Observer for Console {
    fn line(&self, line: &LogLine<'_>) {
        _ = self.0.send(format!("{}: {}", line.actor, line.message));
    }
}

#[test]
fn an_app_inside_a_program() -> Result<(), Box<dyn Error>> {
    let app = App::load("../example-actors/hello-world/app.toml".as_ref())?;
    let (sender, lines) = mpsc::channel();
    let host = Host::builder(app).observer(Console(sender)).build()?;

    // The manifest starts a server and three clients. One more client, told where the server is:
    let server = host.id_of("server", "server")?;
    host.create("client", Some("late"), json(&json!({ "server": server }))?)?;

    assert!(host.until_quiescent(Duration::from_secs(10)));
    let report = host.drain(Duration::from_secs(1));
    assert_eq!((report.actors.created, report.failures), (5, 0));
    assert!(lines.iter().any(|line| line == "late: pong received"));
    Ok(())
}
// ANCHOR_END: embed

// ANCHOR: explore
#[test]
fn every_client_gets_its_answer() -> Result<(), Box<dyn Error>> {
    let app = App::load("../example-actors/hello-world/app.toml".as_ref())?;
    let iterations = NonZeroU64::new(300).unwrap();
    let report = Explorer::new(app).test("three-clients").iterations(iterations).run()?;
    report.assert_no_bug();
    Ok(())
}
// ANCHOR_END: explore

// ANCHOR: exhaustive
#[test]
fn two_clients_get_their_answers_whatever_happens() -> Result<(), Box<dyn Error>> {
    let app = App::load("../example-actors/hello-world/app.toml".as_ref())?;
    let states_max = NonZeroUsize::new(1_000).unwrap();
    let report = Explorer::new(app).test("two-clients").exhaustive(states_max).run()?;
    report.assert_no_bug();
    assert_eq!(report.verdict, Verdict::Exhausted);
    Ok(())
}
// ANCHOR_END: exhaustive

// ANCHOR: timeline
#[test]
fn since_when_the_server_remembers_the_wrong_caller() -> Result<(), Box<dyn Error>> {
    let app = App::load("../example-actors/hello-world/buggy.toml".as_ref())?;
    let trace = "../example-actors/hello-world/traces/second-pong.trace";
    let mut timeline = Replay::new(app, trace)?.go_on().open()?;

    // From the end back to the step that made the server what it is.
    let mut server = |step| {
        timeline.go_to(step);
        let server = timeline.view().actors.into_iter().find(|actor| actor.name == "server");
        server.and_then(|server| server.text)
    };
    let last = server(9);
    let step = (1..=9).rev().find(|&step| server(step - 1) != last);
    assert_eq!(step, Some(5));
    assert!(timeline.report().lines[4].to_string().contains("server takes `ping` from client-3"));
    Ok(())
}
// ANCHOR_END: timeline

// ANCHOR: alone
#[test]
fn the_server_answers_who_asked() -> Result<(), Box<dyn Error>> {
    let app = App::load("../example-actors/hello-world/app.toml".as_ref())?;
    let mut server = ActorTest::new(app, "server")?;
    assert_eq!(server.initialize(json(&json!({ "remembers-caller": false }))?), []);

    let client = server.peer();
    let ping = OutsideEvent::json("ping", &json!({ "caller": client, "label": "somebody" }))?;
    let did = server.send(client, ping)?;
    assert!(matches!(&did[..], [Did::Sent { to, event, .. }] if *to == client && event == "pong"));
    assert!(server.inbox().is_empty());
    Ok(())
}
// ANCHOR_END: alone
