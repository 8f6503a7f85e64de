//! Declarations, and what a table offers (H1, V1-V6).

use coyote_kernel::{Description, Kind, Offer, Role, Rule, StateDescription, Table, Temperature};
use expect_test::{Expect, expect};

use crate::toy::parse_rule;

fn describe(actor: &[&str], states: &[(&str, &[&str])]) -> Description {
    let mut kinds = Vec::new();
    let rules = actor.iter().map(|rule| parse_rule(rule, &mut kinds)).collect();
    let states = states.iter().map(|(name, rules)| StateDescription {
        name: (*name).to_owned(),
        temperature: Temperature::Warm,
        rules: rules.iter().map(|rule| parse_rule(rule, &mut kinds)).collect(),
    });
    let states = states.collect();
    Description { kinds, states, rules, ..Description::default() }
}

/// Kinds by their place in the list of reserved ones, then by their only letter.
fn intern(name: &str) -> Kind {
    let reserved = Kind::RESERVED.iter().position(|&known| known == name);
    let place = reserved.unwrap_or_else(|| 10 + usize::from(name.as_bytes()[0]));
    Kind(u32::try_from(place).unwrap())
}

fn check_misdeclared(description: &Description, expected: Expect) {
    let wrong = Table::new(description, intern).map_or_else(|wrong| wrong, |_| Vec::new());
    expected.assert_eq(&wrong.iter().map(|one| format!("{one}\n")).collect::<String>());
}

#[test]
fn every_declaration_that_makes_no_sense_is_refused_h1() {
    let mut actor = describe(
        &["a: ignore", "*: do", "default: do", "b: do", "b: do"],
        &[
            ("s", &["c: defer", "c: ignore", "d: goto 9", "default: defer", "default: ignore"]),
            ("t", &["*: do", "*: defer", "e: push 2", "f: push 1"]),
            ("s", &[]),
        ],
    );
    actor.kinds.push("a".to_owned());
    let kind = u32::try_from(actor.kinds.len()).unwrap();
    let rule = actor.rules[0];
    actor.states[1].rules.push(Rule { kind, ..rule });
    check_misdeclared(
        &actor,
        expect![[r#"
            event `a`: the kind is listed twice
            state `s`: two states have this name
            event `a`: only states can defer, ignore, goto or push
            event `*`: a state machine has no wildcard for the whole actor
            event `default`: only states have a default handler
            event `b`: two reactions for one kind
            state `s`, event `c`: two reactions for one kind
            state `s`, event `d`: transition to an undeclared state
            state `s`, event `default`: the default event cannot be deferred or ignored
            state `s`, event `default`: the default event cannot be deferred or ignored
            state `t`, event `*`: two reactions for one kind
            state `t`: a rule names a kind that is not listed
        "#]],
    );

    let mut monitor = describe(&[], &[("s", &["a: defer", "b: push 0", "c: goto 0"])]);
    monitor.role = Role::Monitor;
    check_misdeclared(
        &monitor,
        expect![[r#"
            state `s`, event `a`: a monitor cannot push or defer
            state `s`, event `b`: a monitor cannot push or defer
        "#]],
    );

    let mut stateless = describe(&["a: do"], &[]);
    stateless.role = Role::Monitor;
    check_misdeclared(
        &stateless,
        expect![[r#"
            a monitor needs a state
        "#]],
    );
}

#[test]
fn what_makes_sense_is_accepted() {
    check_misdeclared(&describe(&["a: do", "*: do"], &[]), expect![[""]]);
    let states: &[(&str, &[&str])] =
        &[("s", &["a: do", "*: goto 1", "default: push 0"]), ("t", &["a: defer", "*: ignore"])];
    check_misdeclared(&describe(&["a: do"], states), expect![[""]]);
}

/// `kind in stack` with what becomes of it.
fn check_offers(description: &Description, cases: &[(&str, &[u32], Offer)]) {
    let table = Table::new(description, intern).unwrap();
    for (kind, stack, offer) in cases {
        assert_eq!(table.offer(stack, intern(kind)), *offer, "`{kind}` in {stack:?}");
    }
}

#[test]
fn an_offer_follows_the_order_of_reactions_v1_to_v6() {
    let states: &[(&str, &[&str])] = &[
        ("base", &["a: defer", "b: ignore", "c: goto 0", "*: defer"]),
        ("nothing", &[]),
        ("wild", &["*: do"]),
        ("top", &["a: goto 0", "c: ignore"]),
        ("deaf", &["*: ignore", "a: do"]),
        ("moves", &["*: goto 0"]),
    ];
    let description = describe(&["a: do", "e: do"], states);
    check_offers(
        &description,
        &[
            // V1: a transition of the top.
            ("a", &[0, 3], Offer::Take),
            // V2: the nearest one, inherited from below.
            ("a", &[0, 1], Offer::Defer),
            ("b", &[0, 1], Offer::Ignore),
            ("d", &[0, 1], Offer::Defer),
            // A lower transition does not count, a lower wildcard does.
            ("c", &[0], Offer::Take),
            ("c", &[0, 1], Offer::Defer),
            ("d", &[5, 1], Offer::Take),
            // A wildcard that stands strictly higher wins; on the same level it does not.
            ("a", &[0, 2], Offer::Take),
            ("b", &[0, 2, 1], Offer::Take),
            ("c", &[2, 3], Offer::Ignore),
            ("a", &[4], Offer::Take),
            ("d", &[4], Offer::Ignore),
            ("a", &[4, 0], Offer::Defer),
            // V4: the actor's own, after all states: scenarios 23 and 61.
            ("e", &[1], Offer::Take),
            ("e", &[0], Offer::Defer),
            ("a", &[1], Offer::Take),
            // V5, V6: nobody knows it, so the guest pops its states.
            ("d", &[1], Offer::Take),
            ("halt", &[1], Offer::Take),
            ("halt", &[0], Offer::Defer),
        ],
    );
}

#[test]
fn a_wildcard_of_the_same_monitor_state_loses_against_a_specific_rule_v3() {
    let mut monitor = describe(&[], &[("s", &["a: do", "*: ignore"])]);
    monitor.role = Role::Monitor;
    check_offers(&monitor, &[("a", &[0], Offer::Take), ("b", &[0], Offer::Ignore)]);
}

#[test]
fn the_default_event_is_offered_by_rules_of_its_own_only_q5() {
    let states: &[(&str, &[&str])] =
        &[("do", &["default: do"]), ("goto", &["default: goto 0"]), ("wild", &["*: do"])];
    let table = Table::new(&describe(&[], states), intern).unwrap();
    let offered: Vec<&[u32]> = [&[0][..], &[0, 2], &[1], &[1, 2], &[2]]
        .into_iter()
        .filter(|stack| table.offers_default(stack))
        .collect();
    assert_eq!(offered, [&[0][..], &[0, 2], &[1]]);
    let plain = Table::new(&describe(&["*: do"], &[]), intern).unwrap();
    assert!(!plain.offers_default(&[]));
}

#[test]
fn a_table_keeps_the_components_own_numbers() {
    let table = Table::new(&describe(&["b: do", "halt: do"], &[]), intern).unwrap();
    assert_eq!(table.index_of(Kind::HALT), Some(1));
    assert_eq!(table.index_of(Kind::ACTOR_DOWN), None);
    assert_eq!(table.kind(0), Some(intern("b")));
    assert_eq!(table.kind(2), None);
    assert!(table.allows_stack(&[]) && !table.allows_stack(&[0]));
}
