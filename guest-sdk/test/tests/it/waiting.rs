//! State machines whose code waits: receives, tasks, halts and errors in the midst of transitions.

use coyote_guest::{
    prelude::*,
    sync::oneshot,
    task::{spawn, yield_now},
    time::sleep,
};
use coyote_guest_test::App;
use expect_test::expect;

use crate::world::{alone, check};

#[event]
struct E1;

#[event]
struct E2;

#[event]
struct Answer;

/// 36 b: what an entry sends to itself it receives, and goes on.
#[test]
fn an_entry_receives() {
    #[states]
    enum S {
        #[state(defer(E1))]
        Only,
    }

    #[derive(Debug, Default)]
    struct Machine;

    #[actor(states = S)]
    impl Machine {
        #[on(entry in Only)]
        async fn enter(&mut self, ctx: &Context) {
            ctx.send(ctx.id(), E1);
            ctx.receive::<E1>().await;
            ensure!(false, "it was received");
        }
    }

    check(
        &mut alone::<Machine>(),
        expect![[r#"
            assertion: machine-1, on `e1`, in state `only`, behind an await of `init`: it was received, at guest-sdk/test/tests/it/waiting.rs
              machine-1 starts: sends `e1` to machine-1
              machine-1 goes on with `e1` E1: fails: assertion: it was received, at guest-sdk/test/tests/it/waiting.rs
        "#]],
    );
}

/// 39: each waits for the other.
#[test]
fn a_deadlock_names_both() {
    #[states]
    enum S {
        Only,
    }

    #[derive(Debug, Default)]
    struct Asker;

    #[actor(states = S)]
    impl Asker {
        #[on(entry in Only)]
        async fn enter(&mut self, ctx: &Context) {
            let asked = ctx.create::<Asked>(ctx.id());
            ctx.receive::<Answer>().await;
            ctx.send(asked, E1);
        }
    }

    #[derive(Debug)]
    struct Asked(ActorId);

    #[actor(states = S)]
    impl Asked {
        #[on(init)]
        fn new(asker: ActorId) -> Self {
            Self(asker)
        }

        #[on(entry in Only)]
        async fn enter(&mut self, ctx: &Context) {
            ctx.receive::<E1>().await;
            ctx.send(self.0, Answer);
        }
    }

    check(
        alone::<Asker>().actor::<Asked>(),
        expect![[r#"
            deadlock: asker-1 waits in `init` for `answer`; asked-1 waits in `init` for `e1`
              asker-1 starts: creates asked-1
              asked-1 starts
        "#]],
    );
}

/// A machine in all of whose places something waits. What comes while it does stays where it is.
#[derive(Debug, Default)]
struct Patient {
    story: Vec<&'static str>,
}

#[states]
enum Ward {
    #[state(goto(E1 => Second))]
    First,
    Second,
    Third,
}

#[actor(states = Ward)]
impl Patient {
    #[on(init)]
    async fn begin(&mut self) {
        yield_now().await;
        self.story.push("init");
    }

    #[on(entry in First)]
    async fn enter_first(&mut self) {
        sleep(Duration::from_secs(1)).await;
        self.story.push("entry of first");
    }

    #[on(exit in First)]
    async fn leave_first(&mut self) -> Result<(), String> {
        yield_now().await;
        self.story.push("exit of first");
        Err("an exit that fails counts as done".into())
    }

    #[on(goto in First)]
    async fn on_the_way(&mut self, _: E1) {
        yield_now().await;
        self.story.push("on the way");
    }

    #[on(entry in Second)]
    async fn enter_second(&mut self, event: &AnyEvent) -> Ward {
        yield_now().await;
        ensure!(event.kind() == "e1");
        self.story.push("entry of second");
        Ward::Third
    }

    #[on(in Third)]
    async fn e2(&mut self, _: E2) -> Next<Ward> {
        yield_now().await;
        self.story.push("e2");
        Next::halt()
    }

    #[on(error)]
    fn error(&mut self, error: &HandlerError) -> OnError {
        ensure!(error.place() == "the exit in state `first`", "{}", error.place());
        OnError::Handled
    }

    #[on(halt)]
    fn end(&mut self) {
        let story =
            ["init", "entry of first", "exit of first", "on the way", "entry of second", "e2"];
        ensure!(self.story == story, "{:?}", self.story);
        info!("the end");
    }
}

/// T1, R3, F2: all actions of a transition, in their order, across turns.
#[test]
fn every_action_may_wait() {
    let mut app = App::new();
    let patient = app.start::<Patient>(());
    app.send(patient, &E1).send(patient, &E2);
    check(
        &mut app,
        expect![[r#"
            all of 1 executions are right
        "#]],
    );
}

/// The host knows the new state as soon as its entry waits.
#[test]
fn a_deadlock_in_an_entry_is_in_the_new_state() {
    #[states]
    enum S {
        #[state(push(E1 => Upper))]
        Lower,
        Upper,
    }

    #[derive(Debug, Default)]
    struct Machine;

    #[actor(states = S)]
    impl Machine {
        #[on(entry in Upper)]
        async fn enter(&mut self, ctx: &Context) {
            ctx.receive::<E2>().await;
            ensure!(false, "in the upper state");
        }
    }

    let mut app = App::new();
    let machine = app.start::<Machine>(());
    check(
        app.send(machine, &E1).send(machine, &E2),
        expect![[r#"
            assertion: machine-1, on `e2`, in state `upper`, behind an await of `e1`: in the upper state, at guest-sdk/test/tests/it/waiting.rs
              machine-1 starts
              machine-1 takes `e1` E1
              machine-1 goes on with `e2`: fails: assertion: in the upper state, at guest-sdk/test/tests/it/waiting.rs
        "#]],
    );
}

/// 69: a halt that is sent does not interrupt a receive.
#[test]
fn a_sent_halt_waits() {
    #[states]
    enum S {
        Only,
    }

    #[derive(Debug, Default)]
    struct Machine;

    #[actor(states = S)]
    impl Machine {
        #[on(entry in Only)]
        async fn enter(&mut self, ctx: &Context) {
            ctx.receive::<E1>().await;
        }

        #[on(halt)]
        fn end(&mut self) {
            info!("halted after e1");
        }
    }

    let mut app = App::new();
    let machine = app.start::<Machine>(());
    app.send(machine, &Halt).send(machine, &E1);
    check(
        &mut app,
        expect![[r#"
            all of 1 executions are right
        "#]],
    );
    let mut app = App::new();
    let machine = app.start::<Machine>(());
    app.send(machine, &Halt);
    check(
        &mut app,
        expect![[r#"
            deadlock: machine-1 waits in `init` for `e1`; machine-1 has not taken `halt`
              machine-1 starts
        "#]],
    );
}

/// W5: an actor that halts waits for nothing more.
#[test]
fn a_wait_after_a_halt_fails() {
    #[derive(Debug, Default)]
    struct Plain;

    #[actor]
    impl Plain {
        #[on(init)]
        async fn begin(&mut self, ctx: &Context) {
            ctx.halt();
            ctx.receive::<E1>().await;
        }
    }

    check(
        &mut alone::<Plain>(),
        expect![[r#"
            illegal-call: plain-1: a wait of an actor that halts
              plain-1 starts: fails: illegal-call: a wait of an actor that halts
        "#]],
    );
}

/// A halt that a task asks for while a handler waits: the handler is dropped where it waits, and the last action comes.
#[test]
fn a_task_halts_while_a_handler_waits() {
    #[states]
    enum S {
        Only,
    }

    #[derive(Debug, Default)]
    struct Machine {
        dropped: std::rc::Rc<std::cell::Cell<bool>>,
    }

    struct Guard(std::rc::Rc<std::cell::Cell<bool>>);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    #[actor(states = S)]
    impl Machine {
        #[on(in Only)]
        async fn e1(&mut self, ctx: &Context, _: E1) {
            let ctx = *ctx;
            spawn(async move {
                yield_now().await;
                ctx.halt();
            });
            let _guard = Guard(self.dropped.clone());
            ctx.receive::<E2>().await;
        }

        #[on(halt)]
        fn end(&mut self) {
            ensure!(!self.dropped.get(), "dropped before the end");
        }
    }

    let mut app = App::new();
    let machine = app.start::<Machine>(());
    check(
        app.send(machine, &E1),
        expect![[r#"
            assertion: machine-1, on `(resumption)`, in state `only`, behind an await of `task 1, spawned at guest-sdk/test/tests/it/waiting.rs`: dropped before the end, at guest-sdk/test/tests/it/waiting.rs
              machine-1 starts
              machine-1 takes `e1` E1
              machine-1 goes on
              machine-1 goes on: fails: assertion: dropped before the end, at guest-sdk/test/tests/it/waiting.rs
        "#]],
    );
}

/// 64 b: what was staged before an await is out, nothing after it.
#[test]
fn an_await_commits() {
    #[derive(Debug, Default)]
    struct Sender;

    #[states]
    enum S {
        Only,
    }

    #[actor(states = S)]
    impl Sender {
        #[on(in Only)]
        async fn e1(&mut self, ctx: &Context, _: E1) {
            ctx.send(ctx.id(), E2);
            yield_now().await;
            ctx.send(ctx.id(), Answer);
            panic!("after the await");
        }
    }

    let mut app = App::new();
    let sender = app.start::<Sender>(());
    check(
        app.send(sender, &E1),
        expect![[r#"
            panic: sender-1, on `(resumption)`, in state `only`, behind an await of `e1`: after the await, at guest-sdk/test/tests/it/waiting.rs
              sender-1 starts
              sender-1 takes `e1` E1: sends `e2` to sender-1
              sender-1 goes on: fails: panic: after the await, at guest-sdk/test/tests/it/waiting.rs
        "#]],
    );
}

/// K3: the error of a detached task goes to `#[on(error)]`, once no handler is under way.
#[test]
fn the_error_of_a_detached_task_reaches_the_actor() {
    #[derive(Debug, Default)]
    struct Machine {
        waits: bool,
    }

    #[states]
    enum S {
        Only,
    }

    #[actor(states = S)]
    impl Machine {
        #[on(in Only)]
        async fn e1(&mut self, ctx: &Context, _: E1) {
            spawn(async { Err::<(), _>("lost") }).detach();
            self.waits = true;
            ctx.receive::<E2>().await;
            self.waits = false;
        }

        #[on(error)]
        fn error(&mut self, error: &HandlerError) -> OnError {
            ensure!(!self.waits && error.to_string() == "lost");
            ensure!(error.place().starts_with("task 1, spawned at "), "{}", error.place());
            OnError::Halt
        }

        #[on(halt)]
        fn end(&mut self) {
            ensure!(false, "halted");
        }
    }

    let mut app = App::new();
    let machine = app.start::<Machine>(());
    check(
        app.send(machine, &E1).send(machine, &E2),
        expect![[r#"
            assertion: machine-1, on `(resumption)`, in state `only`, behind an await of `task 1, spawned at guest-sdk/test/tests/it/waiting.rs`: halted, at guest-sdk/test/tests/it/waiting.rs
              machine-1 starts
              machine-1 takes `e1` E1
              machine-1 goes on with `e2`
              machine-1 goes on: fails: assertion: halted, at guest-sdk/test/tests/it/waiting.rs
        "#]],
    );
}

/// F1: without `#[on(error)]` it fails the turn.
#[test]
fn the_error_of_a_detached_task_fails_the_turn() {
    #[derive(Debug, Default)]
    struct Plain;

    #[actor]
    impl Plain {
        #[on(init)]
        fn begin(&mut self) {
            spawn(async { Err::<(), _>("lost") }).detach();
        }
    }

    check(
        &mut alone::<Plain>(),
        expect![[r#"
            error: plain-1, on `(resumption)`, behind an await of `task 1, spawned at guest-sdk/test/tests/it/waiting.rs`: task 1, spawned at guest-sdk/test/tests/it/waiting.rs: lost
              plain-1 starts
              plain-1 goes on: fails: error: task 1, spawned at guest-sdk/test/tests/it/waiting.rs: lost
        "#]],
    );
}

/// In the turn in which a task lets the handler go on it halts the actor: the handler does not go on.
#[test]
fn a_task_wakes_the_handler_and_halts() {
    #[derive(Debug, Default)]
    struct Plain;

    #[actor]
    impl Plain {
        #[on]
        async fn e1(&mut self, ctx: &Context, _: E1) {
            let (ctx, (sender, receiver)) = (*ctx, oneshot::channel());
            spawn(async move {
                sender.send(()).expect("the handler waits");
                ctx.halt();
            });
            let _ = receiver.await;
            ensure!(false, "halted actors do nothing");
        }

        #[on(halt)]
        fn end(&mut self, ctx: &Context) {
            ctx.notify("nobody", E2);
        }
    }

    let mut app = App::new();
    let plain = app.start::<Plain>(());
    check(
        app.send(plain, &E1),
        expect![[r#"
            all of 1 executions are right
        "#]],
    );
}

/// W1: whatever handles an event may wait, the default event and the wildcard included.
#[test]
fn wildcards_and_default_handlers_wait() {
    #[states]
    enum S {
        Only,
    }

    #[derive(Debug, Default)]
    struct Machine {
        others: u32,
        idle: u32,
    }

    #[actor(states = S)]
    impl Machine {
        #[on(any in Only)]
        async fn other(&mut self, event: AnyEvent) {
            yield_now().await;
            ensure!(event.kind() == "e2");
            self.others += 1;
        }

        #[on(default in Only)]
        async fn idle(&mut self, ctx: &Context) -> Option<Next<S>> {
            yield_now().await;
            self.idle += 1;
            if self.idle == 1 {
                ctx.send(ctx.id(), E2);
            }
            (self.others > 0).then(Next::halt)
        }
    }

    check(
        &mut alone::<Machine>(),
        expect![[r#"
            all of 1 executions are right
        "#]],
    );
}
