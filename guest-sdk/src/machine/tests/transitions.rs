//! A. Inbox, raise, transitions.

use super::*;
use crate::{actor, states};
use expect_test::expect;

mod a_raise {
    use super::*;

    #[states]
    enum S {
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry(&mut self) -> Next<S> {
            self.0.send(E1);
            Next::raise(U)
        }

        #[on(in Init)]
        fn u(&mut self, _: U) {
            self.0.tell("u");
        }

        #[on(in Init)]
        fn e1(&mut self, _: E1) {
            self.0.tell("e1");
        }
    }

    /// Scenarios 1 and 2.
    #[test]
    fn precedes_the_inbox() {
        check::<M>(
            &[],
            expect![[r#"
            start: u, [init]
            e1: e1, [init]"#]],
        );
    }
}

mod an_exit {
    use super::*;

    #[states]
    enum S {
        #[state(goto(U => Active))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry(&mut self) {
            self.0.send(U);
        }

        #[on(exit in Init)]
        fn exit(&mut self) {
            self.0.send(E1);
        }
    }

    /// Scenario 3.
    #[test]
    fn sends_what_is_taken_in_the_next_state() {
        check::<M>(
            &[],
            expect![[r#"
            start: [init]
            u: [active]
            e1: UnhandledEvent: no reaction to `e1` in state `active`"#]],
        );
    }
}

mod a_goto_to_itself {
    use super::*;

    #[states]
    enum S {
        #[state(goto(U => Init), push(E1 => Init))]
        Init,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry(&mut self) {
            self.0.tell("in");
        }

        #[on(exit in Init)]
        fn exit(&mut self) {
            self.0.tell("out");
        }
    }

    /// Scenarios 4 and 5.
    #[test]
    fn runs_exit_and_entry() {
        check::<M>(
            &[of(U), of(E1)],
            expect![[r#"
                start: in, [init]
                u: out, in, [init]
                e1: in, [init > init]"#]],
        );
    }
}

mod push_and_pop {
    use super::*;

    #[states]
    enum S {
        #[state(push(U => Active))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(exit in Init)]
        fn exit_of_init(&mut self) {
            self.0.send(E1);
        }

        #[on(in Init)]
        fn e2(&mut self, _: E2) -> Next<S> {
            self.0.tell("e2");
            Next::raise(E4)
        }

        #[on(in Init)]
        fn e4(&mut self, _: E4) {
            self.0.tell("e4");
        }

        #[on(entry in Active)]
        fn entry(&mut self, event: &AnyEvent) -> Option<Next<S>> {
            self.0.tell(format_args!("in by {}", event.kind()));
            self.0.send(E2);
            (self.0.number == 0).then(Next::pop)
        }

        #[on(exit in Active)]
        fn exit(&mut self) {
            self.0.tell("out");
        }

        #[on(in Init)]
        fn e3(&mut self, _: E3) {
            self.0.number = 1;
        }
    }

    /// Scenario 6.
    #[test]
    fn do_not_leave_the_state_below() {
        check::<M>(
            &[of(U)],
            expect![[r#"
                start: [init]
                u: in by u, out, [init]
                e2: e2, e4, [init]"#]],
        );
    }

    /// Scenario 7.
    #[test]
    fn keep_the_handlers_below() {
        check::<M>(
            &[of(E3), of(U)],
            expect![[r#"
                start: [init]
                e3: [init]
                u: in by u, [init > active]
                e2: e2, e4, [init > active]"#]],
        );
    }
}

mod a_goto_of_the_top {
    use super::*;

    #[states]
    enum S {
        Init,
        #[state(goto(E2 => Init))]
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry_of_init(&mut self) -> Option<Next<S>> {
            self.0.tell("in");
            self.0.number += 1;
            (self.0.number == 1).then(|| Next::push(S::Active))
        }

        #[on(in Init)]
        fn e2(&mut self, _: E2) {
            self.0.tell("e2");
        }

        #[on(entry in Active)]
        fn entry(&mut self) {
            self.0.send(E2);
        }

        #[on(exit in Active)]
        fn exit(&mut self) {
            self.0.tell("out of active");
        }
    }

    /// Scenario 8.
    #[test]
    fn beats_an_inherited_handler_and_replaces_the_top_only() {
        check::<M>(
            &[],
            expect![[r#"
                start: in, [init > active]
                e2: out of active, in, [init > init]"#]],
        );
    }
}

mod a_raise_that_pushes {
    use super::*;

    #[states]
    enum S {
        #[state(push(U => Active))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry_of_init(&mut self) -> Next<S> {
            Next::raise(U)
        }

        #[on(entry in Active)]
        fn entry(&mut self) -> Next<S> {
            self.0.tell("in");
            Next::pop()
        }

        #[on(exit in Active)]
        fn exit(&mut self) {
            self.0.tell("out");
        }
    }

    /// Scenario 9.
    #[test]
    fn what_pops_is_left() {
        check::<M>(&[], expect!["start: in, out, [init]"]);
    }
}

mod a_raised_halt {
    use super::*;
    use crate::Halt;

    #[states]
    enum S {
        #[state(push(Halt => Active), defer(any))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry_of_init(&mut self) -> Next<S> {
            self.0.send(U);
            Next::raise(Halt)
        }

        #[on(exit in Init)]
        fn exit(&mut self) {
            self.0.tell("out");
        }

        #[on(entry in Active)]
        fn entry(&mut self) {
            self.0.tell("active");
        }

        #[on(halt)]
        fn last(&mut self) {
            self.0.tell("last");
        }
    }

    /// Scenarios 10 and 42.
    #[test]
    fn asks_no_table() {
        check::<M>(&[], expect!["start: last, halted"]);
    }
}

mod the_default_event {
    use super::*;

    #[states]
    enum S {
        #[state(goto(default => Active))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry_of_init(&mut self) -> Next<S> {
            Next::raise(E1)
        }

        #[on(in Init)]
        fn e1(&mut self, _: E1) {
            self.0.send(U);
        }

        #[on(in Init)]
        fn u(&mut self, _: U) {
            self.0.tell("u");
        }

        #[on(entry in Active)]
        fn entry(&mut self, event: &AnyEvent) {
            self.0.tell(event.kind());
        }

        #[on(dequeued)]
        fn dequeued(&mut self) {
            self.0.tell("dequeued");
        }
    }

    /// Scenarios 11 and 13.
    #[test]
    fn comes_after_what_was_sent_to_itself() {
        check::<M>(
            &[],
            expect![[r#"
                start: [init]
                u: dequeued, u, [init]
                default: default, [active]"#]],
        );
    }
}

mod a_default_handler {
    use super::*;

    #[states]
    enum S {
        #[state(push(U => Active))]
        Init,
        #[state(ignore(U, any))]
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Init)]
        fn entry_of_init(&mut self) -> Next<S> {
            Next::raise(U)
        }

        #[on(default in Init)]
        fn idle(&mut self) -> Next<S> {
            self.0.tell("idle");
            Next::halt()
        }

        #[on(entry in Active)]
        fn entry(&mut self) -> Next<S> {
            Next::raise(U)
        }

        #[on(ignored)]
        fn ignored(&mut self, event: &AnyEvent) {
            self.0.tell(format_args!("{} ignored", event.kind()));
        }
    }

    /// Scenario 12, and 25 b; the wildcard is none for the default event (Q5).
    #[test]
    fn is_inherited_and_a_raised_event_ignored() {
        check::<M>(
            &[],
            expect![[r#"
                start: u ignored, [init > active]
                default: idle, halted"#]],
        );
    }
}

mod a_goto_then_a_raised_goto {
    use super::*;

    #[states]
    enum S {
        #[state(defer(E3), goto(E1 => S1))]
        Init,
        #[state(goto(U => S2))]
        S1,
        S2,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(exit in Init)]
        fn exit(&mut self) {
            self.0.tell("out");
        }

        #[on(goto in Init)]
        fn on_the_way(&mut self, _: E1) {
            self.0.tell("on the way");
        }

        #[on(entry in S1)]
        fn entry_of_s1(&mut self) -> Next<S> {
            self.0.tell("s1");
            Next::raise(U)
        }

        #[on(entry in S2)]
        fn entry_of_s2(&mut self) {
            self.0.tell("s2");
        }

        #[on(in S2)]
        fn e3(&mut self, _: E3) {
            self.0.tell("e3");
        }
    }

    /// Scenario 14; R3.
    #[test]
    fn run_in_one_turn() {
        check::<M>(
            &[of(E3), of(E1)],
            expect![[r#"
                start: [init]
                e1: out, on the way, s1, s2, [s2]
                e3: e3, [s2]"#]],
        );
    }
}

mod auto_pop {
    use super::*;

    #[states]
    enum S {
        #[state(goto(E2 => Bad, E3 => Other))]
        Init,
        #[state(push(E1 => Active))]
        Ready,
        Active,
        Bad,
        Other,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e1(&mut self, _: E1) -> Next<S> {
            self.0.tell("e1");
            Next::push(S::Ready)
        }

        #[on(in Ready)]
        fn e3(&mut self, _: E3) {
            self.0.tell("e3");
        }

        #[on(entry in Ready, Active, Bad, Other)]
        fn entry(&mut self) {
            self.0.tell("in");
        }

        #[on(exit in Init, Ready, Active, Bad)]
        fn exit(&mut self) {
            self.0.tell("out");
        }

        #[on(unhandled)]
        fn unhandled(&mut self, event: &AnyEvent, state: S) {
            self.0.tell(format_args!("{} in {state:?}", event.kind()));
        }
    }

    /// Scenarios 15 and 16.
    #[test]
    fn what_only_a_state_below_reacts_to_pops_the_others() {
        check::<M>(
            &[of(E1), of(E1), of(E2), of(E3)],
            expect![[r#"
                start: [init]
                e1: e1, in, [init > ready]
                e1: in, [init > ready > active]
                e2: out, out, out, in, [bad]
                e3: out, e3 in Bad, UnhandledEvent: no reaction to `e3` in state `bad`"#]],
        );
    }

    /// Scenario 78: the topmost state is named. `halt` is unhandled and halts (V6).
    #[test]
    fn what_no_state_reacts_to_pops_all() {
        check::<M>(
            &[of(E1), of(E1), of(E4)],
            expect![[r#"
                start: [init]
                e1: e1, in, [init > ready]
                e1: in, [init > ready > active]
                e4: out, out, out, e4 in Active, UnhandledEvent: no reaction to `e4` in state `active`"#]],
        );
        check::<M>(
            &[of(E1), of(crate::Halt)],
            expect![[r#"
                start: [init]
                e1: e1, in, [init > ready]
                halt: out, out, halted"#]],
        );
    }
}

mod a_push {
    use super::*;

    #[states]
    enum S {
        #[state(push(E1 => Ready))]
        Init,
        Ready,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Ready)]
        fn entry(&mut self) {
            self.0.tell("in");
        }

        #[on(exit in Ready)]
        fn exit(&mut self) {
            self.0.tell("out");
        }
    }

    /// Scenario 17.
    #[test]
    fn is_not_inherited() {
        check::<M>(
            &[of(E1), of(E1)],
            expect![[r#"
                start: [init]
                e1: in, [init > ready]
                e1: out, in, [init > ready]"#]],
        );
    }
}

mod what_is_said_below {
    use super::*;

    #[states]
    enum S {
        #[state(push(E1 => Final), defer(E2), ignore(E3))]
        Init,
        Final,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e4(&mut self, _: E4) {
            self.0.tell("e4");
        }

        #[on(in Final)]
        fn e2(&mut self, _: E2) {
            self.0.tell("e2");
        }

        #[on(deferred)]
        fn deferred(&mut self, event: &AnyEvent) {
            self.0.tell(format_args!("{} deferred", event.kind()));
        }
    }

    /// Scenarios 18 and 24.
    #[test]
    fn holds_above() {
        check::<M>(
            &[of(E2), of(E1), of(E3), of(E4)],
            expect![[r#"
                start: [init]
                (e2): e2 deferred, [init]
                e1: [init > final]
                e2: e2, [init > final]
                e4: e4, [init > final]"#]],
        );
    }
}

mod a_pop_of_the_last_state {
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
            Next::pop()
        }

        #[on(exit in Init)]
        fn exit(&mut self) {
            self.0.tell("out");
        }
    }

    /// Scenario 20.
    #[test]
    fn fails_after_its_exit() {
        check::<M>(
            &[of(U)],
            expect![[r#"
                start: [init]
                u: out, IllegalCall: pop of the last state, `init`"#]],
        );
    }
}

mod an_exit_that_halts {
    use super::*;

    #[states]
    enum S {
        #[state(goto(U => Next1))]
        Init,
        Next1,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(exit in Init)]
        fn exit(&mut self, ctx: &Context) {
            ctx.halt();
        }

        #[on(goto in Init)]
        fn on_the_way(&mut self, _: U) {
            self.0.tell("on the way");
        }

        #[on(entry in Next1)]
        fn entry(&mut self) {
            self.0.tell("in");
        }

        #[on(in Init)]
        fn e1(&mut self, ctx: &Context, _: E1) -> S {
            ctx.halt();
            S::Next1
        }

        #[on(halt)]
        fn last(&mut self) {
            self.0.tell("last");
        }
    }

    /// R5.
    #[test]
    fn abandons_the_transition() {
        check::<M>(
            &[of(U)],
            expect![[r#"
                start: [init]
                u: last, halted"#]],
        );
    }

    /// R1.
    #[test]
    fn two_ends_of_one_action_fail() {
        check::<M>(
            &[of(E1)],
            expect![[r#"
                start: [init]
                e1: IllegalCall: goto after halt in one action, the handler of `e1` in state `init`"#]],
        );
    }
}

mod a_handler_of_the_actor {
    use super::*;

    #[states]
    enum S {
        #[state(goto(E2 => Own))]
        Init,
        #[state(goto(E2 => Deferring))]
        Own,
        #[state(defer(E1), goto(E2 => Own))]
        Deferring,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on]
        fn e1(&mut self, _: E1) {
            self.0.tell("actor");
        }

        #[on(in Own)]
        fn own(&mut self, _: E1) {
            self.0.tell("state");
        }
    }

    /// Scenario 23.
    #[test]
    fn is_the_last_resort() {
        check::<M>(
            &[of(E1), of(E2), of(E1), of(E2), of(E1), of(E2)],
            expect![[r#"
                start: [init]
                e1: actor, [init]
                e2: [own]
                e1: state, [own]
                e2: [deferring]
                e2: [own]
                e1: state, [own]"#]],
        );
    }
}
