//! Snapshots as bytes.
//!
//! A file is, in this order:
//!
//! | bytes | what |
//! | ---: | --- |
//! | 15 | `coyote-snapshot` |
//! | 4 | the version, little-endian like all numbers here |
//! | 8 | the length of the file |
//! | 4 | the length of the header |
//! | | the header: the app and the digests of its components ([`Header`]) |
//! | | the body, one zstd frame |
//! | 16 | the XXH3-128 of all before; it is the name of the snapshot |
//!
//! The body is a sequence of records: a [`Head`], then each monitor, then each actor, both with the memory of the instance
//! behind them if there is one. Header and records are encoded by bincode 2 (standard configuration). A memory is cut
//! into pages of 4 KiB, and told by numbers of bincode's: 0 and a count for so many pages of zeros, 1 for a new page, whose
//! bytes follow, and n + 2 for the n-th of the new pages, counted from 0.
//!
//! What is read may come from anybody. The checksum finds damage, not malice: so every record has a limit, all records
//! together have one, and a memory is read only as far as the app lets an actor have it. Beside `explore/trace_file.rs` the
//! only place that names `bincode`, and the only one that names `zstd`.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::io::{self, BufReader, Read, Write as _};
use std::path::PathBuf;

use bincode::config;
use coyote_kernel::{Saved, SavedActor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use twox_hash::XxHash3_128;

const MAGIC: &[u8; 15] = b"coyote-snapshot";

/// Snapshots of other versions are refused, by name.
const VERSION: u32 = 1;

const PAGE_BYTES: usize = 4096;

const ZERO: [u8; PAGE_BYTES] = [0; PAGE_BYTES];

/// Largest record, in bytes: one actor with its inbox, without its memory.
const RECORD_BYTES_MAX: usize = 64 << 20;

/// Most bytes of all records together.
const RECORDS_BYTES_MAX: u64 = 1 << 30;

/// How hard zstd tries: most of a memory is empty or text, and an app waits meanwhile.
const LEVEL: i32 = 1;

/// The largest window that a frame may ask for, as a power of two: 8 MiB.
const WINDOW_LOG_MAX: u32 = 23;

/// Whose state it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The name of the app.
    pub(crate) app: String,
    /// The components of the actors and then of the monitors, in the order of the app, with the digests of their files.
    pub(crate) components: Vec<(String, u128)>,
}

/// What belongs to no single actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// From which ids and random numbers derive.
    pub(crate) seed: u64,
    /// What the environment has created; ids derive from it.
    pub(crate) environment: Outside,
    /// The next number for a request of the environment.
    pub(crate) next_number: u64,
    /// The names of kinds of events that no component declares, in the order of their numbers.
    pub(crate) late_kinds: Vec<Box<str>>,
    /// The kernel, without the actors.
    pub(crate) saved: Saved,
    /// How many actors follow, after so many monitors.
    pub(crate) actors: u32,
    pub(crate) monitors: u32,
}

/// How many actors and groups the environment has made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outside {
    pub(crate) unnamed: u32,
    pub(crate) groups: u32,
    /// By kind of actor.
    pub(crate) ordinals: Vec<(u32, u32)>,
}

/// An instance without its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstanceRecord {
    pub(crate) memory_bytes: u64,
    /// Which of its turns came last.
    pub(crate) turn: u64,
    /// How many random numbers it drew, and how many of them were no choices.
    pub(crate) drawn: Option<(u64, u64)>,
}

/// A monitor that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MonitorRecord {
    /// Its name in the manifest.
    pub(crate) name: String,
    pub(crate) state: u32,
    pub(crate) instance: InstanceRecord,
}

#[derive(Debug, Serialize, Deserialize)]
struct ActorRecord {
    actor: SavedActor,
    instance: Option<InstanceRecord>,
}

/// Why a snapshot cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFileError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is something else.
    #[error("`{name}` is no snapshot")]
    NoSnapshot {
        /// The file.
        name: String,
    },
    /// It was written by another version of the program.
    #[error("`{name}` is a snapshot of version {found}; this program reads version {VERSION}")]
    Version {
        /// The file.
        name: String,
        /// The version.
        found: u32,
    },
    /// It is truncated, or bits of it have changed.
    #[error("`{name}` is damaged: {reason}")]
    Damaged {
        /// The file.
        name: String,
        /// How that shows.
        reason: String,
    },
    /// There is too much to be written down.
    #[error("the app is too large for a snapshot: {reason}")]
    TooLarge {
        /// What is too large.
        reason: String,
    },
}

