//! What a bug is due to.

use coyote_kernel::blame::{Shared, blame};
use coyote_kernel::minimise;
use coyote_kernel::strategy::Random;
use expect_test::{Expect, expect};

use crate::minimise::{crossing, find, forgotten, lossy, lost_update};
use crate::play::Play;
use crate::toy::{panics, plain};

fn check(play: &Play, expected: Expect) {
    let (mut execution, found) = find(play, Random::default(), 10_000).expect("there is a bug");
    let found = minimise(&mut execution, &found, &mut || true).unwrap().found;
    let blame = blame(&mut execution, &found, &mut || true).unwrap();
    assert!(blame.complete);
    let guests = &execution.guests;
    let mut told = format!("{}\n", guests.trace_text(&found.trace));
    for race in &blame.races {
        let [first, second] = race.steps.map(|step| guests.step_text(step));
        let over = match race.over {
            Shared::Actor(_) => String::new(),
            Shared::Monitor(monitor) => format!(" over monitor {monitor}"),
        };
        let later = race.later.map_or("-".to_owned(), |later| later.to_string());
        let for_good = if race.for_good { "" } else { " (not for good)" };
        told += &format!("{} {first} before {later} {second}{over}{for_good}\n", race.earlier);
    }
    for draw in &blame.draws {
        told += &format!("{} ={}, not {}\n", draw.at, draw.taken, draw.harmless);
    }
    for strike in &blame.faults {
        told += &format!("{} {}\n", strike.at, guests.step_text(strike.step));
    }
    expected.assert_eq(&told);
}

#[test]
fn a_disagreement_is_due_to_either_of_the_orders() {
    check(
        &crossing(),
        expect![[r#"
        start b, start a, start c, b->c#1, start d, a->d#1
        5 a->d#1 before - b->d#1
        3 b->c#1 before - a->c#1
    "#]],
    );
}

#[test]
fn a_lost_update_is_due_to_a_read_between_read_and_write() {
    check(
        &lost_update(),
        expect![[r#"
        start c, start e, start store, c->store#1, e->store#1, store->c#1, store->e#1, e->store#2, c->store#2
        4 e->store#1 before 8 c->store#2 (not for good)
    "#]],
    );
}

#[test]
fn a_request_is_forgotten_because_it_comes_first() {
    check(
        &forgotten(),
        expect![[r#"
        start server, start admin, start client, start sink, start u, start v, start w, client->server#1, admin->server#1, u->sink#1, v->sink#1, w->sink#1
        7 client->server#1 before 8 admin->server#1
    "#]],
    );
}

#[test]
fn a_loss_is_blamed_if_it_matters() {
    check(
        &lossy(),
        expect![[r#"
        start server, start a, a->server#1, a->server#2, fault 0 a->server#3
        4 fault 0 a->server#3
    "#]],
    );
}

#[test]
fn draws_are_blamed_too() {
    let gambler = plain("gambler", |toy| {
        let (_, second) = (toy.draw(10)?, toy.draw(10)?);
        if second > 2 { panics() } else { Ok(()) }
    });
    check(
        &Play::new([gambler]).create("gambler", "a"),
        expect![[r#"
        start a=0=3
        2 =3, not 0
    "#]],
    );
}

/// Nothing can be done about it.
#[test]
fn a_bug_that_always_shows_is_nobodys_fault() {
    let broken = plain("broken", |_| panics());
    check(
        &Play::new([broken]).create("broken", "a"),
        expect![[r#"
        start a
    "#]],
    );
}

#[test]
fn without_time_nothing_is_blamed() {
    let (mut execution, found) = find(&crossing(), Random::default(), 1000).unwrap();
    let blame = blame(&mut execution, &found, &mut || false).unwrap();
    assert!(blame.races.is_empty() && !blame.complete);
}
