//! Declarations: handler sets (H3), and the table beside a twin that reads the rules as they are written.

use super::*;
use crate::{actor, states};
use expect_test::expect;

mod handler_sets {
    use super::*;

    #[states]
    enum S {
        /// What is offline keeps requests.
        #[set(defer(E1), ignore(E2), goto(E3 => Gone))]
        Offline,
        #[state(include(Offline), goto(U => Connecting))]
        Idle,
        /// Repeats one rule in its way, and has an entry of its own.
        #[state(include(Offline), name = "line.connecting", goto(E3 => Idle, U => Gone))]
        Connecting,
        Gone,
        #[set]
        Unused,
    }
    logging!(M);

    #[actor(states = S)]
    impl M {
        #[on(entry in Offline)]
        fn offline(&mut self) {
            self.0.tell("offline");
        }

        #[on(entry in Connecting)]
        fn connecting(&mut self) {
            self.0.tell("connecting");
        }

        #[on(in Offline, Gone)]
        fn e4(&mut self, _: E4) {
            self.0.tell("e4");
        }

        #[on(goto in Offline)]
        fn going(&mut self, _: E3) {
            self.0.tell("going");
        }

        #[on(in Gone)]
        fn e1(&mut self, _: E1) {
            self.0.tell("e1");
        }
    }

    /// Scenario 22 d; H3, H4.
    #[test]
    fn are_included_and_replaced_in_the_same_way() {
        check::<M>(
            &[of(E1), of(E2), of(E4), of(U), of(E4), of(E3), of(E4), of(E3)],
            expect![[r#"
                start: offline, [idle]
                e4: e4, [idle]
                u: connecting, [line.connecting]
                e4: e4, [line.connecting]
                e3: offline, [idle]
                e4: e4, [idle]
                e3: going, [gone]
                e1: e1, [gone]"#]],
        );
    }

    #[test]
    fn leave_no_trace_in_the_table() {
        let names: Vec<_> = S::DECLARED.iter().map(|state: &DeclaredState| state.name).collect();
        assert_eq!(names, ["idle", "line.connecting", "gone"]);
        assert_eq!(M::TABLE.kinds, ["e4", "e1", "u", "e3", "e2"]);
        assert_eq!(S::ALL.len(), 3);
    }
}

#[states]
enum Four {
    #[state(goto(E1 => B), defer(E2), ignore(any))]
    A,
    #[state(push(any => C), ignore(E1), goto(E3 => D))]
    B,
    #[state(defer(any), push(E2 => A, default => A))]
    C,
    #[state(goto(any => A, default => B))]
    D,
}
logging!(Both);

#[actor(states = Four)]
impl Both {
    #[on(in A, D)]
    fn e3(&mut self, _: E3) {}

    #[on(in B)]
    fn e4(&mut self, _: E4) {}

    #[on(default in A)]
    fn idle(&mut self) {}

    #[on]
    fn e1(&mut self, _: E1) {}

    #[on]
    fn u(&mut self, _: U) {}
}

/// V1, V2, V4, as they are written.
fn twin(stack: &[u32], kind: &str) -> Option<Rule> {
    let own = |state: u32, kind: &str| {
        let (row, column) = (Both::TABLE.row(state as usize), Both::TABLE.index_of(kind));
        row.get(column).copied().flatten()
    };
    let moves = |rule: &Rule| matches!(rule, Rule::Goto(..) | Rule::Push(_));
    let top = *stack.last().unwrap();
    if let Some(rule) = own(top, kind).filter(moves) {
        return Some(rule);
    }
    let nearest = |kind: &str, on_top: bool| {
        let levels = stack.iter().enumerate().rev();
        levels
            .filter_map(|(level, &state)| Some((level, own(state, kind)?)))
            .find(|(level, rule)| !moves(rule) || on_top && level + 1 == stack.len())
    };
    let specific = nearest(kind, false);
    let wildcard = if kind == "default" { None } else { nearest("*", true) };
    match (specific, wildcard) {
        (Some((level, _)), Some((above, rule))) if above > level => Some(rule),
        (Some((_, rule)), _) | (None, Some((_, rule))) => Some(rule),
        (None, None) => {
            let fallback = Both::TABLE.row(4);
            fallback.get(Both::TABLE.index_of(kind)).copied().flatten()
        }
    }
}

#[test]
fn the_table_says_what_the_rules_say() {
    let mut stacks: Vec<Vec<u32>> = vec![vec![]];
    for _ in 0..4 {
        let longer =
            stacks.iter().flat_map(|stack| (0..4).map(move |top| [&stack[..], &[top]].concat()));
        let longer: Vec<_> = longer.collect();
        for stack in &longer {
            for kind in ["u", "e1", "e2", "e3", "e4", "default", "stranger"] {
                let found = Both::TABLE.rule(stack, Both::TABLE.index_of(kind));
                assert_eq!(found, twin(stack, kind), "{kind} on {stack:?}");
            }
        }
        stacks = longer;
    }
}
