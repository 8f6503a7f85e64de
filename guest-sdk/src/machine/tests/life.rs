//! E. Halt, errors, life cycle.

use super::*;
use crate::{OnError, actor, states};
use expect_test::expect;

mod a_start {
    use super::*;

    #[states]
    enum S {
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(init)]
        fn init(&mut self, initial: u32) {
            self.0.number = initial;
            self.0.send(U);
        }

        #[on(entry in Init)]
        fn entry(&mut self, event: &AnyEvent) {
            self.0.number += 1;
            self.0.tell(format_args!("{:?} {}", event.kind(), event.payload().bytes.len()));
        }

        #[on(in Init)]
        fn u(&mut self, _: U) {
            self.0.tell(self.0.number);
        }
    }

    /// Scenario 49; I3.
    #[test]
    fn is_init_and_then_the_entry() {
        let initial = crate::Payload::encode(&1_u32);
        check_from::<M>(
            initial,
            &[],
            expect![[r#"
                start: "" 1, [init]
                u: 2, [init]"#]],
        );
    }
}

mod errors {
    use super::*;

    #[states]
    enum S {
        #[state(goto(E1 => Next1))]
        Init,
        Next1,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(init)]
        fn init(&mut self) -> Result<(), &'static str> {
            Err("first")
        }

        #[on(entry in Init)]
        fn entry(&mut self) -> Result<S, &'static str> {
            Err("entry")
        }

        #[on(exit in Init)]
        fn exit(&mut self) -> Result<(), &'static str> {
            Err("exit")
        }

        #[on(goto in Init)]
        fn on_the_way(&mut self, _: E1) -> Result<(), &'static str> {
            Err("goto")
        }

        #[on(entry in Next1)]
        fn entry_of_next(&mut self) {
            self.0.tell("in");
        }

        #[on(in Init)]
        fn u(&mut self, _: U) -> Result<(), &'static str> {
            Err("do")
        }

        #[on(in Next1)]
        fn e2(&mut self, _: E2) -> Result<Next<S>, &'static str> {
            self.0.send(E3);
            Err("halting")
        }

        #[on(any in Next1)]
        fn any(&mut self, _: AnyEvent) -> Result<Option<S>, &'static str> {
            Err("unknown")
        }

        #[on(error)]
        fn error(&mut self, error: &HandlerError) -> OnError {
            self.0.tell(format_args!("{:?} {}: {error}", error.kind(), error.place()));
            match error.to_string().as_str() {
                "halting" => OnError::Halt,
                "unknown" => OnError::Fail,
                _ => OnError::Handled,
            }
        }

        #[on(error_handled)]
        fn handled(&mut self, error: &HandlerError) {
            self.0.tell(format_args!("after {error}"));
        }

        #[on(halt)]
        fn last(&mut self) {
            self.0.tell("last");
        }
    }

    /// Scenario 45 a, b, c, e; F2.
    #[test]
    fn that_are_handled_let_the_turn_go_on() {
        check::<M>(
            &[of(U), of(E1)],
            expect![[r#"
                start: "" the first turn: first, after first, "" the entry in state `init`: entry, after entry, [init]
                u: "u" the handler of `u` in state `init`: do, after do, [init]
                e1: "e1" the exit in state `init`: exit, after exit, "e1" the goto on `e1` in state `init`: goto, after goto, in, [next1]"#]],
        );
    }

    /// Scenarios 45 f and 46 a; F1, F3.
    #[test]
    fn fail_or_halt_if_so_decided() {
        check::<M>(
            &[of(E1), of(E4)],
            expect![[r#"
                start: "" the first turn: first, after first, "" the entry in state `init`: entry, after entry, [init]
                e1: "e1" the exit in state `init`: exit, after exit, "e1" the goto on `e1` in state `init`: goto, after goto, in, [next1]
                e4: "e4" the wildcard handler in state `next1`: unknown, Error: the wildcard handler in state `next1`: unknown"#]],
        );
        check::<M>(
            &[of(E1), of(E2)],
            expect![[r#"
                start: "" the first turn: first, after first, "" the entry in state `init`: entry, after entry, [init]
                e1: "e1" the exit in state `init`: exit, after exit, "e1" the goto on `e1` in state `init`: goto, after goto, in, [next1]
                e2: "e2" the handler of `e2` in state `next1`: halting, after halting, last, halted"#]],
        );
    }
}

mod an_error_of_a_callback {
    use super::*;

    #[states]
    enum S {
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn u(&mut self, _: U) {}

        #[on(in Init)]
        fn e1(&mut self, _: E1) -> Next<S> {
            Next::halt()
        }

        #[on(handled)]
        fn handled(&mut self, event: &AnyEvent) -> Result<(), String> {
            if event.kind() == "u" { Err("no".to_owned()) } else { Ok(()) }
        }

        #[on(error)]
        fn error(&mut self, error: &HandlerError) -> OnError {
            self.0.tell(error.place());
            self.0.number += 1;
            if self.0.number == 1 { OnError::Handled } else { OnError::Fail }
        }

        #[on(halt)]
        fn last(&mut self, event: &AnyEvent) -> Result<(), String> {
            Err(format!("last of {}", event.kind()))
        }
    }

    /// Scenario 46 b, c.
    #[test]
    fn is_offered_like_that_of_a_handler() {
        check::<M>(
            &[of(U), of(U)],
            expect![[r#"
                start: [init]
                u: `#[on(handled)]`, [init]
                u: `#[on(handled)]`, Error: `#[on(handled)]`: no"#]],
        );
    }

    /// F4.
    #[test]
    fn is_not_offered_from_the_last_action() {
        check::<M>(
            &[of(E1)],
            expect![[r#"
                start: [init]
                e1: Error: the last action: last of e1"#]],
        );
    }
}

mod an_unhandled_event {
    use super::*;

    #[states]
    enum S {
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e1(&mut self, _: E1) -> Result<(), String> {
            Err("ordinary".to_owned())
        }

        #[on(in Init)]
        fn e2(&mut self, _: E2) {
            self.0.number += 1;
        }

        #[on(unhandled)]
        fn unhandled(&mut self, ctx: &Context, event: &AnyEvent, state: S) {
            self.0.tell(format_args!("{} in {state:?}", event.kind()));
            if event.kind() == "e4" {
                ctx.halt();
            }
        }

        #[on(error)]
        fn error(&mut self, error: &HandlerError) -> OnError {
            self.0.tell(format_args!("error: {error}"));
            match self.0.number {
                0 => OnError::Halt,
                1 => OnError::Handled,
                _ => OnError::Fail,
            }
        }

        #[on(halt)]
        fn last(&mut self) {
            self.0.tell("last");
        }
    }

    /// Scenario 47 a; F5: both outcomes halt.
    #[test]
    fn may_halt_the_actor() {
        check::<M>(
            &[of(U), of(E1)],
            expect![[r#"
                start: [init]
                u: u in Init, error: no reaction to `u` in state `init`, last, halted"#]],
        );
        check::<M>(
            &[of(E2), of(U), of(E1)],
            expect![[r#"
                start: [init]
                e2: [init]
                u: u in Init, error: no reaction to `u` in state `init`, last, halted"#]],
        );
    }

    /// Scenario 47 b; and a callback that averts the failure.
    #[test]
    fn may_fail_the_turn() {
        check::<M>(
            &[of(E2), of(E2), of(U)],
            expect![[r#"
                start: [init]
                e2: [init]
                e2: [init]
                u: u in Init, error: no reaction to `u` in state `init`, UnhandledEvent: no reaction to `u` in state `init`"#]],
        );
        check::<M>(
            &[of(E4)],
            expect![[r#"
                start: [init]
                e4: e4 in Init, last, halted"#]],
        );
    }

    /// Scenario 47 c.
    #[test]
    fn is_not_an_ordinary_error() {
        check::<M>(
            &[of(E1)],
            expect![[r#"
                start: [init]
                e1: error: ordinary, last, halted"#]],
        );
    }
}

mod callbacks {
    use super::*;

    #[states]
    enum S {
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn u(&mut self, _: U) -> Next<S> {
            Next::raise(E2)
        }

        #[on(in Init)]
        fn e2(&mut self, _: E2) {
            self.0.tell("e2");
        }

        #[on(in Init)]
        fn e1(&mut self, _: E1) -> Next<S> {
            Next::halt()
        }

        #[on(dequeued)]
        fn dequeued(&mut self, event: &AnyEvent) {
            self.0.tell(format_args!("begin {}", event.kind()));
        }

        #[on(handled)]
        fn handled(&mut self, event: &AnyEvent) {
            self.0.tell(format_args!("end {}", event.kind()));
        }

        #[on(halt)]
        fn last(&mut self) {
            self.0.tell("last");
        }
    }

    /// Scenario 48: the chain of raises is inside, and the last action comes last.
    #[test]
    fn enclose_the_whole_turn() {
        check::<M>(
            &[of(U), of(E1)],
            expect![[r#"
                start: [init]
                u: begin u, e2, end u, [init]
                e1: begin e1, end e1, last, halted"#]],
        );
    }
}
