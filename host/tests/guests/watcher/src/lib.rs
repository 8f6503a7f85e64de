//! The monitor of the host's tests: questions are answered, and all that can go wrong in a monitor does on demand.
//!
//! The actor `hostile` notifies it, in the behaviour `notify`.

use coyote_guest::prelude::*;
use std::{collections::BTreeSet, process::abort};

/// Somebody asked; answers are owed.
#[event]
struct Asked {
    number: u32,
}

/// A question was answered.
#[event]
struct Answered {
    number: u32,
}

/// What the monitor has to do.
#[event]
struct Misbehave {
    how: How,
}

#[payload]
#[serde(rename_all = "kebab-case")]
enum How {
    Assert,
    Error,
    Panic,
    Trap,
    Loop,
    Log,
}

#[derive(Debug, Default)]
struct Watcher {
    open: BTreeSet<u32>,
    seen: u32,
}

#[states]
enum Questions {
    #[state(cold, ignore(any))]
    None,
    #[state(hot)]
    Open,
}

#[monitor(states = Questions)]
impl Watcher {
    #[on(entry in None, Open)]
    fn entered(&mut self) {
        info!("{} of {} open", self.open.len(), self.seen);
    }

    #[on(in None, Open)]
    fn asked(&mut self, asked: Asked) -> Questions {
        self.seen += 1;
        ensure!(self.open.insert(asked.number), "{} was asked twice", asked.number);
        Questions::Open
    }

    #[on(in Open)]
    fn answered(&mut self, answered: Answered) -> Option<Questions> {
        ensure!(self.open.remove(&answered.number), "{} was not asked", answered.number);
        self.open.is_empty().then_some(Questions::None)
    }

    #[on(in None, Open)]
    fn misbehave(&mut self, misbehave: Misbehave) -> Result<(), String> {
        match misbehave.how {
            How::Assert => ensure!(false, "an assertion of the monitor's"),
            How::Error => return Err("an error of the monitor's".into()),
            How::Panic => panic!("a panic of the monitor's"),
            How::Trap => abort(),
            How::Loop => loop {
                std::hint::black_box(());
            },
            How::Log => info!("seen: {}", self.seen),
        }
        Ok(())
    }
}
