//! Random turns of an actor that writes what it is told, beside copies of its whole memory.

use std::fs;
use std::path::Path;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use wit_component::StringEncoding;
use wit_parser::Resolve;

use super::{Snapshots, Taken, Way};
use crate::app::{App, Colour};

/// What is below means nothing between two turns.
const STACK_BYTES: usize = 5008;

/// Commands of the writer.
const FILL: u32 = 15;
const COPY: u32 = 16;
const GROW: u32 = 17;
const COMMANDS: u32 = 21;

fn snapshots(memory: &str, limit: &str, way: Way) -> Snapshots {
    let host = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(host.join("tests/guests/writer.wat")).unwrap();
    let mut module = wat::parse_str(text.replace("MEMORY", memory)).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(host.join("../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("actor")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("writer.wasm");
    fs::write(&path, module).unwrap();
    let path = path.display();
    let text = format!("name = 'test'\n[actor.writer]\ncomponent = '{path}'\nmemory = '{limit}'\n");
    let app = App::parse(&text, &host.join("app.toml"));
    let app = app.unwrap_or_else(|error| panic!("{}", error.render(Colour::Off)));
    Snapshots::new(app, None, way).unwrap()
}

fn below(random: &mut impl Rng, bound: usize) -> usize {
    usize::try_from(random.next_u64() % bound as u64).unwrap()
}

/// A command whose write stays within the memory.
fn command(random: &mut impl Rng, memory: usize) -> [u8; 24] {
    let command = random.next_u32() % COMMANDS;
    // Often at the end of a card, a granule or the memory, and often the same places.
    let at = match random.next_u32() % 4 {
        0 => below(random, memory / 256) * 256 + 256 - below(random, 17).min(16),
        1 => below(random, memory / 4096) * 4096 + 4096 - below(random, 17).min(16),
        2 => 40_000 + below(random, 64),
        _ => below(random, memory),
    };
    let room = |bytes: usize| at.min(memory - bytes);
    // Seldom long.
    let length = match random.next_u32() % 16 {
        0 => below(random, memory / 2),
        _ => below(random, 600),
    };
    let from = below(random, memory - length + 1);
    let (at, other, value) = match command {
        14 => (room(5008), 0, random.next_u64() % 3),
        FILL => (room(length), length, random.next_u64() % 3),
        COPY => (room(length), from, length as u64),
        GROW => (0, usize::from(random.next_u32().is_multiple_of(64)), 0),
        _ => (room(16), 0, random.next_u64() % 3),
    };
    let mut bytes = [0; 24];
    bytes[..4].copy_from_slice(&command.to_le_bytes());
    bytes[4..8].copy_from_slice(&u32::try_from(at).unwrap().to_le_bytes());
    bytes[8..12].copy_from_slice(&u32::try_from(other).unwrap().to_le_bytes());
    bytes[16..].copy_from_slice(&value.to_le_bytes());
    bytes
}

fn turn(random: &mut impl Rng, memory: usize) -> Vec<u8> {
    let commands = 1 + below(random, 4);
    (0..commands).flat_map(|_| command(random, memory)).collect()
}

/// All that the memory means.
fn meaning(memory: &[u8]) -> Vec<u8> {
    let mut memory = memory.to_vec();
    memory[..STACK_BYTES].fill(0);
    memory
}

/// So many random turns, a snapshot after each, and then a return to one of the last states. A state is a copy of the
/// whole memory: it must come back as it was, and equal states must have equal numbers and no others.
fn walk(way: Way, limit: &str, turns: usize, seed: u64) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut snapshots = snapshots("1 4", limit, way);
    let mut states: Vec<(Vec<u8>, Taken, u128)> = Vec::new();
    for turns in 0..turns {
        if turns % 1000 == 0 {
            snapshots.forget();
            states.clear();
        }
        let payload = turn(&mut random, snapshots.memory().len());
        // A turn that writes over its own commands may fail.
        let _ = snapshots.turn(&payload);
        let memory = meaning(snapshots.memory());
        let image = snapshots.snapshot();
        assert!(snapshots.memory() == memory, "a snapshot changes nothing but the stack");
        let key = snapshots.key(image);
        for (other, number, other_key) in &states {
            assert_eq!(*other == memory, *number == image, "turn {turns}");
            assert_eq!(*other == memory, *other_key == key, "turn {turns}");
        }
        let state = (memory, image, key);
        if states.len() < 24 {
            states.push(state);
        } else {
            let place = below(&mut random, 24);
            states[place] = state;
        }
        let (memory, image, _) = &states[below(&mut random, states.len())];
        snapshots.restore(*image);
        assert!(snapshots.memory() == *memory, "turn {turns}");
        assert_eq!(snapshots.snapshot(), *image, "turn {turns}");
    }
}

#[test]
fn what_is_marked_is_all_that_changed() {
    // Granules of 256 bytes and of 4 KiB.
    walk(Way::Marks, "1MiB", 50_000, 1);
    walk(Way::Marks, "64MiB", 50_000, 2);
}

#[test]
fn memories_are_compared() {
    walk(Way::Compare, "1MiB", 5_000, 3);
}

/// Nobody sees the barrier: neither in memory nor in fuel, and what fails fails alike.
#[test]
fn guests_do_not_notice_the_barrier() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut plain = snapshots("1 4", "1MiB", Way::Compare);
    let mut marking = snapshots("1 4", "1MiB", Way::Marks);
    for turns in 0..5_000 {
        // Sometimes beyond the end.
        let beyond = if turns % 8 == 0 { 70_000 } else { 0 };
        let payload = turn(&mut random, plain.memory().len() + beyond);
        let outcomes = (plain.turn(&payload), marking.turn(&payload));
        assert_eq!(outcomes.0, outcomes.1, "turn {turns}");
        assert!(plain.memory() == marking.memory(), "turn {turns}");
        let keys = [&mut plain, &mut marking].map(|it| {
            let image = it.snapshot();
            it.key(image)
        });
        assert_eq!(keys[0], keys[1], "turn {turns}");
    }
}
