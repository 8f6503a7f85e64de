//! The arena has no guard pages: what keeps an instance inside its memory is code that checks every address.

use std::fs;

use coyote_host::{Encoding, OutsideEvent};
use expect_test::{Expect, expect};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use crate::world::{World, app, manifest, refusal, root};

/// The kinds of events of the probe. Each takes a little-endian address, or nothing.
const KINDS: [(&str, &str); 15] = [
    ("load8", "(drop (i32.load8_u (local.get $at)))"),
    ("load32", "(drop (i32.load (local.get $at)))"),
    ("load64", "(drop (i64.load (local.get $at)))"),
    ("load128", "(drop (v128.load (local.get $at)))"),
    ("load8-far", "(drop (i32.load8_u offset=0xffffffff (local.get $at)))"),
    ("load8-page", "(drop (i32.load8_u offset=65536 (local.get $at)))"),
    ("store8", "(i32.store8 (local.get $at) (i32.const 1))"),
    ("store64", "(i64.store (local.get $at) (i64.const 1))"),
    ("store8-far", "(i32.store8 offset=0xffffffff (local.get $at) (i32.const 1))"),
    ("fill", "(memory.fill (local.get $at) (i32.const 1) (i32.const 8))"),
    ("copy", "(memory.copy (local.get $at) (i32.const 0) (i32.const 8))"),
    ("init", "(memory.init $eight (local.get $at) (i32.const 0) (i32.const 8))"),
    ("grow", "(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))"),
    (
        "dirty",
        "(memory.fill (i32.const 4096) (i32.const 255)
            (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4096)))",
    ),
    (
        "clean",
        "(local.set $at (i32.const 4096))
         (loop $next
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (unreachable)))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next
                (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))",
    ),
];

