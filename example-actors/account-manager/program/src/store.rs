//! Accounts by name, each with a balance. Like a database elsewhere it answers later: others may come before.

use coyote_guest::task::yield_now;
use std::{cell::RefCell, collections::BTreeMap, fmt};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) balance: u32,
    /// How often it was replaced.
    pub(crate) version: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Exists,
    Missing,
    Changed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "there is such an account",
            Self::Missing => "there is no such account",
            Self::Changed => "the account has changed",
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Store(RefCell<BTreeMap<String, Account>>);

impl Store {
    pub(crate) async fn exists(&self, name: &str) -> bool {
        yield_now().await;
        self.0.borrow().contains_key(name)
    }

    pub(crate) async fn insert(&self, name: &str, balance: u32) -> Result<(), Refused> {
        yield_now().await;
        let mut accounts = self.0.borrow_mut();
        if accounts.contains_key(name) {
            return Err(Refused::Exists);
        }
        accounts.insert(name.to_owned(), Account { balance, version: 0 });
        Ok(())
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Account, Refused> {
        yield_now().await;
        self.0.borrow().get(name).copied().ok_or(Refused::Missing)
    }

    /// Sets the balance, if the account has still a version, or whatever it has.
    pub(crate) async fn replace(
        &self,
        name: &str,
        balance: u32,
        version: Option<u32>,
    ) -> Result<(), Refused> {
        yield_now().await;
        let mut accounts = self.0.borrow_mut();
        let account = accounts.get_mut(name).ok_or(Refused::Missing)?;
        if version.is_some_and(|version| version != account.version) {
            return Err(Refused::Changed);
        }
        *account = Account { balance, version: account.version + 1 };
        Ok(())
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<(), Refused> {
        yield_now().await;
        self.0.borrow_mut().remove(name).map(drop).ok_or(Refused::Missing)
    }
}
