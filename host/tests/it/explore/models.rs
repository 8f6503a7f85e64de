//! Delivery models: what each promises, and under which ones a bug is found again.

use coyote_host::{Delivery, Verdict};
use expect_test::expect;

use super::{check, exhaustive, explorer, lost_order, many, send, text};

/// A race that `model` allows, and no stronger one does.
#[track_caller]
fn begins_with(model: Delivery, text: &str) {
    for delivery in Delivery::ALL {
        let report = exhaustive(explorer(text)).delivery(delivery).run().unwrap();
        let expected = if delivery < model { Verdict::Exhausted } else { Verdict::Bug };
        assert_eq!(report.verdict, expected, "{}", delivery.name());
        for bug in &report.bugs {
            let weaker = Delivery::ALL.into_iter().filter(|&other| other >= model);
            let weaker: Vec<_> = weaker.map(|delivery| delivery.name()).collect();
            assert_eq!(bug.reproduces_under, weaker);
        }
    }
}

const ORDER: &str = "anything = [{ expect = ['one', 'two'] }]";

#[test]
fn any_model_lets_two_senders_race() {
    begins_with(Delivery::Mailbox, &lost_order());
}

/// X sends to Y, then to Z, who tells Y.
#[test]
fn only_causal_delivery_knows_what_happened_before() {
    let both = format!("init = [{}, {}]", send("y", "one"), send("z", "one"));
    let starts = [("y", ORDER), ("z", &*format!("one = [{}]", send("y", "two"))), ("x", &both)];
    begins_with(Delivery::Pairwise, &text("", "", &starts));
}

#[test]
fn only_unordered_delivery_overtakes_in_a_channel() {
    let both = format!("init = [{}, {}]", send("y", "one"), send("y", "two"));
    begins_with(Delivery::Unordered, &text("", "", &[("y", ORDER), ("x", &both)]));
}

/// Scenario 63a under each model: all four combinations, so somebody always disagrees.
#[test]
fn receivers_may_disagree_under_every_model() {
    let to_both = |event: &str| format!("init = [{}, {}]", send("c", event), send("d", event));
    let tells = "anything = [{ tell-first = '@it/judge' }]";
    let starts = [
        ("judge", "anything = ['agree']"),
        ("c", tells),
        ("d", tells),
        ("a", &*to_both("one")),
        ("b", &to_both("two")),
    ];
    let text = text("", "", &starts);
    for delivery in Delivery::ALL {
        let report = explorer(&text).delivery(delivery).run().unwrap();
        assert_eq!(report.verdict, Verdict::Bug, "{}", delivery.name());
    }
}

/// The manifest's model holds, and an option comes before it.
#[test]
fn the_model_is_that_of_the_manifest() {
    let both = format!("init = [{}, {}]", send("y", "one"), send("y", "two"));
    let text = text("delivery = 'unordered'", "", &[("y", ORDER), ("x", &both)]);
    check(
        &text,
        |explorer| explorer.iterations(many(300)),
        expect![[r#"
            assertion: y, on `two`: [Two] is not the order
              test `default`, iteration 2, 3 steps, 3 minimised
              repeated under: unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}},{"send":{"event":"two","to":"y"}}]}; sends `one` to y, sends `two` to y
                 2  y starts {"anything":[{"expect":["one","two"]}]}
                 3  y takes `two` from x
              why: step 3 (y takes `two` from x) comes before what x sent, which y has not taken yet, at y; the other way round it does not happen
            bug: test `default`, 3 iterations (2 schedules differ), 3 to 4 steps
        "#]],
    );
    let report = exhaustive(explorer(&text)).delivery(Delivery::Causal).run().unwrap();
    assert_eq!(report.verdict, Verdict::Exhausted);
}
