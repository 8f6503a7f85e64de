//! Ids derive from the seed, and from nothing else.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use coyote_host::Host;

use crate::world::{World, app, cache, component, manifest};

/// 40 actors with names and without, and three children of each.
fn app_of_families() -> coyote_host::App {
    let start = |name: &str| {
        format!(
            "[[start]]\nactor = 'hostile'\n{name}\ncount = 20\n\
             initial = {{ do = 'create-family', count = 3, when = 'init' }}\n"
        )
    };
    let base = manifest(&component("hostile.wasm"), "", "grants.create = ['hostile']", &[]);
    app(&format!("{base}{}{}", start("name = 'it'"), start("")))
}

/// Labels and ids of all children.
fn ids(workers: usize) -> BTreeSet<String> {
    let world = World::with_workers(app_of_families(), workers);
    world.settle();
    // The time, the last word, is left out.
    let of_line = |line: &String| line.rsplit_once(' ').unwrap().0.to_owned();
    let ids: BTreeSet<_> = world.lines().iter().map(of_line).collect();
    assert_eq!(ids.len(), 120);
    ids
}

#[test]
fn ids_do_not_depend_on_the_number_of_workers() {
    let ids_of_one = ids(1);
    for workers in [1, 2, 4] {
        assert_eq!(ids(workers), ids_of_one, "{workers} workers");
    }
}

#[test]
fn ids_and_choices_depend_on_the_seed() {
    let id = |seed| {
        let workers = NonZeroUsize::MIN;
        let host =
            Host::builder(app_of_families()).seed(seed).workers(workers).cache(cache()).build();
        host.unwrap().id_of("hostile", "it-1").unwrap()
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
}

#[test]
fn two_hosts_in_one_process_do_not_know_each_other() {
    let (one, other) = (World::of(app_of_families()), World::of(app_of_families()));
    one.send("it-1", "noise");
    one.settle();
    other.settle();
    assert_eq!(one.id("it-1"), other.id("it-1"));
    let events = |world: World| world.end(crate::world::PATIENCE).1.events;
    assert_eq!((events(one), events(other)), (1, 0));
}

#[test]
fn random_choices_repeat_themselves() {
    let text = manifest(
        &component("hostile.wasm"),
        "",
        "",
        &[("it", "do = 'choose', count = 1000"), ("other", "do = 'choose', count = 1000")],
    );
    let choices = || {
        let world = World::of(app(&text));
        for name in ["it", "other", "it", "it"] {
            world.send_and_settle(name, "go");
        }
        world.finish()
    };
    let first = choices();
    assert_eq!(choices(), first);
    expect_test::expect![[r#"
        it: true 254
        other: false 832
        it: true 883
        it: true 733
        Quiescent: 4 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&first);
}
