//! Two tasks use one account at the same time.

mod manager;
mod store;

use coyote_guest::{prelude::*, spawn, task::JoinError};
use manager::Manager;
use std::{future::Future, rc::Rc};
use store::Refused;

const NAME: &str = "alice";

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    case: Case,
    trusts_checks: bool,
}

#[payload]
#[serde(rename_all = "kebab-case")]
enum Case {
    TwoCreates,
    TwoDeletes,
    CreateAndDelete,
    TwoUpdates,
}

#[coyote_guest::main(kind = "program")]
async fn main(setup: Setup) {
    let manager = Rc::new(Manager::new(setup.trusts_checks));
    match setup.case {
        Case::TwoCreates => two_creates(manager).await,
        Case::TwoDeletes => two_deletes(manager).await,
        Case::CreateAndDelete => create_and_delete(manager).await,
        Case::TwoUpdates => two_updates(manager).await,
    }
}

async fn two_creates(manager: Rc<Manager>) {
    let create = async |manager: Rc<Manager>| manager.create(NAME, 1).await;
    let (first, second) = both(create(Rc::clone(&manager)), create(Rc::clone(&manager))).await;
    ensure!(first != second, "of two creates {} succeeded", if first { "both" } else { "none" });
    ensure!(manager.balance(NAME).await == Ok(1), "what was created is not there");
}

async fn two_deletes(manager: Rc<Manager>) {
    done(manager.create(NAME, 1).await);
    let delete = async |manager: Rc<Manager>| manager.delete(NAME).await;
    let (first, second) = both(delete(Rc::clone(&manager)), delete(Rc::clone(&manager))).await;
    ensure!(first != second, "of two deletes {} succeeded", if first { "both" } else { "none" });
    ensure!(manager.balance(NAME).await == Err(Refused::Missing), "what was deleted is there");
}

async fn create_and_delete(manager: Rc<Manager>) {
    let create = async |manager: Rc<Manager>| manager.create(NAME, 1).await;
    let delete = async |manager: Rc<Manager>| manager.delete(NAME).await;
    let (created, deleted) = both(create(Rc::clone(&manager)), delete(Rc::clone(&manager))).await;
    ensure!(created, "nothing was there, and nothing was created");
    let remains = manager.balance(NAME).await.is_ok();
    ensure!(remains != deleted, "deleted: {deleted}, remains: {remains}");
}

async fn two_updates(manager: Rc<Manager>) {
    done(manager.create(NAME, 1).await);
    let add = async |manager: Rc<Manager>, amount| manager.add(NAME, amount).await;
    both(add(Rc::clone(&manager), 10), add(Rc::clone(&manager), 100)).await;
    let balance = done(manager.balance(NAME).await);
    ensure!(balance == 111, "after two updates the balance is {balance}");
}

/// Two tasks side by side, neither of which is refused.
async fn both<T: 'static>(
    first: impl Future<Output = Result<T, Refused>> + 'static,
    second: impl Future<Output = Result<T, Refused>> + 'static,
) -> (T, T) {
    let (first, second) = (spawn(first), spawn(second));
    let outcome = |joined: Result<_, JoinError>| done(joined.expect("nobody aborts a task"));
    (outcome(first.await), outcome(second.await))
}

fn done<T>(outcome: Result<T, Refused>) -> T {
    outcome.unwrap_or_else(|refused| panic!("the manager fails: {refused}"))
}
