//! Shared cells: what the host owns and any actor may change that knows the id (section 14).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Encoding, Payload};
use crate::outbox::Reply;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CellKind {
    /// A number, 0 at first.
    Counter,
    /// One value, empty at first.
    Register,
    /// Values by key, none at first.
    Map,
}

impl CellKind {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Register, Self::Map];

    /// The name in the package.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Register => "register",
            Self::Map => "map",
        }
    }
}

/// A payload in a cell. Two are equal if their encodings and bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CellValue {
    /// How to read it.
    pub encoding: Encoding,
    /// Its bytes.
    pub payload: Payload,
}

/// What an actor does with a cell, carried out as one step. Answers are JSON: numbers, booleans, `null` for what is
/// absent; a value answers with its own encoding and bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Counter: adds, wrapping around; answers the sum.
    Add(i32),
    /// Counter, register: answers what it holds.
    Get,
    /// Counter: sets; answers the old number.
    Exchange(i32),
    /// Counter: sets the second number if it holds the first; answers the old number.
    CompareExchange(i32, i32),
    /// Register: sets; answers `null`.
    Set(CellValue),
    /// Register: sets the second value if it holds the first; answers whether it did.
    CompareSet(CellValue, CellValue),
    /// Map: answers the value at the key.
    GetKey(Box<str>),
    /// Map: sets the value if the key is absent; answers whether it did.
    InsertNew(Box<str>, CellValue),
    /// Map: sets the third if the second is at the key; answers whether it did.
    CompareSetKey(Box<str>, CellValue, CellValue),
    /// Map: removes the key; answers the value that it had.
    Remove(Box<str>),
    /// Map: answers the number of keys.
    Len,
}

impl Operation {
    /// The name in the package.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Get => "get",
            Self::Exchange(_) => "exchange",
            Self::CompareExchange(..) => "compare-exchange",
            Self::Set(_) => "set",
            Self::CompareSet(..) => "compare-set",
            Self::GetKey(_) => "get-key",
            Self::InsertNew(..) => "insert-new",
            Self::CompareSetKey(..) => "compare-set-key",
            Self::Remove(_) => "remove",
            Self::Len => "len",
        }
    }

    /// Whether cells of this kind have it.
    #[must_use]
    pub fn fits(&self, kind: CellKind) -> bool {
        match self {
            Self::Add(_) | Self::Exchange(_) | Self::CompareExchange(..) => {
                kind == CellKind::Counter
            }
            Self::Get => kind != CellKind::Map,
            Self::Set(_) | Self::CompareSet(..) => kind == CellKind::Register,
            Self::GetKey(_)
            | Self::InsertNew(..)
            | Self::CompareSetKey(..)
            | Self::Remove(_)
            | Self::Len => kind == CellKind::Map,
        }
    }

    /// How many bytes it brings to the cell.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Add(_)
            | Self::Get
            | Self::Exchange(_)
            | Self::CompareExchange(..)
            | Self::Len => 0,
            Self::Set(value) => value.payload.len(),
            Self::CompareSet(old, new) => old.payload.len() + new.payload.len(),
            Self::GetKey(key) | Self::Remove(key) => key.len(),
            Self::InsertNew(key, value) => key.len() + value.payload.len(),
            Self::CompareSetKey(key, old, new) => key.len() + old.payload.len() + new.payload.len(),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Add(number) | Self::Exchange(number) => write!(f, " {number}"),
            Self::CompareExchange(old, new) => write!(f, " {old} {new}"),
            Self::GetKey(key)
            | Self::InsertNew(key, _)
            | Self::CompareSetKey(key, ..)
            | Self::Remove(key) => write!(f, " {key}"),
            Self::Get | Self::Set(_) | Self::CompareSet(..) | Self::Len => Ok(()),
        }
    }
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Cell {
    content: Content,
    /// Most keys of a map.
    keys_max: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Content {
    Counter(i32),
    Register(CellValue),
    Map(BTreeMap<Box<str>, CellValue>),
}

impl Cell {
    pub(crate) fn new(kind: CellKind, keys_max: u32) -> Self {
        let content = match kind {
            CellKind::Counter => Content::Counter(0),
            CellKind::Register => Content::Register(CellValue {
                encoding: Encoding::Bytes,
                payload: Payload::default(),
            }),
            CellKind::Map => Content::Map(BTreeMap::new()),
        };
        Self { content, keys_max }
    }

    /// What it holds.
    pub(crate) fn kind(&self) -> CellKind {
        match self.content {
            Content::Counter(_) => CellKind::Counter,
            Content::Register(_) => CellKind::Register,
            Content::Map(_) => CellKind::Map,
        }
    }

    /// Carries an operation out; its answer.
    pub(crate) fn apply(&mut self, operation: Operation) -> Reply {
        match &mut self.content {
            Content::Counter(number) => apply_to_counter(number, &operation),
            Content::Register(value) => apply_to_register(value, operation),
            Content::Map(values) => apply_to_map(values, operation, self.keys_max as usize),
        }
    }
}

/// Those are refused when their turn ends.
fn unfit(operation: &Operation) -> Reply {
    Err(format!("`{}` does not fit the cell", operation.name()))
}

fn apply_to_counter(number: &mut i32, operation: &Operation) -> Reply {
    let old = *number;
    *number = match *operation {
        Operation::Get => old,
        Operation::Add(summand) => old.wrapping_add(summand),
        Operation::Exchange(new) => new,
        Operation::CompareExchange(expected, new) if expected == old => new,
        Operation::CompareExchange(..) => old,
        _ => return unfit(operation),
    };
    json(if matches!(operation, Operation::Add(_)) { *number } else { old })
}

fn apply_to_register(value: &mut CellValue, operation: Operation) -> Reply {
    match operation {
        Operation::Get => value_of(Some(value.clone())),
        Operation::Set(new) => {
            *value = new;
            json("null")
        }
        Operation::CompareSet(expected, new) => {
            let fits = *value == expected;
            if fits {
                *value = new;
            }
            json(fits)
        }
        other => unfit(&other),
    }
}

fn apply_to_map(
    values: &mut BTreeMap<Box<str>, CellValue>,
    operation: Operation,
    keys_max: usize,
) -> Reply {
    match operation {
        Operation::GetKey(key) => value_of(values.get(&key).cloned()),
        Operation::Remove(key) => value_of(values.remove(&key)),
        Operation::Len => json(values.len()),
        Operation::InsertNew(key, _) if values.contains_key(&key) => json(false),
        Operation::InsertNew(..) if values.len() >= keys_max => {
            Err(format!("limit `keys`: a map has at most {keys_max}"))
        }
        Operation::InsertNew(key, value) => {
            values.insert(key, value);
            json(true)
        }
        Operation::CompareSetKey(key, expected, new) => match values.get_mut(&key) {
            Some(value) if *value == expected => {
                *value = new;
                json(true)
            }
            _ => json(false),
        },
        other => unfit(&other),
    }
}

fn json(value: impl ToString) -> Reply {
    let text: String = value.to_string();
    Ok((Encoding::Json, Payload::from_slice(text.as_bytes())))
}

fn value_of(value: Option<CellValue>) -> Reply {
    match value {
        Some(CellValue { encoding, payload }) => Ok((encoding, payload)),
        None => json("null"),
    }
}
