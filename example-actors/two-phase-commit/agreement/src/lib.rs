//! A transaction is committed only if everybody voted for it, and in the end everybody knows what became of it.

use coyote_guest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use two_phase_commit_messages::{Begun, Decided, Learned, Voted};

#[derive(Debug, Default)]
struct Agreement {
    /// Transactions whose outcome somebody does not know.
    open: BTreeMap<u32, Transaction>,
}

#[derive(Debug)]
struct Transaction {
    participants: usize,
    yes: BTreeSet<ActorId>,
    decision: Option<bool>,
    /// Who does not know the decision.
    ignorant: BTreeSet<ActorId>,
}

#[states]
enum Transactions {
    #[state(cold)]
    Settled,
    /// Somebody is to be told.
    #[state(hot)]
    Open,
}

#[monitor(states = Transactions)]
impl Agreement {
    #[on]
    fn begun(&mut self, begun: Begun) -> Transactions {
        let Begun { tx, participants } = begun;
        let transaction = Transaction {
            participants: participants.len(),
            yes: BTreeSet::new(),
            decision: None,
            ignorant: participants.into_iter().collect(),
        };
        let earlier = self.open.insert(tx, transaction);
        ensure!(earlier.is_none(), "transaction {tx} begins twice");
        Transactions::Open
    }

    #[on(in Open)]
    fn voted(&mut self, voted: Voted) -> Result<(), String> {
        let transaction = self.transaction(voted.tx)?;
        if voted.yes {
            transaction.yes.insert(voted.participant);
        }
        Ok(())
    }

    #[on(in Open)]
    fn decided(&mut self, decided: Decided) -> Result<(), String> {
        let Decided { tx, commit } = decided;
        let transaction = self.transaction(tx)?;
        let Transaction { participants, yes, .. } = &*transaction;
        ensure!(
            !commit || yes.len() == *participants,
            "transaction {tx} is committed with {} of {participants} votes",
            yes.len()
        );
        let earlier = transaction.decision.replace(commit);
        ensure!(earlier.is_none(), "transaction {tx} is decided twice");
        Ok(())
    }

    #[on(in Open)]
    fn learned(&mut self, learned: Learned) -> Result<Option<Transactions>, String> {
        let Learned { tx, participant, commit } = learned;
        let transaction = self.transaction(tx)?;
        ensure!(transaction.decision == Some(commit), "transaction {tx} was decided otherwise");
        transaction.ignorant.remove(&participant);
        if transaction.ignorant.is_empty() {
            self.open.remove(&tx);
        }
        Ok(self.open.is_empty().then_some(Transactions::Settled))
    }
}

impl Agreement {
    fn transaction(&mut self, tx: u32) -> Result<&mut Transaction, String> {
        self.open.get_mut(&tx).ok_or_else(|| format!("there is no transaction {tx}"))
    }
}
