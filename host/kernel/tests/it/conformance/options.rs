//! C. Send options.

use coyote_kernel::{Delivery, SendOptions};

use super::machine::{Machine, ends, machine, says};
use super::ways::{Case, case};
use crate::play::Play;
use crate::toy::{plain, sink};

const MUST: SendOptions = SendOptions { must_handle: true, instances_max: None };

pub(super) fn ignoring_is_handling() -> Vec<Case> {
    let m = machine("m").state("init").ignore("h");
    let play = Play::new([m.species()]).create("m", "m").send_with("m", "h", MUST);
    vec![case("", play.send("m", "halt")).ordered([""]).unordered(["", "must-handle: m, h"])]
}

pub(super) fn deferring_is_not_handling() -> Vec<Case> {
    let m = machine("m").state("init").defer("h");
    let play = Play::new([m.species()]).create("m", "m").send_with("m", "h", MUST);
    vec![case("", play.send("m", "halt")).always(["must-handle: m, h"])]
}

/// In either order: sent to an actor that is gone, or not taken before it went.
pub(super) fn a_send_beside_a_halt() -> Vec<Case> {
    let part = |part, m: Machine| {
        let env = plain("driver", |toy| match &*toy.on() {
            "init" => {
                toy.create("m", "m")?;
                toy.send("driver", "go")
            }
            _ => {
                toy.tell("sends");
                toy.send_with("m", "h", MUST)
            }
        });
        let play = Play::new([env, m.species()]).create("driver", "driver");
        let violation = "must-handle: m, h";
        let orders = ["halts, sends", "sends, halts"];
        case(part, play).always(orders.map(|order| format!("{order}, {violation}")))
    };
    let m = || machine("m").callback("halt", says("halts")).state("init").defer("h");
    vec![part("a", m().entry(ends)), part("b", m().entry(|act| act.send("m", "halt")))]
}

pub(super) fn a_deferred_halt_comes_first_in_the_next_state() -> Vec<Case> {
    let m = machine("m").state("init").defer("h").defer("halt").goto("move", "next");
    let m = m.state("next").entry(says("+next"));
    let play = Play::new([m.species()]).create("m", "m").send("m", "halt");
    let play = play.send_with("m", "h", MUST).send("m", "move");
    vec![case("", play).ordered(["+next, must-handle: m, h"])]
}

/// The count is taken right after the commit, so nothing can come between but where each effect leaves by itself.
pub(super) fn too_many_of_a_kind() -> Vec<Case> {
    let one = SendOptions { must_handle: false, instances_max: Some(1) };
    let a = machine("a").state("init").entry(|act| {
        act.create("n", "n")?;
        act.push("s1")
    });
    let a = a.state("s1").entry(move |act| {
        act.send_with("n", "e1", one)?;
        act.send_with("n", "e1", one)
    });
    let play = Play::new([a.species(), sink("n")]).create("a", "a");
    let violation = "max-instances: n, e1, 1";
    vec![case("", play).always([violation]).under(&[Delivery::Mailbox], ["", violation])]
}