/// Writes a snapshot, compressed on the way. Every page of memory that occurs several times is written once.
pub(crate) struct Writer {
    body: zstd::stream::write::Encoder<'static, Vec<u8>>,
    /// By the digests of pages, their numbers.
    pages: HashMap<u128, u64>,
    /// Nobody who does not know it can make two pages with one digest.
    key: [u8; 16],
    records_bytes: u64,
}

impl Writer {
    /// Begins a snapshot. The key is random, and leaves no trace in what is written.
    pub(crate) fn new(
        header: &Header,
        head: &Head,
        key: [u8; 16],
    ) -> Result<Self, SnapshotFileError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        let header = bincode::serde::encode_to_vec(header, config::standard());
        let header = header.map_err(too_large)?;
        let header_bytes = u32::try_from(header.len()).map_err(too_large)?;
        bytes.extend_from_slice(&header_bytes.to_le_bytes());
        bytes.extend_from_slice(&header);
        let body = zstd::stream::write::Encoder::new(bytes, LEVEL).map_err(too_large)?;
        let mut writer = Self { body, pages: HashMap::new(), key, records_bytes: 0 };
        writer.record(head)?;
        Ok(writer)
    }

    /// The next monitor. The first `dead_bytes` of its memory mean nothing.
    pub(crate) fn monitor(
        &mut self,
        monitor: &MonitorRecord,
        memory: &[u8],
        dead_bytes: usize,
    ) -> Result<(), SnapshotFileError> {
        self.record(monitor)?;
        self.memory(memory, dead_bytes)
    }

    /// The next actor, and its instance, if it has one.
    pub(crate) fn actor(
        &mut self,
        actor: SavedActor,
        instance: Option<(InstanceRecord, &[u8], usize)>,
    ) -> Result<(), SnapshotFileError> {
        let record = instance.map(|(record, ..)| record);
        self.record(&ActorRecord { actor, instance: record })?;
        match instance {
            Some((_, memory, dead_bytes)) => self.memory(memory, dead_bytes),
            None => Ok(()),
        }
    }

    /// The bytes of the file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, SnapshotFileError> {
        let mut bytes = self.body.finish().map_err(too_large)?;
        let (place, sum_bytes) = (MAGIC.len() + 4, 16);
        let length = (bytes.len() + sum_bytes) as u64;
        bytes[place..place + 8].copy_from_slice(&length.to_le_bytes());
        let sum = XxHash3_128::oneshot(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        Ok(bytes)
    }

    fn record(&mut self, record: &impl Serialize) -> Result<(), SnapshotFileError> {
        let encoded = bincode::serde::encode_to_vec(record, config::standard());
        let encoded = encoded.map_err(too_large)?;
        self.records_bytes += encoded.len() as u64;
        if encoded.len() > RECORD_BYTES_MAX || self.records_bytes > RECORDS_BYTES_MAX {
            return Err(too_large("an actor has at most 64 MiB beside its memory, all 1 GiB"));
        }
        self.body.write_all(&encoded).map_err(too_large)
    }

    fn memory(&mut self, memory: &[u8], dead_bytes: usize) -> Result<(), SnapshotFileError> {
        let mut zeros = 0_u64;
        for (place, page) in memory.chunks_exact(PAGE_BYTES).enumerate() {
            let mut live = ZERO;
            let dead = dead_bytes.saturating_sub(place * PAGE_BYTES).min(PAGE_BYTES);
            live[dead..].copy_from_slice(&page[dead..]);
            if live == ZERO {
                zeros += 1;
                continue;
            }
            self.zeros(std::mem::take(&mut zeros))?;
            self.page(&live)?;
        }
        self.zeros(zeros)
    }

    fn zeros(&mut self, count: u64) -> Result<(), SnapshotFileError> {
        if count > 0 {
            self.number(0)?;
            self.number(count)?;
        }
        Ok(())
    }

    fn page(&mut self, page: &[u8; PAGE_BYTES]) -> Result<(), SnapshotFileError> {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(page);
        let next = self.pages.len() as u64;
        match self.pages.entry(hasher.finish128().as_u128()) {
            std::collections::hash_map::Entry::Occupied(known) => {
                let number = *known.get();
                self.number(number + 2)
            }
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(next);
                self.number(1)?;
                self.body.write_all(page).map_err(too_large)
            }
        }
    }

    fn number(&mut self, number: u64) -> Result<(), SnapshotFileError> {
        let written = bincode::encode_into_std_write(number, &mut self.body, config::standard());
        written.map(drop).map_err(too_large)
    }
}

