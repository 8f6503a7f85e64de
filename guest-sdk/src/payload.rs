//! Typed payloads and their bytes.

use crate::{
    failure::{Cause, fail},
    json,
};
use core::{any::type_name, fmt};
use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};
use smallvec::SmallVec;

pub use crate::bindings::coyote::actor::types::Encoding;

/// The bytes of a payload. Up to 32 of them need no allocation.
pub type Bytes = SmallVec<[u8; 32]>;

/// As many bytes in words, the first in the lowest byte of the first word: how the arguments of a call hold a short
/// payload.
pub(crate) type Words = [u64; 4];

/// Bytes, and how to read them.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// How to read the bytes.
    pub encoding: Encoding,
    /// The payload itself.
    pub bytes: Bytes,
}

impl Encoded {
    /// The payload of a unit event.
    pub const EMPTY: Self = Self { encoding: Encoding::Bytes, bytes: Bytes::new_const() };

    /// A payload of up to 32 bytes that came in words.
    pub(crate) fn from_words(encoding: u32, length: u32, words: Words) -> Self {
        let mut bytes = [0; 32];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        let encoding = match encoding {
            0 => Encoding::Bytes,
            1 => Encoding::Text,
            2 => Encoding::Json,
            3 => Encoding::Postcard,
            _ => unreachable!("the interface has four encodings"),
        };
        Self { encoding, bytes: Bytes::from_buf_and_len(bytes, length as usize) }
    }

    /// A value as JSON, for readers outside the app.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value).expect("a payload can be written as JSON");
        Self { encoding: Encoding::Json, bytes: bytes.into() }
    }

    /// Checks that nothing was sent: no bytes, or the JSON `null`.
    ///
    /// # Errors
    ///
    /// If there is a payload.
    #[doc(hidden)]
    pub fn no_value(&self) -> Result<(), DecodeError> {
        match (self.encoding, self.bytes.as_slice()) {
            (_, []) | (Encoding::Json, b"null") => Ok(()),
            _ => Err(DecodeError::new("there should be no payload")),
        }
    }
}

/// What can be the initial payload of an actor, part of a reply, or the content of an event: all that
/// serde reads and writes.
///
/// It is written as postcard, and read from postcard or JSON. To write what postcard cannot, such as a struct with
/// `#[serde(flatten)]`, panics, which fails the turn.
pub trait Payload: Sized {
    /// The value as bytes. A value that has none, such as `()`, has the encoding of opaque bytes.
    fn encode(&self) -> Encoded;

    /// The value that these bytes hold, all of them.
    ///
    /// # Errors
    ///
    /// If the bytes hold something else, or are in an encoding that is not read here.
    fn decode(encoded: &Encoded) -> Result<Self, DecodeError>;
}

impl<T: Serialize + DeserializeOwned> Payload for T {
    fn encode(&self) -> Encoded {
        let bytes = postcard::serialize_with_flavor(self, Writer(Bytes::new()));
        let bytes = bytes.expect("a payload can be written as postcard");
        let encoding = if bytes.is_empty() { Encoding::Bytes } else { Encoding::Postcard };
        Encoded { encoding, bytes }
    }

    fn decode(encoded: &Encoded) -> Result<Self, DecodeError> {
        let bytes = encoded.bytes.as_slice();
        match encoded.encoding {
            Encoding::Json => json::read(bytes).map_err(DecodeError::new),
            Encoding::Postcard => from_postcard(bytes),
            Encoding::Bytes if bytes.is_empty() => {
                from_postcard(bytes).map_err(|_| DecodeError::new("it is empty"))
            }
            Encoding::Bytes => Err(DecodeError::new("opaque bytes, not postcard or JSON")),
            Encoding::Text => Err(DecodeError::new("plain text, not postcard or JSON")),
        }
    }
}

/// Where postcard writes to. Its own flavor for collections goes through iterators, byte by byte.
struct Writer(Bytes);

impl Flavor for Writer {
    type Output = Bytes;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // The instruction that copies is a call into the host, which a number is not worth.
        if bytes.len() <= size_of::<u64>() {
            bytes.iter().for_each(|&byte| self.0.push(byte));
        } else {
            self.0.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Bytes> {
        Ok(self.0)
    }
}

fn from_postcard<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    match postcard::take_from_bytes(bytes).map_err(DecodeError::new)? {
        (value, []) => Ok(value),
        (_, rest) => Err(DecodeError::new(format_args!("{} bytes too many", rest.len()))),
    }
}

/// Why a payload could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(String);

impl DecodeError {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for DecodeError {}

/// The initial payload, or the end of the turn.
#[doc(hidden)]
pub fn decode_initial<T: Payload>(encoded: &Encoded) -> T {
    T::decode(encoded).unwrap_or_else(|error| {
        fail(
            Cause::Decode,
            format_args!("the initial payload is no `{}`: {error}", type_name::<T>()),
        )
    })
}

/// Ends the turn if an actor that takes no initial payload got one.
#[doc(hidden)]
pub fn no_initial(encoded: &Encoded) {
    if encoded.no_value().is_err() {
        fail(Cause::Decode, format_args!("this actor takes no initial payload"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    type Sample = (u32, Option<String>);

    fn check(encoding: Encoding, bytes: &[u8], expected: Expect) {
        let decoded = Sample::decode(&Encoded { encoding, bytes: bytes.into() });
        expected.assert_eq(&match decoded {
            Ok(value) => format!("{value:?}"),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn a_payload_is_read_from_postcard_or_json() {
        check(Encoding::Postcard, &[7, 1, 1, b'a'], expect![[r#"(7, Some("a"))"#]]);
        check(Encoding::Json, br#"[7, "a"]"#, expect![[r#"(7, Some("a"))"#]]);
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        check(Encoding::Postcard, &[7], expect!["Hit the end of buffer, expected more data"]);
        check(Encoding::Postcard, &[7, 0, 0], expect!["1 bytes too many"]);
        check(
            Encoding::Json,
            b"[7] ",
            expect!["invalid length 1, expected a tuple of size 2 at line 1 column 3"],
        );
        check(Encoding::Bytes, &[7, 0], expect!["opaque bytes, not postcard or JSON"]);
        check(Encoding::Bytes, &[], expect!["it is empty"]);
        check(Encoding::Text, b"[7, null]", expect!["plain text, not postcard or JSON"]);
    }

    #[test]
    fn a_value_without_content_travels_without_bytes() {
        let encoded = ().encode();
        assert_eq!((encoded.encoding, encoded.bytes.len()), (Encoding::Bytes, 0));
        assert_eq!(<()>::decode(&encoded), Ok(()));
    }
}
