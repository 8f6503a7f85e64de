//! Kinds of events, interned. All shards share the numbers.

use std::sync::{PoisonError, RwLock};

use coyote_kernel::Kind;
use hashbrown::HashMap;

/// Most names that are interned while the app runs: a guest that makes up names must not fill the memory.
const LATE_MAX: usize = 65_536;

/// Longest name of a kind, an actor or a group, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 256;

/// The numbers of all kinds: those that components declare are fixed before anything runs, and looked up
/// without a lock.
#[derive(Debug)]
pub(crate) struct Kinds {
    declared: Names,
    late: RwLock<Names>,
}

#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    fn intern(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.names.len()).expect("a declared kind takes memory");
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

impl Kinds {
    /// Only the kinds that have a meaning for the kernel.
    pub(crate) fn new() -> Self {
        let mut declared = Names::default();
        for name in Kind::RESERVED {
            declared.intern(name);
        }
        Self { declared, late: RwLock::default() }
    }

    /// Interns a kind that a component declares.
    pub(crate) fn declare(&mut self, name: &str) -> Kind {
        Kind(self.declared.intern(name))
    }

    /// The number of a kind that a component has declared.
    pub(crate) fn declared(&self, name: &str) -> Option<Kind> {
        self.declared.numbers.get(name).copied().map(Kind)
    }

    /// The number of a kind; none if too many were made up.
    fn intern(&self, name: &str) -> Option<Kind> {
        if let Some(declared) = self.declared(name) {
            return Some(declared);
        }
        let base = self.declared.names.len();
        let known =
            self.late.read().unwrap_or_else(PoisonError::into_inner).numbers.get(name).copied();
        let late = match known {
            Some(late) => late,
            None => {
                let mut names = self.late.write().unwrap_or_else(PoisonError::into_inner);
                if names.names.len() >= LATE_MAX {
                    return None;
                }
                names.intern(name)
            }
        };
        u32::try_from(base).ok()?.checked_add(late).map(Kind)
    }

    /// The number of a kind that somebody wants to send; none if it cannot be sent.
    pub(crate) fn intern_sendable(&self, name: &str) -> Option<Kind> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return None;
        }
        self.intern(name).filter(|kind| kind.is_sendable())
    }

    /// The names that were interned while the app ran, in order.
    pub(crate) fn late(&self) -> Vec<Box<str>> {
        self.late.read().unwrap_or_else(PoisonError::into_inner).names.clone()
    }

    /// Interns what another run had interned late; whether the numbers are the same here.
    pub(crate) fn resume(&self, late: &[Box<str>]) -> bool {
        let base = self.declared.names.len();
        late.len() <= LATE_MAX
            && (base..).zip(late).all(|(place, name)| {
                let number = self.intern_sendable(name).map(|kind| kind.0 as usize);
                number == Some(place)
            })
    }

    /// How many kinds there are.
    pub(crate) fn count(&self) -> u32 {
        let late = self.late.read().unwrap_or_else(PoisonError::into_inner).names.len();
        u32::try_from(self.declared.names.len() + late).expect("kinds have a bound")
    }

    /// The name of a kind.
    pub(crate) fn name(&self, kind: Kind) -> String {
        let place = kind.0 as usize;
        if let Some(name) = self.declared.names.get(place) {
            return name.to_string();
        }
        let late = self.late.read().unwrap_or_else(PoisonError::into_inner);
        let name = late.names.get(place - self.declared.names.len());
        name.expect("a kind was interned here").to_string()
    }
}
