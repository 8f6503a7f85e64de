//! D. Receive, and of the others what receives.

use super::ways::{Case, MOST, case, case_of};
use crate::world::{PATIENCE, World, wait};
use coyote_host::OutsideEvent;

/// Scenario 36.
#[test]
fn what_was_sent_to_oneself() {
    case("s36a").always(&["assertion: m on u: received"]).runs(&[
        "m failed at u, parked: assertion: received, at PLACE",
        "dead letter, failed-turn: u from m to m",
    ]);
    case("s36b").always(&["assertion: m on u in init: received"]).runs(&[
        "m failed at u, parked: assertion: received, at PLACE",
        "dead letter, failed-turn: u from m to m",
    ]);
}

/// Clients of one server, which answers or does not.
fn ping_pong(answers: bool, clients: &[&'static str]) -> Case {
    let answers = answers.to_string();
    let mut starts = vec![("s37_server", "server", &*answers)];
    starts.extend(clients.iter().map(|&name| ("s37_client", name, "'@server'")));
    case_of(&starts)
}

/// Scenario 37.
#[test]
fn five_rounds() {
    ping_pong(true, &["a"])
        .ends()
        .always(&["pass"])
        .runs(&["a is gone", "dead letter, halted: ping from server to a"]);
}

/// Scenario 38.
#[test]
fn clients_that_wait_for_ever() {
    ping_pong(false, &["a"]).always(&["deadlock: a waits in `init` for `ping`"]).runs(&[]);
    ping_pong(false, &["a", "b"])
        .under(&MOST, &["deadlock: a waits in `init` for `ping`; b waits in `init` for `ping`"])
        .runs(&[]);
    ping_pong(false, &["a", "b", "c"]).sampled("random", &["deadlock: a waits in `init` for `ping`; b waits in `init` for `ping`; c waits in `init` for `ping`", "not checked: delivery models: pairwise, unordered"]).runs(&[]);
}

/// Scenario 39.
#[test]
fn a_request_to_one_that_waits_for_the_asker() {
    case("s39_a").creates("s39_b").always(&["deadlock: m waits in `init` for an answer of s39_b-1; s39_b-1 waits in `init` for `e1`; s39_b-1 has not taken `question`"]).runs(&["dead letter, stopped: question from m to ID"]);
}

/// Scenario 40.
#[test]
fn a_received_request() {
    let asked = case_of(&[("s40_a", "a", ""), ("s40_asker", "asker", "'@a'")]);
    asked.ends().always(&["pass"]).runs(&[]);
    let ask = |world: &World| {
        let request = world.host.request(world.id("m"), OutsideEvent::bare("question"), PATIENCE);
        let answer = wait(request).unwrap();
        assert_eq!(answer.payload.as_slice(), b"\"answer\"");
    };
    case("s40_a").runs_with(ask, &[]);
}

/// Scenario 69.
#[test]
fn receive_and_halt() {
    case("s69").env(&["halt", "e1"]).ends().always(&["pass"]).runs(&["m: e1", "m is gone"]);
    case("s69")
        .env(&["halt"])
        .always(&["deadlock: m waits in `init` for `e1`; m has not taken `halt`"])
        .runs(&["dead letter, stopped: halt from env to m"]);
}

/// Scenario 79.
#[test]
fn the_event_of_a_stopped_timer() {
    case("s79").env(&["u"]).always(&["deadlock: m waits in `u` for `tick`"]);
}