fn too_large(reason: impl ToString) -> SnapshotFileError {
    SnapshotFileError::TooLarge { reason: reason.to_string() }
}

/// The parts of a file whose checksum is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) header: Header,
    /// Where the body is.
    body: std::ops::Range<usize>,
    /// The name of the snapshot.
    pub(crate) digest: u128,
}

impl Parts {
    /// Takes a file of this name apart.
    pub(crate) fn of(bytes: &[u8], name: &str) -> Result<Self, SnapshotFileError> {
        let name = || name.to_owned();
        let damaged =
            |reason: &str| SnapshotFileError::Damaged { name: name(), reason: reason.to_owned() };
        let no_snapshot = || SnapshotFileError::NoSnapshot { name: name() };
        let cut_off = || damaged("it is cut off");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(no_snapshot)?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let found = u32::from_le_bytes(*version);
        if found != VERSION {
            return Err(SnapshotFileError::Version { name: name(), found });
        }
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let length = u64::from_le_bytes(*length);
        if (bytes.len() as u64) < length {
            let have = bytes.len();
            return Err(damaged(&format!("it is cut off: {have} of {length} bytes are there")));
        }
        let (rest, sum) = rest.split_last_chunk::<16>().ok_or_else(cut_off)?;
        let digest = u128::from_le_bytes(*sum);
        if XxHash3_128::oneshot(&bytes[..bytes.len() - sum.len()]) != digest {
            return Err(damaged("its checksum is wrong"));
        }
        let (header_bytes, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let header_bytes = u32::from_le_bytes(*header_bytes) as usize;
        let header = rest.get(..header_bytes).ok_or_else(cut_off)?;
        let config = config::standard().with_limit::<RECORD_BYTES_MAX>();
        let (header, read) = bincode::serde::decode_from_slice(header, config)
            .map_err(|error| damaged(&error.to_string()))?;
        if read != header_bytes {
            return Err(damaged("there is more in its header than a header"));
        }
        let body = bytes.len() - sum.len() - rest.len() + header_bytes;
        Ok(Self { header, body: body..bytes.len() - sum.len(), digest })
    }
}

/// Reads the body of a snapshot, record by record.
pub(crate) struct Reader<'a> {
    body: Limited<BufReader<zstd::stream::read::Decoder<'static, &'a [u8]>>>,
    /// All pages so far.
    pages: Vec<Box<[u8; PAGE_BYTES]>>,
}

/// What cannot be read, in words.
pub(crate) type Reason = String;

impl<'a> Reader<'a> {
    /// Begins to read.
    pub(crate) fn new(bytes: &'a [u8], parts: &Parts) -> Result<(Self, Head), Reason> {
        let body = &bytes[parts.body.clone()];
        let mut decoder =
            zstd::stream::read::Decoder::with_buffer(body).map_err(|error| error.to_string())?;
        decoder.window_log_max(WINDOW_LOG_MAX).map_err(|error| error.to_string())?;
        let inner = BufReader::new(decoder);
        let mut reader =
            Self { body: Limited { inner, left: RECORDS_BYTES_MAX }, pages: Vec::new() };
        let head = reader.record()?;
        Ok((reader, head))
    }

    /// The next monitor. Its [memory](Self::memory) comes next.
    pub(crate) fn monitor(&mut self) -> Result<MonitorRecord, Reason> {
        self.record()
    }

    /// The next actor. If it has an instance, its [memory](Self::memory) comes next.
    pub(crate) fn actor(&mut self) -> Result<(SavedActor, Option<InstanceRecord>), Reason> {
        let ActorRecord { actor, instance } = self.record()?;
        Ok((actor, instance))
    }

