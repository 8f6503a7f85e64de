//! A token: any text is read or refused, and so is anything with the right checksum; what was read is written as it
//! was, and its answers can be followed.

#![no_main]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use coyote_kernel::ActorId;
use coyote_kernel::strategy::{Packed, Question, Strategy as _};
use libfuzzer_sys::fuzz_target;
use twox_hash::XxHash3_64;

#[allow(dead_code, reason = "the command uses what is not used here")]
#[path = "../../host/src/explore/trace_file.rs"]
mod trace_file;

use trace_file::Token;

fuzz_target!(|body: &[u8]| {
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = (Token::is_one(text), Token::decode(text), Token::decode(&format!("cy1-{text}")));
    }
    // No fuzzer guesses a checksum.
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(&XxHash3_64::oneshot(body).to_le_bytes()[..2]);
    let Ok(token) = Token::decode(&format!("cy1-{}", BASE64.encode(bytes))) else { return };
    let again = Token::decode(&token.encode()).expect("what was written can be read");
    assert_eq!(token, again);
    let mut packed = Packed::new(token.answers).fair_from(token.fair_from);
    packed.begin(token.seed);
    for bound in (1..100).chain([u32::MAX]).cycle().take(1000) {
        let question = Question::Number { actor: ActorId::ENVIRONMENT, bound };
        let Ok(taken) = packed.choose(&question) else { break };
        assert!(taken < bound);
    }
});
