//! Two-phase commit as in Stateright's example `2pc`: not actors, but actions of participants and of the manager on one state, as
//! in "Consensus on Transaction Commit" (Gray and Lamport, 2006).

use std::collections::BTreeSet;

use stateright::{Model, Property};

#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) participants: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    participants: Vec<Stage>,
    manager: Manager,
    prepared: Vec<bool>,
    /// Whatever was ever said.
    said: BTreeSet<Said>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Manager {
    Waiting,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Said {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Action {
    Hear(usize),
    Commit,
    Abort,
    Prepare(usize),
    Refuse(usize),
    HearCommit(usize),
    HearAbort(usize),
}

impl Model for Transaction {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            participants: vec![Stage::Working; self.participants],
            manager: Manager::Waiting,
            prepared: vec![false; self.participants],
            said: BTreeSet::new(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let waits = state.manager == Manager::Waiting;
        if waits && state.prepared.iter().all(|&prepared| prepared) {
            actions.push(Action::Commit);
        }
        if waits {
            actions.push(Action::Abort);
        }
        for one in 0..self.participants {
            if waits && state.said.contains(&Said::Prepared(one)) {
                actions.push(Action::Hear(one));
            }
            if state.participants[one] == Stage::Working {
                actions.extend([Action::Prepare(one), Action::Refuse(one)]);
            }
            if state.said.contains(&Said::Commit) {
                actions.push(Action::HearCommit(one));
            }
            if state.said.contains(&Said::Abort) {
                actions.push(Action::HearAbort(one));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut state = state.clone();
        match action {
            Action::Hear(one) => state.prepared[one] = true,
            Action::Commit => {
                state.manager = Manager::Committed;
                state.said.insert(Said::Commit);
            }
            Action::Abort => {
                state.manager = Manager::Aborted;
                state.said.insert(Said::Abort);
            }
            Action::Prepare(one) => {
                state.participants[one] = Stage::Prepared;
                state.said.insert(Said::Prepared(one));
            }
            Action::Refuse(one) | Action::HearAbort(one) => {
                state.participants[one] = Stage::Aborted;
            }
            Action::HearCommit(one) => state.participants[one] = Stage::Committed,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("all end alike", |_, state: &State| {
            let any = |stage| state.participants.contains(&stage);
            !(any(Stage::Committed) && any(Stage::Aborted))
        })]
    }
}
