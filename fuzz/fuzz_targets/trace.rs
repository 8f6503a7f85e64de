//! A trace file: whatever stands behind the right begin, with the right checksum, is read or refused, never more; and
//! what was read is written as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twox_hash::XxHash3_64;

#[allow(dead_code, reason = "the command uses what is not used here")]
#[path = "../../host/src/explore/trace_file.rs"]
mod trace_file;

use trace_file::TraceFile;

fuzz_target!(|body: &[u8]| {
    // As it is: nearly always refused early.
    let _ = TraceFile::decode(body, "input");
    // No fuzzer guesses a checksum.
    let mut bytes = b"coyote-trace\x01\0\0\0".to_vec();
    bytes.extend_from_slice(body);
    let sum = XxHash3_64::oneshot(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    let Ok(trace) = TraceFile::decode(&bytes, "input") else { return };
    let again = TraceFile::decode(&trace.encode(), "input").expect("what was written can be read");
    assert_eq!(trace, again);
    let _ = (trace.trace.trace.pack(), trace.trace.trace.switches());
});
