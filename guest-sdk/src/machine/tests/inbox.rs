//! B. Defer, ignore, wildcard. I. Deliberate differences.

use super::*;
use crate::{actor, states};
use expect_test::expect;

mod a_deferred_wildcard {
    use super::*;

    #[states]
    enum S {
        #[state(goto(E1 => S1), defer(any))]
        S0,
        S1,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in S0)]
        fn u(&mut self, _: U) {
            self.0.tell("u");
        }

        #[on(in S1)]
        fn e2(&mut self, _: E2) {
            self.0.tell("e2");
        }
    }

    /// Scenario 27.
    #[test]
    fn keeps_what_has_no_other_reaction() {
        check::<M>(
            &[of(E2), of(U), of(E1)],
            expect![[r#"
                start: [s0]
                u: u, [s0]
                e1: [s1]
                e2: e2, [s1]"#]],
        );
    }
}

mod wildcards {
    use super::*;

    #[states]
    enum S {
        Init,
        Ready,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e1(&mut self, _: E1) {
            self.0.tell("specific");
        }

        #[on(any in Init)]
        fn any(&mut self, event: AnyEvent) -> Next<S> {
            self.0.tell("wildcard");
            match event.kind() {
                "e2" => Next::push(S::Ready),
                "e4" => Next::pop(),
                _ => Next::stay(),
            }
        }

        #[on(in Ready)]
        fn e3(&mut self, _: E3) {
            self.0.tell("specific");
        }
    }

    /// Scenario 28.
    #[test]
    fn are_inherited() {
        check::<M>(
            &[of(E1), of(E3), of(E2), of(E3), of(E4), of(E3)],
            expect![[r#"
                start: [init]
                e1: specific, [init]
                e3: wildcard, [init]
                e2: wildcard, [init > ready]
                e3: specific, [init > ready]
                e4: wildcard, [init]
                e3: wildcard, [init]"#]],
        );
    }
}

mod a_higher_wildcard {
    use super::*;

    #[states]
    enum S {
        #[state(defer(E3), ignore(U), push(E4 => Active))]
        Init,
        Active,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e1(&mut self, _: E1) -> Next<S> {
            self.0.tell("init");
            Next::push(S::Active)
        }

        #[on(in Active)]
        fn e2(&mut self, _: E2) {
            self.0.tell("specific");
        }

        #[on(any in Active)]
        fn any(&mut self, _: AnyEvent) {
            self.0.tell("wildcard");
        }
    }

    /// Scenario 29.
    #[test]
    fn beats_a_lower_handler() {
        check::<M>(
            &[of(E1), of(E1), of(E2)],
            expect![[r#"
                start: [init]
                e1: init, [init > active]
                e1: wildcard, [init > active]
                e2: specific, [init > active]"#]],
        );
    }

    /// Scenarios 30 a and 62.
    #[test]
    fn beats_what_is_deferred_or_ignored_below() {
        check::<M>(
            &[of(E3), of(U), of(E4), of(U)],
            expect![[r#"
                start: [init]
                e4: [init > active]
                e3: wildcard, [init > active]
                u: wildcard, [init > active]"#]],
        );
    }
}

mod a_goto_by_the_wildcard {
    use super::*;

    #[states]
    enum S {
        #[state(goto(any => Other))]
        Init,
        Other,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn e1(&mut self, _: E1) {
            self.0.tell("e1");
        }

        #[on(entry in Other)]
        fn entry(&mut self, event: &AnyEvent) {
            self.0.tell(format_args!("in by {}", event.kind()));
        }

        #[on]
        fn fallback(&mut self, _: E2) {
            self.0.tell("actor");
        }
    }

    /// Scenarios 30 b and 61.
    #[test]
    fn comes_after_a_handler_of_the_state_and_before_one_of_the_actor() {
        check::<M>(
            &[of(E1), of(E2), of(E2)],
            expect![[r#"
                start: [init]
                e1: e1, [init]
                e2: in by e2, [other]
                e2: actor, [other]"#]],
        );
    }

    /// An unlisted kind is one like others.
    #[test]
    fn takes_what_is_listed_nowhere() {
        check::<M>(
            &[of(E4)],
            expect![[r#"
                start: [init]
                e4: in by e4, [other]"#]],
        );
    }
}

mod a_raise {
    use super::*;

    #[states]
    enum S {
        #[state(defer(E1))]
        Init,
        #[state(ignore(any))]
        Loose,
        Last,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(in Init)]
        fn u(&mut self, _: U) -> Next<S> {
            Next::raise(E1)
        }

        #[on(in Init)]
        fn e2(&mut self, _: E2) -> S {
            S::Loose
        }

        #[on(in Loose)]
        fn e3(&mut self, _: E3) -> S {
            S::Last
        }
    }

    /// Scenario 75: there it is lost.
    #[test]
    fn of_what_is_deferred_fails() {
        check::<M>(
            &[of(U)],
            expect![[r#"
                start: [init]
                u: IllegalCall: raise of `e1`, which is deferred in state `init`"#]],
        );
    }

    /// Scenario 76: there it is swallowed.
    #[test]
    fn transitions_ask_no_table() {
        check::<M>(
            &[of(E2), of(E3)],
            expect![[r#"
                start: [init]
                e2: [loose]
                e3: [last]"#]],
        );
    }
}
