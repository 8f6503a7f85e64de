//! A snapshot: whatever stands behind the right begin, with the right length and checksum, is read or refused, never more;
//! and what no kernel can have left is found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twox_hash::XxHash3_128;

#[allow(dead_code, reason = "the command uses what is not used here")]
#[path = "../../host/src/snapshot/file.rs"]
mod file;

use file::{Head, Header, Outside, Parts, Reader, Writer};

/// Largest memory of an instance, in bytes.
const MEMORY_BYTES_MAX: u64 = 1 << 20;

/// Most actors.
const ACTORS_MAX: u32 = 100;

fuzz_target!(|body: &[u8]| {
    // As it is: nearly always refused early.
    let _ = Parts::of(body, "input");
    // No fuzzer guesses a checksum, and few packed streams are right.
    let bytes = packed(body);
    let Ok(parts) = Parts::of(&bytes, "input") else { return };
    let _ = read(&bytes, &parts);
});

/// A file with this body.
fn packed(body: &[u8]) -> Vec<u8> {
    let header = Header { app: "app".to_owned(), components: Vec::new() };
    let header = bincode::serde::encode_to_vec(header, bincode::config::standard()).unwrap();
    let mut bytes = b"coyote-snapshot\x01\0\0\0".to_vec();
    let body = zstd::stream::encode_all(body, 1).unwrap();
    let length = bytes.len() + 8 + 4 + header.len() + body.len() + 16;
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
    bytes.extend_from_slice(&(header.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&body);
    let sum = XxHash3_128::oneshot(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

fn read(bytes: &[u8], parts: &Parts) -> Result<(), String> {
    let (mut reader, mut head) = Reader::new(bytes, parts)?;
    let mut memory = Vec::new();
    for _ in 0..head.monitors.min(ACTORS_MAX) {
        let monitor = reader.monitor()?;
        reader.memory(monitor.instance.memory_bytes.min(MEMORY_BYTES_MAX), &mut memory)?;
    }
    for _ in 0..head.actors.min(ACTORS_MAX) {
        let (actor, instance) = reader.actor()?;
        if let Some(instance) = instance {
            reader.memory(instance.memory_bytes.min(MEMORY_BYTES_MAX), &mut memory)?;
        }
        head.saved.actors.push(actor);
    }
    let _ = head.saved.check(&[], 10);
    let Head { seed, environment: Outside { .. }, .. } = &head;
    let _ = (seed, Writer::new(&parts.header, &head, [0; 16]).and_then(Writer::finish));
    reader.finish()
}