    /// Reads a memory of this length into a buffer.
    pub(crate) fn memory(&mut self, bytes: u64, into: &mut Vec<u8>) -> Result<(), Reason> {
        into.clear();
        if !bytes.is_multiple_of(PAGE_BYTES as u64) {
            return Err("a memory does not consist of whole pages".to_owned());
        }
        let mut left = bytes / PAGE_BYTES as u64;
        let too_long = || "a memory is longer than it says".to_owned();
        while left > 0 {
            match self.number()? {
                0 => {
                    let count = self.number()?;
                    left = left.checked_sub(count).filter(|_| count > 0).ok_or_else(too_long)?;
                    let count = usize::try_from(count).map_err(|_| too_long())?;
                    into.resize(into.len() + count * PAGE_BYTES, 0);
                    continue;
                }
                1 => {
                    let mut page = Box::new(ZERO);
                    self.body.inner.read_exact(&mut *page).map_err(|error| error.to_string())?;
                    into.extend_from_slice(&*page);
                    self.pages.push(page);
                }
                known => {
                    let place = usize::try_from(known - 2).ok();
                    let page = place.and_then(|place| self.pages.get(place));
                    let page = page.ok_or("a page is not there")?;
                    into.extend_from_slice(&**page);
                }
            }
            left -= 1;
        }
        Ok(())
    }

    /// Nothing follows.
    pub(crate) fn finish(mut self) -> Result<(), Reason> {
        match self.body.inner.read(&mut [0]).map_err(|error| error.to_string())? {
            0 => Ok(()),
            _ => Err("there is more in it than a snapshot".to_owned()),
        }
    }

    fn record<T: DeserializeOwned>(&mut self) -> Result<T, Reason> {
        let config = config::standard().with_limit::<RECORD_BYTES_MAX>();
        let record = bincode::serde::decode_from_std_read(&mut self.body, config);
        record.map_err(|error: bincode::error::DecodeError| error.to_string())
    }

    fn number(&mut self) -> Result<u64, Reason> {
        let number = bincode::decode_from_std_read(&mut self.body, config::standard());
        number.map_err(|error| error.to_string())
    }
}

/// A reader with an end to what it reads.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it has more than 1 GiB beside memories"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        let line = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        bytes.chunks(16).map(|bytes| line(bytes) + "\n").collect()
    }

    /// Whatever changes these bytes makes a new version of the file.
    #[test]
    fn the_bytes_are_those_of_version_1() {
        let header =
            Header { app: "app".to_owned(), components: vec![("it".to_owned(), 0x0102_0304)] };
        let head = Head {
            seed: 7,
            environment: Outside { unnamed: 1, groups: 2, ordinals: vec![(3, 4)] },
            next_number: 5,
            late_kinds: vec!["late".into()],
            saved: Saved::merge([]),
            actors: 0,
            monitors: 1,
        };
        let instance = InstanceRecord { memory_bytes: 4 * 4096, turn: 6, drawn: Some((8, 9)) };
        let monitor = MonitorRecord { name: "watcher".to_owned(), state: 1, instance };
        let mut memory = vec![0; 4 * PAGE_BYTES];
        memory[2 * PAGE_BYTES..].fill(0xaa);
        let mut writer = Writer::new(&header, &head, [0; 16]).unwrap();
        writer.monitor(&monitor, &memory, 0).unwrap();
        let bytes = writer.finish().unwrap();
        let Parts { header: read, body, .. } = Parts::of(&bytes, "FILE").unwrap();
        assert_eq!(read, header);
        let length = &bytes[19..27];
        assert_eq!(u64::from_le_bytes(length.try_into().unwrap()), bytes.len() as u64);
        expect![[r#"
            636f796f74652d736e617073686f7401
            0000000d0000000361707001026974fc
            04030201
        "#]]
        .assert_eq(&hex(&[&bytes[..19], &bytes[27..body.start]].concat()));
        let mut records = zstd::stream::decode_all(&bytes[body]).unwrap();
        let page = records.windows(PAGE_BYTES).position(|bytes| bytes.iter().all(|&b| b == 0xaa));
        records.drain(page.unwrap()..page.unwrap() + PAGE_BYTES);
        expect![[r#"
            0701020103040501046c617465000000
            000000000001077761746368657201fb
            00400601080900020102
        "#]]
        .assert_eq(&hex(&records));
    }
}
