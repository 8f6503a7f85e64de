//! Bugs are found, made small, told and repeated.

use coyote_guest::prelude::*;
use coyote_guest_test::{App, Delivery};
use expect_test::expect;

use crate::world::check;

#[event]
struct Ping {
    client: ActorId,
}

#[event]
struct Pong;

#[event]
struct Open;

#[event]
struct Done;

/// Answers every second ping.
#[derive(Debug, Default)]
struct Server {
    pings: u32,
}

#[actor]
impl Server {
    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        self.pings += 1;
        info!("ping {}", self.pings);
        if self.pings != 2 {
            ctx.send(ping.client, Pong);
        }
    }
}

#[derive(Debug)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    fn new(ctx: &Context, server: ActorId) -> Self {
        ctx.notify(Answered::NAME, Open);
        ctx.send(server, Ping { client: ctx.id() });
        Self
    }

    #[on]
    fn pong(&mut self, ctx: &Context, _: Pong) {
        ctx.notify(Answered::NAME, Done);
    }
}

/// Whoever asks is answered.
#[derive(Debug, Default)]
struct Answered {
    open: u32,
}

impl Answered {
    const NAME: &str = "answered";
}

#[states]
enum Questions {
    #[state(cold)]
    None,
    #[state(hot)]
    Some,
}

#[monitor(states = Questions)]
impl Answered {
    #[on]
    fn open(&mut self, _: Open) -> Questions {
        self.open += 1;
        Questions::Some
    }

    #[on(in Some)]
    fn done(&mut self, _: Done) -> Option<Questions> {
        self.open -= 1;
        (self.open == 0).then_some(Questions::None)
    }
}

fn pings(clients: u32) -> App {
    let mut app = App::new();
    app.monitor::<Answered>();
    let server = app.start_named::<Server>("server", ());
    for _ in 0..clients {
        app.start::<Client>(server);
    }
    app
}

#[test]
fn progress_that_is_owed() {
    check(
        &mut pings(1),
        expect![[r#"
            all of 2 executions are right
        "#]],
    );
    check(
        &mut pings(2),
        expect![[r#"
            liveness: answered, in state `some`: nothing is left to be done, and progress is owed
              server starts
              client-1 starts: notifies answered of `open`, sends `ping` to server
              client-2 starts: notifies answered of `open`, sends `ping` to server
              server takes `ping` Ping { client: 33a68addec0acf34 }: sends `pong` to client-1
                  ping 1
              server takes `ping` Ping { client: 07813de2e694898d }
                  ping 2
              client-1 takes `pong` Pong: notifies answered of `done`
        "#]],
    );
}

#[test]
fn equal_seeds_find_the_same_and_a_trace_repeats_it() {
    let found = || pings(3).explore(7, 100).bug.unwrap();
    let bug = found();
    assert_eq!(found().to_string(), bug.to_string());
    let again = pings(3).replay(&bug.trace).unwrap();
    assert_eq!(again.to_string(), bug.to_string());
}

#[test]
#[should_panic(expected = "liveness: answered, in state `some`: nothing is left to be done")]
fn a_test_fails_with_the_bug() {
    pings(2).explore(0, 100).assert_no_bug();
}

/// Two messages of one sender.
#[test]
fn the_delivery_model_counts() {
    #[derive(Debug, Default)]
    struct Receiver {
        opened: bool,
    }

    #[actor]
    impl Receiver {
        #[on]
        fn open(&mut self, _: Open) {
            self.opened = true;
        }

        #[on]
        fn done(&mut self, _: Done) {
            assert!(self.opened, "done before it was opened");
        }
    }

    let mut app = App::new();
    let receiver = app.start::<Receiver>(());
    app.send(receiver, &Open).send(receiver, &Done);
    check(
        &mut app,
        expect![[r#"
            all of 1 executions are right
        "#]],
    );
    check(
        app.delivery(Delivery::Unordered),
        expect![[r#"
            panic: receiver-1, on `done`: done before it was opened, at guest-sdk/test/tests/it/finding.rs
              receiver-1 starts
              receiver-1 takes `done` Done: fails: panic: done before it was opened, at guest-sdk/test/tests/it/finding.rs
        "#]],
    );
}

/// N1: exploration draws every number.
#[test]
fn numbers_are_choices() {
    #[derive(Debug, Default)]
    struct Gambler;

    #[actor]
    impl Gambler {
        #[on(init)]
        fn play(&mut self, ctx: &Context) {
            let dice = ctx.random_below(6) + 1;
            ensure!(ctx.random_bool() || dice < 6, "six and tails");
        }
    }

    let mut app = App::new();
    app.start::<Gambler>(());
    check(
        &mut app,
        expect![[r#"
            assertion: gambler-1: six and tails, at guest-sdk/test/tests/it/finding.rs
              gambler-1 starts: fails: assertion: six and tails, at guest-sdk/test/tests/it/finding.rs
        "#]],
    );
}

/// What the kernel refuses fails the turn of who asked for it.
#[test]
fn broken_rules() {
    #[derive(Debug, Default)]
    struct Breaker;

    #[actor]
    impl Breaker {
        #[on]
        fn open(&mut self, ctx: &Context, _: Open) {
            ctx.create_kind("nobody", ());
        }

        #[on]
        fn done(&mut self, ctx: &Context, _: Done) {
            ctx.send("0123456789abcdef".parse().unwrap(), Done);
        }

        #[on]
        fn pong(&mut self, ctx: &Context, _: Pong) {
            ctx.reply(1);
        }
    }

    fn sent(event: &impl Event) -> App {
        let mut app = App::new();
        let breaker = app.start::<Breaker>(());
        app.send(breaker, event);
        app
    }

    check(
        &mut sent(&Open),
        expect![[r#"
            illegal-call: breaker-1, on `open`: the app has no actor `nobody`
              breaker-1 starts
              breaker-1 takes `open` Open: fails: illegal-call: the app has no actor `nobody`
        "#]],
    );
    check(
        &mut sent(&Done),
        expect![[r#"
            unknown-id: breaker-1, on `done`: send of `done` to `0123456789abcdef`, an id that was never issued
              breaker-1 starts
              breaker-1 takes `done` Done: sends `done` to 0123456789abcdef
        "#]],
    );
    check(
        &mut sent(&Pong),
        expect![[r#"
            illegal-call: breaker-1, on `pong`: a reply, but the current group is not that of a request
              breaker-1 starts
              breaker-1 takes `pong` Pong: fails: illegal-call: a reply, but the current group is not that of a request
        "#]],
    );
}
