//! What the host brings: events, answers, time.

use super::*;
use crate::{Context as Turn, cells::Counter, select, time::timeout};
use expect_test::expect;

#[crate::event]
struct Ping {
    number: u32,
}

#[crate::event]
struct Pong;

#[crate::event]
struct Refused;

#[crate::event]
struct Silence;

#[test]
fn a_receive_takes_the_oldest_of_its_kind() {
    check_with(
        &[of(Pong), of(Ping { number: 1 }), of(Ping { number: 2 })],
        || async {
            let ctx = Turn::new();
            let one: Ping = ctx.receive().await;
            let two = ctx.receive::<Ping>().await;
            format!("{one:?} {two:?}")
        },
        expect!["1 x Ping { number: 1 } Ping { number: 2 } (1 in the inbox)"],
    );
}

#[test]
fn a_condition_refuses_events() {
    check_with(
        &[of(Ping { number: 1 }), of(Ping { number: 2 })],
        || async {
            let ping = Turn::new().receive_if(|ping: &Ping| ping.number == 2).await;
            format!("{ping:?}")
        },
        expect!["1 x Ping { number: 2 } (1 in the inbox)"],
    );
}

#[test]
fn several_kinds_are_received_at_once() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "shown")]
    enum Either {
        Ping(Ping),
        Pong(Pong),
    }
    check_with(
        &[of(Ping { number: 1 }), of(Pong)],
        || async {
            let ctx = Turn::new();
            let mut story = Vec::new();
            for _ in 0..2 {
                let receive =
                    ctx.receive_of().kind_if(|ping: &Ping| ping.number == 2, Either::Ping);
                story.push(receive.kind(Either::Pong).kind(Either::Ping).await);
            }
            format!("{story:?}")
        },
        expect!["1 x [Ping(Ping { number: 1 }), Pong(Pong)]"],
    );
}

#[test]
fn what_never_comes_is_a_deadlock() {
    check_with(
        &[of(Pong)],
        || async {
            let task = spawn(async { Turn::new().receive::<Ping>().await });
            let silence: Result<(), _> = Turn::new().request(some_id(), Silence).await;
            format!("{silence:?} {:?}", task.await)
        },
        expect![
            "1 x deadlock: program waits for Wait::Answer(0); task 1, spawned at place a waits for ping (1 in the inbox)"
        ],
    );
}

#[test]
fn a_request_has_an_answer_an_error_or_a_deadline() {
    check(
        || async {
            let ctx = Turn::new();
            let number: Result<Ping, _> = ctx.request(some_id(), Ping { number: 7 }).await;
            let refused: Result<(), _> = ctx.request(some_id(), Refused).await;
            let silence = ctx.request::<_, ()>(some_id(), Silence);
            let silence = timeout(Duration::from_secs(1), silence).await;
            format!("{number:?} {refused:?} {silence:?}")
        },
        expect![[r#"1 x Ok(Ping { number: 7 }) Err(Refused("no")) Err(Elapsed(()))"#]],
    );
}

#[test]
fn a_taken_id_is_told() {
    check(
        || async { format!("{:?}", Turn::new().try_create_at(some_id(), "worker", ()).await) },
        expect!["1 x Err(IdInUse)"],
    );
}

#[test]
fn a_selection_among_what_the_host_brings_drops_the_rest() {
    check_with(
        &[of(Ping { number: 1 })],
        || async {
            let ctx = Turn::new();
            let mut story = String::new();
            for _ in 0..2 {
                select! {
                    ping = ctx.receive::<Ping>() => write!(story, "{} ", ping.number).unwrap(),
                    () = ctx.sleep(Duration::from_secs(1)) => story.push_str("time "),
                }
            }
            story
        },
        expect![[r#"
            1 x 1 time 
            1 x time 1 
            1 x time time  (1 in the inbox)"#]],
    );
}

#[test]
fn a_cell_is_asked() {
    check(
        || async {
            let counter = Counter::create(&Turn::new());
            let sums = [1, 2].map(|number| spawn(async move { counter.add(number).await }));
            let [one, two] = sums;
            format!("{} {}", one.await.unwrap(), two.await.unwrap())
        },
        expect![[r#"
            6 x 1 3
            4 x 3 2"#]],
    );
}
