//! The names of actors and groups.

use crate::bindings::coyote::actor::types;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of an actor, and the permission to send to it.
///
/// Nobody can guess one. It comes from [`Context::id`], [`Context::create`], or the payload of an event.
/// It displays as 16 lowercase hexadecimal digits; serialised it is that string where the format is
/// readable (JSON), else its 8 bytes, most significant first.
///
/// [`Context::id`]: crate::Context::id
/// [`Context::create`]: crate::Context::create
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(u64);

impl From<types::ActorId> for ActorId {
    fn from(id: types::ActorId) -> Self {
        Self(join(id.high, id.low))
    }
}

impl From<ActorId> for types::ActorId {
    fn from(id: ActorId) -> Self {
        let (high, low) = split(id.0);
        Self { high, low }
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no [`ActorId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor id is 16 lowercase hexadecimal digits")
    }
}

impl core::error::Error for ParseIdError {}

impl FromStr for ActorId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let lowercase_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(lowercase_hex) {
            return Err(ParseIdError);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| ParseIdError)
    }
}

impl Serialize for ActorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.to_be_bytes().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for ActorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Digits)
        } else {
            <[u8; 8]>::deserialize(deserializer).map(|bytes| Self(u64::from_be_bytes(bytes)))
        }
    }
}

struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = ActorId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor id (16 lowercase hexadecimal digits)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ActorId, E> {
        text.parse().map_err(|ParseIdError| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// The name of an event group: events that belong together flow in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u64);

impl From<types::GroupId> for GroupId {
    fn from(id: types::GroupId) -> Self {
        Self(join(id.high, id.low))
    }
}

impl From<GroupId> for types::GroupId {
    fn from(id: GroupId) -> Self {
        let (high, low) = split(id.0);
        Self { high, low }
    }
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a number")]
fn split(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ActorId = ActorId(0x0123_4567_89ab_cdef);

    #[test]
    fn an_id_is_its_digits_where_people_read_it() {
        assert_eq!(serde_json::to_string(&ID).unwrap(), r#""0123456789abcdef""#);
        assert_eq!(serde_json::from_str::<ActorId>(r#""0123456789abcdef""#).unwrap(), ID);
    }

    #[test]
    fn an_id_is_eight_bytes_between_actors() {
        let bytes = postcard::to_allocvec(&ID).unwrap();
        assert_eq!(bytes, [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(postcard::from_bytes::<ActorId>(&bytes).unwrap(), ID);
    }

    #[test]
    fn an_id_is_written_in_one_way_only() {
        for text in ["0123456789ABCDEF", "123", "+123456789abcdef", "0123456789abcdef0"] {
            assert_eq!(text.parse::<ActorId>(), Err(ParseIdError), "{text}");
        }
    }

    #[test]
    fn the_halves_of_an_id_come_back_together() {
        assert_eq!(ActorId::from(types::ActorId::from(ID)), ID);
    }
}
