//! Traces outside of the program: a file that says all, and a token that fits into a line.
//!
//! Beside `snapshot/file.rs` the only place that names `bincode`, and the only one that names `base64`. A file begins with
//! [`MAGIC`] and the number of its version, both fixed for ever; in version 2 the digest of the snapshot follows at which
//! the execution begins; then comes the body, encoded by bincode 2 (standard configuration), and last the XXH3-64 of all
//! before it. Every length is checked against what is there, so a damaged file is an error and nothing else.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use coyote_kernel::{Delivery, TimerMode, Trace};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

const MAGIC: &[u8; 12] = b"coyote-trace";

/// Of traces from the start of an app. Traces of other versions are refused, by name.
const VERSION: u32 = 1;

/// Of traces from a snapshot.
const VERSION_FROM_SNAPSHOT: u32 = 2;

/// What a token begins with: its version is in it.
const TOKEN: &str = "cy1-";

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: usize = 64 << 20;

/// Most bytes that a decoded body may ask for.
const DECODED_BYTES_MAX: usize = 256 << 20;

/// One execution that is to be repeated, and all that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TraceFile {
    /// The name of the app.
    pub(crate) app: String,
    /// The test.
    pub(crate) test: String,
    /// The components, in the order of the app, with the digests of their files.
    pub(crate) components: Vec<(String, u128)>,
    /// A digest of what the manifest says beyond what is here.
    pub(crate) manifest: u64,
    /// In which orders messages could arrive.
    pub(crate) delivery: Delivery,
    /// Which timers could fire.
    pub(crate) timers: TimerMode,
    /// Where executions were cut.
    pub(crate) steps_max: u32,
    /// For how long monitors could be hot.
    pub(crate) temperature_max: u32,
    /// Who chose.
    pub(crate) strategy: String,
    pub(crate) seed: u64,
    pub(crate) iteration: u64,
    /// The sort of the bug, and what it says.
    pub(crate) bug: (String, String),
    /// The minimised trace.
    pub(crate) trace: Recorded,
    /// The trace as it was found.
    pub(crate) original: Recorded,
    /// The digest of the snapshot at which it begins; none if it begins at the start of the app.
    #[serde(skip)]
    pub(crate) snapshot: Option<u128>,
}

/// A trace, and when its strategy was fair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) trace: Trace,
    /// After how many of its choices progress was owed (L2).
    pub(crate) fair_from: u32,
}

/// Why a trace cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TraceError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is something else.
    #[error("`{name}` is no trace")]
    NoTrace {
        /// The file, or the token.
        name: String,
    },
    /// It was written by another version of the program.
    #[error("`{name}` is a trace of version {found}; this program reads {reads}")]
    Version {
        /// The file, or the token.
        name: String,
        /// The version.
        found: u32,
        /// Which it could be.
        reads: &'static str,
    },
    /// It is truncated, or bits of it have changed.
    #[error("`{name}` is damaged: {reason}")]
    Damaged {
        /// The file, or the token.
        name: String,
        /// How that shows.
        reason: String,
    },
}