/// A core module with the type of an actor: it touches its memory where it is told to.
pub(crate) fn probe(memory: &str) -> Vec<u8> {
    let bodies: String = (0..)
        .zip(KINDS)
        .map(|(kind, (_, body))| {
            format!("(if (i32.eq (local.get $kind) (i32.const {kind})) (then {body}))\n")
        })
        .collect();
    let text = format!(
        "(module
            {memory}
            (data (i32.const 1024) \"{description}\")
            (data $eight \"12345678\")
            (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 3072))
            (func (export \"coyote:actor/handler@0.1.0#describe\") (result i32) (i32.const 1024))
            (func (export \"coyote:actor/handler@0.1.0#initialize\") (param i32 i32 i32))
            (func (export \"coyote:actor/handler@0.1.0#handle-event\")
                (param $kind i32) (param i32) (param $payload i32) (param $length i32)
                (local $at i32)
                (if (local.get $length)
                    (then (local.set $at (i32.load (local.get $payload)))))
                {bodies})
            (func (export \"coyote:actor/handler@0.1.0#handle-passed\")
                (param i32 i32 i32 i32 i32))
            (func (export \"coyote:actor/tasks@0.1.0#resume\") (param i32))
            (func (export \"coyote:actor/tasks@0.1.0#deliver\") (param i32 i32 i32 i32 i32 i32))
            (func (export \"coyote:actor/tasks@0.1.0#matches\")
                (param i32 i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export \"coyote:actor/render@0.1.0#state\") (result i32) (i32.const 64))
            (func (export \"coyote:actor/render@0.1.0#event\")
                (param i32 i32 i32 i32 i32) (result i32) (i32.const 64)))",
        description = escaped(&description(1024)),
    );
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    let world = resolve.select_world(&[package], Some("actor")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    module
}

/// The record `description` as it lies in memory at an address, with all that it points to.
fn description(at: u32) -> Vec<u8> {
    let count = u32::try_from(KINDS.len()).unwrap();
    let kinds_at = at + 40;
    let rules_at = kinds_at + 8 * count;
    let mut name_at = rules_at + 12 * count;
    // An actor, without a name, a list of kinds, no states, a list of rules, no wishes.
    let mut words = vec![0, 0, 0, kinds_at, count, 0, 0, rules_at, count, 0];
    for (name, _) in KINDS {
        let length = u32::try_from(name.len()).unwrap();
        words.extend([name_at, length]);
        name_at += length;
    }
    words.extend((0..count).flat_map(|kind| [kind, 0, 0]));
    let names = KINDS.iter().flat_map(|(name, _)| name.bytes());
    words.iter().flat_map(|word| word.to_le_bytes()).chain(names).collect()
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Two probes, beside each other in the arena, with room for four pages each.
fn world(memory: &str) -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.wasm");
    fs::write(&path, probe(memory)).unwrap();
    let table = "memory = '256KiB'\nsupervision = { restart = 'transient', max-restarts = 1000 }";
    let text = manifest(&path, "", table, &[("it", ""), ("other", "")]);
    (folder, World::of(app(&text)))
}

/// What comes of an event, as one word or a message.
fn outcome(world: &World, kind: &str, at: u32) -> String {
    let before = world.lines().len();
    let event = OutsideEvent::new(kind, Encoding::Bytes, at.to_le_bytes().to_vec());
    world.host.send(world.id("it"), event).unwrap();
    world.settle();
    let news = world.lines().split_off(before);
    let failure = news.iter().find_map(|line| line.split_once(", restarted: "));
    failure.map_or_else(|| "fine".to_owned(), |(_, message)| message.to_owned())
}

/// Touches the last bytes of a memory of two pages, and those beyond.
fn probe_the_end(memory: &str, expected: &Expect) {
    let (_folder, world) = world(memory);
    let size: u32 = 2 << 16;
    let mut told = String::new();
    for (kind, width) in [
        ("load8", 1),
        ("load32", 4),
        ("load64", 8),
        ("load128", 16),
        ("store8", 1),
        ("store64", 8),
        ("fill", 8),
        ("copy", 8),
        ("init", 8),
    ] {
        assert_eq!(outcome(&world, kind, size - width), "fine", "{kind} at the end of {memory}");
        let beyond = [size - width + 1, size, size + 1, 2 * size - width, 2 * size, u32::MAX];
        let outcomes: Vec<_> = beyond.iter().map(|&at| outcome(&world, kind, at)).collect();
        told += &format!("{kind}: {}\n", once(&outcomes));
    }
    assert_eq!(outcome(&world, "load8-page", size / 2 - 1), "fine");
    for (kind, places) in [
        ("load8-page", vec![size / 2, size, u32::MAX]),
        ("load8-far", vec![0, 1, size, u32::MAX]),
        ("store8-far", vec![0, 1, size, u32::MAX]),
    ] {
        let outcomes: Vec<_> = places.iter().map(|&at| outcome(&world, kind, at)).collect();
        told += &format!("{kind}: {}\n", once(&outcomes));
    }
    expected.assert_eq(&told);
    // The neighbour saw none of it.
    let failures = world.lines().len();
    world.send_and_settle("other", "clean");
    assert_eq!(world.lines().len(), failures);
}

/// What all outcomes are; all of them if they differ.
fn once(outcomes: &[String]) -> String {
    let first = &outcomes[0];
    if outcomes.iter().all(|outcome| outcome == first) {
        first.clone()
    } else {
        outcomes.join(" | ")
    }
}

#[test]
fn no_address_beyond_a_memory_can_be_touched() {
    let expected = expect![[r#"
        load8: trap: out of bounds memory access
        load32: trap: out of bounds memory access
        load64: trap: out of bounds memory access
        load128: trap: out of bounds memory access
        store8: trap: out of bounds memory access
        store64: trap: out of bounds memory access
        fill: trap: out of bounds memory access
        copy: trap: out of bounds memory access
        init: trap: out of bounds memory access
        load8-page: trap: out of bounds memory access
        load8-far: trap: out of bounds memory access
        store8-far: trap: out of bounds memory access
    "#]];
    for limits in ["2", "2 2", "2 3", "2 4", "2 100", "2 65536"] {
        probe_the_end(&format!("(memory (export \"memory\") {limits})"), &expected);
    }
}

#[test]
fn a_memory_that_grew_ends_where_it_ends_now() {
    let (_folder, world) = world("(memory (export \"memory\") 1)");
    let size = 1 << 16;
    for pages in 1..=4 {
        assert_eq!(outcome(&world, "store8", pages * size - 1), "fine");
        assert_ne!(outcome(&world, "store8", pages * size), "fine");
        // The failure made a new instance, with one page.
        for _ in 0..pages.min(3) {
            assert_eq!(outcome(&world, "grow", 0), "fine");
        }
    }
    expect!["out-of-memory: limit `memory`: 327680 bytes, at most 262144 are allowed"]
        .assert_eq(&outcome(&world, "grow", 0));
}

/// An instance fills all its memory, and fails; the next one gets the same slot.
#[test]
fn a_slot_that_is_used_again_is_clean() {
    for limits in ["1", "4 4"] {
        let (_folder, world) = world(&format!("(memory (export \"memory\") {limits})"));
        if limits == "1" {
            for _ in 0..3 {
                assert_eq!(outcome(&world, "grow", 0), "fine");
            }
        }
        assert_eq!(outcome(&world, "clean", 0), "fine");
        assert_eq!(outcome(&world, "dirty", 0), "fine");
        // What is dirty is found, and that failure makes a new instance.
        assert_ne!(outcome(&world, "clean", 0), "fine");
        assert_eq!(outcome(&world, "clean", 0), "fine");
        if limits == "1" {
            for _ in 0..3 {
                assert_eq!(outcome(&world, "grow", 0), "fine");
            }
        }
        assert_eq!(outcome(&world, "clean", 0), "fine");
    }
}

/// What is not in memory would be lost, so it is refused at load.
#[test]
fn an_instance_that_keeps_more_than_its_memory_cannot_resume() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.wasm");
    let table = "supervision = { restart = 'transient', from = 'last-turn' }";
    let memory = "(memory (export \"memory\") 1)";
    let stack = "(global $__stack_pointer (mut i32) (i32.const 1024))";
    let unnamed = "(global (mut i32) (i32.const 1024))";
    let other = "(global $counter (mut i32) (i32.const 0))";
    for (more, expected) in [
        (stack, expect!["it was built"]),
        (
            unnamed,
            expect![
                "actor `hostile`: component `DIR/probe.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"
            ],
        ),
        (
            other,
            expect![
                "actor `hostile`: component `DIR/probe.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"
            ],
        ),
        (
            &format!("{stack}{other}"),
            expect![
                "actor `hostile`: component `DIR/probe.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"
            ],
        ),
        (
            "(memory 1)",
            expect![
                "actor `hostile`: component `DIR/probe.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"
            ],
        ),
        (
            "(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))",
            expect![
                "actor `hostile`: component `DIR/probe.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"
            ],
        ),
    ] {
        fs::write(&path, probe(&format!("{memory} {more}"))).unwrap();
        let text = refusal(app(&manifest(&path, "", table, &[])));
        expected.assert_eq(&text.replace(&folder.path().display().to_string(), "DIR"));
    }
}

#[test]
fn a_memory_that_begins_beyond_its_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.wasm");
    for (limits, expected) in [
        (
            "5",
            expect![
                "actor `hostile`: component `DIR/probe.wasm` does not describe itself: out-of-memory: limit `memory`: 327680 bytes, at most 262144 are allowed"
            ],
        ),
        (
            "5 5",
            expect![
                "actor `hostile`: component `DIR/probe.wasm` does not describe itself: out-of-memory: limit `memory`: 327680 bytes, at most 262144 are allowed"
            ],
        ),
    ] {
        fs::write(&path, probe(&format!("(memory (export \"memory\") {limits})"))).unwrap();
        let app = app(&manifest(&path, "", "memory = '256KiB'", &[("it", "")]));
        let text = refusal(app);
        expected.assert_eq(&text.replace(&folder.path().display().to_string(), "DIR"));
    }
}
