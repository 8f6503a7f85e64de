//! Names that are also permissions: actors and event groups.

use core::fmt;
use core::hash::{BuildHasherDefault, Hash, Hasher};

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use siphasher::sip::SipHasher24;

/// The name of an actor, and the permission to send to it (I4). No guest can guess one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(u64);

impl ActorId {
    /// Whoever acts from outside: manifest, embedding code, test driver (T6).
    pub const ENVIRONMENT: Self = Self(0);

    /// The id with these 64 bits, which may name nobody.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// All 64 bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// 16 lowercase hexadecimal digits, as in JSON payloads.
impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// As text in formats that people read, else as a number.
impl Serialize for ActorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

/// As it is serialized.
impl<'de> Deserialize<'de> for ActorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Digits)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

/// Reads the text of an id.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = ActorId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("16 lowercase hexadecimal digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ActorId, E> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = text.len() == 16 && text.bytes().all(is_digit);
        let bits = is_id.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        bits.map(ActorId).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl fmt::Debug for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActorId({self})")
    }
}

/// The name of an event group (G1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub u64);

/// Derives ids. Equal keys give equal ids in every run and under every order of steps; without the
/// key they cannot be guessed, because SipHash-2-4 is a keyed pseudorandom function (Aumasson and
/// Bernstein, "SipHash: a fast short-input PRF", 2012).
#[derive(Clone, Copy)]
pub struct IdKey([u8; 16]);

impl IdKey {
    /// The key of an app with this seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let half = |label: u64| {
            let mut hasher = SipHasher24::new_with_keys(seed, label);
            hasher.write_u64(seed ^ label);
            hasher.finish().to_le_bytes()
        };
        let mut key = [0; 16];
        key[..8].copy_from_slice(&half(0x636f_796f_7465_2d31));
        key[8..].copy_from_slice(&half(0x636f_796f_7465_2d32));
        Self(key)
    }

    /// The id of the actor that `creator` creates after it created `earlier` others.
    #[must_use]
    pub fn child(&self, creator: ActorId, earlier: u32) -> ActorId {
        ActorId(self.derive(1, creator.0, u64::from(earlier), ""))
    }

    /// The id of the actor with this kind and name (I5).
    #[must_use]
    pub fn named(&self, kind: u32, name: &str) -> ActorId {
        ActorId(self.derive(2, u64::from(kind), 0, name))
    }

    /// The group that `opener` opens after it opened `earlier` others.
    #[must_use]
    pub fn group(&self, opener: ActorId, earlier: u32) -> GroupId {
        GroupId(self.derive(3, opener.0, u64::from(earlier), ""))
    }

    /// A seed for the stream number `stream` of an actor's random numbers.
    #[must_use]
    pub fn stream(&self, actor: ActorId, stream: u64) -> u64 {
        self.derive(4, actor.0, stream, "")
    }

    fn derive(&self, sort: u8, first: u64, second: u64, name: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u8(sort);
        hasher.write_u64(first);
        hasher.write_u64(second);
        hasher.write(name.as_bytes());
        // Zero is the environment.
        hasher.finish().max(1)
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey(secret)")
    }
}

/// Hashes ids by themselves: they are the output of a keyed hash already.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.rotate_left(32) ^ value;
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    /// Which variant of an enum it is.
    fn write_isize(&mut self, variant: isize) {
        self.write_u64(variant.unsigned_abs() as u64);
    }
}

/// Hashes keys of 128 bits by themselves: they are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are 128-bit numbers");
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

/// For maps and sets of keys of 128 bits.
pub type HashedKeys = BuildHasherDefault<KeyHasher>;

/// A map from what consists of ids.
pub(crate) type HashedById<K, V> = hashbrown::HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A map from ids.
pub type IdMap<V> = HashedById<ActorId, V>;

/// A set of ids.
pub type IdSet = hashbrown::HashSet<ActorId, BuildHasherDefault<IdHasher>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_ids_and_other_seeds_other_ids() {
        let (a, b) = (IdKey::from_seed(7), IdKey::from_seed(8));
        let id = a.child(ActorId::ENVIRONMENT, 0);
        assert_eq!(id, IdKey::from_seed(7).child(ActorId::ENVIRONMENT, 0));
        assert_ne!(id, b.child(ActorId::ENVIRONMENT, 0));
        assert_ne!(id, a.child(ActorId::ENVIRONMENT, 1));
        assert_ne!(id, a.child(id, 0));
    }

    /// An old report names ids; they keep their meaning when a dependency is updated.
    #[test]
    fn the_first_ids_of_seed_7_are_pinned() {
        let key = IdKey::from_seed(7);
        let first = key.child(ActorId::ENVIRONMENT, 0);
        let ids = [first, key.child(first, 0), key.named(0, "server")];
        expect_test::expect![
            "[ActorId(9d03bcb807687290), ActorId(fca719a2db439cd0), ActorId(10634e2defde68e6)]"
        ]
        .assert_eq(&alloc::format!("{ids:?}"));
    }
}
