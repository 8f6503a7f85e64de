//! Under which delivery models a bug shows.

use coyote_kernel::strategy::Random;
use coyote_kernel::{Delivery, Rules, minimise, recheck};

use crate::minimise::{crossing, find, forgotten, lost_update};
use crate::play::Play;
use crate::toy::{panics, plain};

/// Found under one model: under which of [`Delivery::ALL`] it shows.
fn shows(play: impl Fn() -> Play, found_under: Delivery) -> [bool; 4] {
    let kinds = &["ca", "cb", "da", "db", "get", "set", "value", "r", "second", "seen"];
    let under = |delivery| play().kinds(kinds).rules(Rules { delivery, ..Rules::default() });
    let (mut execution, found) = find(&under(found_under), Random::default(), 10_000).unwrap();
    let found = minimise(&mut execution, &found, &mut || true).unwrap().found;
    let build = |delivery| under(delivery).stage();
    let rechecked = recheck(build, &found, &mut || true);
    assert_eq!([0, 1, 2, 3].map(|place| rechecked[place].delivery), Delivery::ALL);
    [0, 1, 2, 3].map(|place| rechecked[place].is_reproduced())
}

#[test]
fn a_bug_shows_under_all_weaker_models_and_where_it_can_under_stronger_ones() {
    for delivery in Delivery::ALL {
        assert_eq!(shows(crossing, delivery), [true; 4], "{delivery:?}");
        assert_eq!(shows(lost_update, delivery), [true; 4], "{delivery:?}");
        assert_eq!(shows(forgotten, delivery), [true; 4], "{delivery:?}");
    }
}

/// P sends `e` to L, then `req` to S, which answers it by sending `r` to L.
fn triangle() -> Play {
    let p = plain("p", |toy| {
        toy.send("l", "e")?;
        toy.send("s", "req")
    });
    let s = plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) });
    let l = plain("l", |toy| {
        if toy.on() == "e" {
            toy.memory.number = 1;
        }
        if toy.on() == "r" && toy.memory.number == 0 { panics() } else { Ok(()) }
    });
    Play::new([p, s, l]).create("l", "l").create("s", "s").create("p", "p")
}

#[test]
fn what_causal_delivery_rules_out_is_not_reproduced_there() {
    assert_eq!(shows(triangle, Delivery::Pairwise), [false, false, true, true]);
    assert_eq!(shows(triangle, Delivery::Unordered), [false, false, true, true]);
}

#[test]
fn only_unordered_delivery_turns_a_channel_around() {
    let play = || {
        let sender = plain("sender", |toy| {
            toy.send("x", "first")?;
            toy.send("x", "second")
        });
        let x = plain("x", |toy| match toy.on().as_str() {
            "second" if toy.memory.number == 0 => panics(),
            "first" => {
                toy.memory.number = 1;
                Ok(())
            }
            _ => Ok(()),
        });
        Play::new([sender, x]).create("x", "x").create("sender", "a")
    };
    assert_eq!(shows(play, Delivery::Unordered), [false, false, false, true]);
}

/// In `mailbox` the sender must get rid of its effects before it goes on, which fixes their places.
#[test]
fn a_trace_that_holds_back_a_message_is_followed_another_way() {
    let play = || {
        let a = plain("a", |toy| match toy.on().as_str() {
            "init" => {
                toy.send("x", "early")?;
                toy.send("a", "again")
            }
            _ => toy.send("y", "go"),
        });
        let y = plain("y", |toy| if toy.on() == "go" { toy.send("x", "late") } else { Ok(()) });
        let x = plain("x", |toy| match toy.on().as_str() {
            "early" | "late" => toy.notify("m", "seen"),
            _ => Ok(()),
        });
        let m = crate::play::watcher("m", |notice| {
            notice.memory.number += 1;
            if notice.memory.number == 2 { crate::minimise::fails("both came") } else { Ok(()) }
        });
        Play::new([a, x, y]).watcher(m).create("x", "x").create("y", "y").create("a", "a")
    };
    assert_eq!(shows(play, Delivery::Causal), [true; 4]);
}
