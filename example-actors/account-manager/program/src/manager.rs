//! Creates, deletes and changes accounts of a store that others use at the same time.

use crate::store::{Refused, Store};

#[derive(Debug)]
pub(crate) struct Manager {
    store: Store,
    /// The bug: whether what the store said before is taken for true when it is asked to act.
    trusts_checks: bool,
}

impl Manager {
    pub(crate) fn new(trusts_checks: bool) -> Self {
        Self { store: Store::default(), trusts_checks }
    }

    /// Whether this created the account: there was none.
    pub(crate) async fn create(&self, name: &str, balance: u32) -> Result<bool, Refused> {
        if self.trusts_checks && self.store.exists(name).await {
            return Ok(false);
        }
        self.decided(self.store.insert(name, balance).await, Refused::Exists)
    }

    /// Whether this deleted the account: there was one.
    pub(crate) async fn delete(&self, name: &str) -> Result<bool, Refused> {
        if self.trusts_checks && !self.store.exists(name).await {
            return Ok(false);
        }
        self.decided(self.store.delete(name).await, Refused::Missing)
    }

    pub(crate) async fn add(&self, name: &str, amount: u32) -> Result<(), Refused> {
        loop {
            let account = self.store.get(name).await?;
            let version = (!self.trusts_checks).then_some(account.version);
            let replaced = self.store.replace(name, account.balance + amount, version).await;
            if replaced != Err(Refused::Changed) {
                return replaced;
            }
        }
    }

    pub(crate) async fn balance(&self, name: &str) -> Result<u32, Refused> {
        self.store.get(name).await.map(|account| account.balance)
    }

    /// What an answer of the store means: unless a check promised otherwise, a refusal is an answer, and not an error.
    fn decided(&self, answer: Result<(), Refused>, expected: Refused) -> Result<bool, Refused> {
        match answer {
            Ok(()) => Ok(true),
            Err(refused) if refused == expected && !self.trusts_checks => Ok(false),
            Err(refused) => Err(refused),
        }
    }
}
