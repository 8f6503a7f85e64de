//! Two-phase commit, without timers: the protocol of Stateright's example `2pc`. A participant that is asked chooses whether it can
//! commit and says nothing if it cannot, and the manager may give up at any moment.

use coyote_guest::prelude::*;

/// The initial payload.
#[payload]
#[serde(rename_all = "kebab-case")]
enum Setup {
    Manager { participants: Vec<ActorId> },
    Participant,
}

/// From the manager: a participant is asked whether it can commit.
#[event]
struct Prepare {
    manager: ActorId,
}

/// From a participant: it can commit.
#[event]
struct Prepared {
    participant: ActorId,
}

/// From the manager to itself: it waits no longer.
#[event]
struct GiveUp;

/// From the manager: all can commit.
#[event]
struct Commit;

/// From the manager: one cannot.
#[event]
struct Abort;

#[derive(Debug, PartialEq)]
enum Member {
    Manager(Manager),
    Participant(Stage),
}

#[derive(Debug, PartialEq)]
struct Manager {
    participants: Vec<ActorId>,
    /// By place: whether a participant can commit.
    prepared: Vec<bool>,
    has_ended: bool,
}

#[derive(Debug, PartialEq)]
enum Stage {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[actor]
impl Member {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        match setup {
            Setup::Manager { participants } => {
                ctx.send(ctx.id(), GiveUp);
                for &participant in &participants {
                    ctx.send(participant, Prepare { manager: ctx.id() });
                }
                let prepared = vec![false; participants.len()];
                Self::Manager(Manager { participants, prepared, has_ended: false })
            }
            Setup::Participant => Self::Participant(Stage::Working),
        }
    }

    #[on]
    fn prepare(&mut self, ctx: &Context, prepare: Prepare) {
        if *self != Self::Participant(Stage::Working) {
            return;
        }
        *self = Self::Participant(if ctx.random_bool() {
            ctx.send(prepare.manager, Prepared { participant: ctx.id() });
            Stage::Prepared
        } else {
            Stage::Aborted
        });
    }

    #[on]
    fn prepared(&mut self, ctx: &Context, prepared: Prepared) {
        let Self::Manager(manager) = self else { return };
        let place = manager.participants.iter().position(|&one| one == prepared.participant);
        manager.prepared[place.expect("a participant")] = true;
        if manager.prepared.iter().all(|&prepared| prepared) {
            manager.end(ctx, &Commit);
        }
    }

    #[on]
    fn give_up(&mut self, ctx: &Context, _: GiveUp) {
        if let Self::Manager(manager) = self {
            manager.end(ctx, &Abort);
        }
    }

    #[on]
    fn commit(&mut self, ctx: &Context, _: Commit) {
        ctx.assert(*self == Self::Participant(Stage::Prepared), "who aborted does not commit");
        *self = Self::Participant(Stage::Committed);
    }

    #[on]
    fn abort(&mut self, ctx: &Context, _: Abort) {
        ctx.assert(*self != Self::Participant(Stage::Committed), "who committed does not abort");
        *self = Self::Participant(Stage::Aborted);
    }
}

impl Manager {
    fn end<E: Event + Clone>(&mut self, ctx: &Context, event: &E) {
        if !self.has_ended {
            self.has_ended = true;
            for &participant in &self.participants {
                ctx.send(participant, event.clone());
            }
        }
    }
}