impl TraceFile {
    /// The bytes of a file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        match self.snapshot {
            None => bytes.extend_from_slice(&VERSION.to_le_bytes()),
            Some(digest) => {
                bytes.extend_from_slice(&VERSION_FROM_SNAPSHOT.to_le_bytes());
                bytes.extend_from_slice(&digest.to_le_bytes());
            }
        }
        let body = bincode::serde::encode_to_vec(self, bincode::config::standard());
        bytes.extend(body.expect("a trace can be encoded"));
        let sum = XxHash3_64::oneshot(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a file.
    pub(crate) fn load(path: &Path) -> Result<Self, TraceError> {
        let read = |error: std::io::Error| TraceError::Read {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let bytes = std::fs::read(path).map_err(read)?;
        Self::decode(&bytes, &path.display().to_string())
    }

    /// Reads what stood in a file of this name.
    ///
    /// # Errors
    ///
    /// See [`TraceError`].
    pub(crate) fn decode(bytes: &[u8], name: &str) -> Result<Self, TraceError> {
        let name = || name.to_owned();
        let damaged =
            |reason: &str| TraceError::Damaged { name: name(), reason: reason.to_owned() };
        let no_trace = || TraceError::NoTrace { name: name() };
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(no_trace)?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut off"))?;
        let found = u32::from_le_bytes(*version);
        let (snapshot, rest) = match found {
            VERSION => (None, rest),
            VERSION_FROM_SNAPSHOT => {
                let (digest, rest) =
                    rest.split_first_chunk().ok_or_else(|| damaged("it is cut off"))?;
                (Some(u128::from_le_bytes(*digest)), rest)
            }
            _ => {
                let reads = "versions 1 and 2";
                return Err(TraceError::Version { name: name(), found, reads });
            }
        };
        if bytes.len() > FILE_BYTES_MAX {
            return Err(damaged("it is larger than 64 MiB"));
        }
        let (body, sum) = rest.split_last_chunk().ok_or_else(|| damaged("it is cut off"))?;
        let summed = XxHash3_64::oneshot(&bytes[..bytes.len() - sum.len()]);
        if summed != u64::from_le_bytes(*sum) {
            return Err(damaged("its checksum is wrong"));
        }
        let config = bincode::config::standard().with_limit::<DECODED_BYTES_MAX>();
        match bincode::serde::decode_from_slice::<Self, _>(body, config) {
            Ok((trace, read)) if read == body.len() => Ok(Self { snapshot, ..trace }),
            Ok(_) => Err(damaged("there is more in it than a trace")),
            Err(error) => Err(damaged(&error.to_string())),
        }
    }
}

/// An execution in one line: what its questions were answered with. It says nothing about the app, which must be the
/// same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Of the app, the test and all components.
    pub(crate) app: u32,
    /// The place of the test in the manifest.
    pub(crate) test: u32,
    pub(crate) delivery: Delivery,
    pub(crate) steps_max: u32,
    pub(crate) temperature_max: u32,
    pub(crate) seed: u64,
    /// After how many choices progress is owed (L2).
    pub(crate) fair_from: u32,
    /// The answers, packed.
    pub(crate) answers: Vec<u8>,
}

impl Token {
    /// One line without blanks.
    pub(crate) fn encode(&self) -> String {
        let Self { app, test, delivery, steps_max, temperature_max, seed, fair_from, .. } = *self;
        let fields = (app, test, delivery, steps_max, temperature_max, seed, fair_from);
        let config = bincode::config::standard();
        let mut bytes =
            bincode::serde::encode_to_vec(fields, config).expect("a token can be encoded");
        bytes.extend_from_slice(&self.answers);
        let sum = XxHash3_64::oneshot(&bytes).to_le_bytes();
        bytes.extend_from_slice(&sum[..2]);
        format!("{TOKEN}{}", BASE64.encode(bytes))
    }

    /// Whether a text looks like a token and not like a file.
    pub(crate) fn is_one(text: &str) -> bool {
        text.starts_with("cy") && text.contains('-') && !text.contains(['/', '.'])
    }

    /// Reads a token.
    pub(crate) fn decode(text: &str) -> Result<Self, TraceError> {
        let name = || text.to_owned();
        let damaged = |reason: String| TraceError::Damaged { name: name(), reason };
        let Some(encoded) = text.strip_prefix(TOKEN) else {
            let version = text.strip_prefix("cy").and_then(|rest| rest.split('-').next());
            return Err(match version.and_then(|version| version.parse().ok()) {
                Some(found) => TraceError::Version { name: name(), found, reads: "version 1" },
                None => TraceError::NoTrace { name: name() },
            });
        };
        let bytes = BASE64
            .decode(encoded)
            .map_err(|_| damaged("it is cut off, or not as it was printed".to_owned()))?;
        let (body, sum) =
            bytes.split_last_chunk::<2>().ok_or_else(|| damaged("it is cut off".to_owned()))?;
        if XxHash3_64::oneshot(body).to_le_bytes()[..2] != sum[..] {
            return Err(damaged("its checksum is wrong".to_owned()));
        }
        let fields = bincode::serde::decode_from_slice(body, bincode::config::standard());
        let ((app, test, delivery, steps_max, temperature_max, seed, fair_from), read) =
            fields.map_err(|error| damaged(error.to_string()))?;
        let answers = body[read..].to_vec();
        Ok(Self { app, test, delivery, steps_max, temperature_max, seed, fair_from, answers })
    }
}
