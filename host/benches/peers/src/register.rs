//! A register kept by single-decree Paxos, as in Stateright's example `paxos`, with its harness of clients: each puts a value
//! and gets it from the next server.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use stateright::Expectation;
use stateright::actor::register::{RegisterActor, RegisterActorState, RegisterMsg};
use stateright::actor::{
    Actor, ActorModel, ActorModelState, Id, Network, Out, majority, model_peers,
};
use stateright::semantics::LinearizabilityTester;
use stateright::semantics::register::Register;

const SERVERS: usize = 3;

/// The number of an attempt, and who makes it.
type Ballot = (u32, Id);

/// The request, the client that made it, and its value.
type Proposal = (u64, Id, char);

type Vote = (Ballot, Proposal);

type Message = RegisterMsg<u64, char, Internal>;

type History = LinearizabilityTester<Id, Register<char>>;

/// What servers tell each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Internal {
    Prepare(Ballot),
    Prepared(Ballot, Option<Vote>),
    Accept(Vote),
    Accepted(Ballot),
    Decided(Vote),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Keeper {
    ballot: Ballot,
    accepted: Option<Vote>,
    is_decided: bool,
    proposal: Option<Proposal>,
    prepared: BTreeMap<Id, Option<Vote>>,
    accepts: BTreeSet<Id>,
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    others: Vec<Id>,
}

impl Actor for Server {
    type Msg = Message;
    type Timer = ();
    type State = Keeper;
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> Keeper {
        Keeper {
            ballot: (0, Id::from(0)),
            accepted: None,
            is_decided: false,
            proposal: None,
            prepared: BTreeMap::new(),
            accepts: BTreeSet::new(),
        }
    }

    fn on_msg(
        &self,
        id: Id,
        state: &mut Cow<'_, Keeper>,
        from: Id,
        message: Message,
        out: &mut Out<Self>,
    ) {
        if state.is_decided {
            if let (RegisterMsg::Get(request), Some((_, (_, _, value)))) = (message, state.accepted)
            {
                out.send(from, RegisterMsg::GetOk(request, value));
            }
            return;
        }
        match message {
            RegisterMsg::Put(request, value) if state.proposal.is_none() => {
                let state = state.to_mut();
                state.proposal = Some((request, from, value));
                state.ballot = (state.ballot.0 + 1, id);
                state.prepared = [(id, state.accepted)].into();
                state.accepts.clear();
                self.broadcast(out, Internal::Prepare(state.ballot));
            }
            RegisterMsg::Internal(internal) => self.on_internal(id, state, from, internal, out),
            _ => {}
        }
    }
}

impl Server {
    fn on_internal(
        &self,
        id: Id,
        state: &mut Cow<'_, Keeper>,
        from: Id,
        message: Internal,
        out: &mut Out<Self>,
    ) {
        let majority = majority(self.others.len() + 1);
        match message {
            Internal::Prepare(ballot) if state.ballot < ballot => {
                state.to_mut().ballot = ballot;
                let prepared = Internal::Prepared(ballot, state.accepted);
                out.send(from, RegisterMsg::Internal(prepared));
            }
            Internal::Prepared(ballot, accepted) if ballot == state.ballot => {
                let state = state.to_mut();
                state.prepared.insert(from, accepted);
                if state.prepared.len() == majority {
                    let latest = state.prepared.values().max().copied().flatten();
                    let proposal = latest.map(|(_, proposal)| proposal).or(state.proposal);
                    let proposal = proposal.expect("a client put something here");
                    state.proposal = Some(proposal);
                    state.accepted = Some((ballot, proposal));
                    state.accepts.insert(id);
                    self.broadcast(out, Internal::Accept((ballot, proposal)));
                }
            }
            Internal::Accept((ballot, proposal)) if state.ballot <= ballot => {
                let state = state.to_mut();
                state.ballot = ballot;
                state.accepted = Some((ballot, proposal));
                out.send(from, RegisterMsg::Internal(Internal::Accepted(ballot)));
            }
            Internal::Accepted(ballot) if ballot == state.ballot => {
                let state = state.to_mut();
                state.accepts.insert(from);
                if state.accepts.len() == majority {
                    state.is_decided = true;
                    let proposal = state.proposal.expect("it was proposed");
                    self.broadcast(out, Internal::Decided((ballot, proposal)));
                    out.send(proposal.1, RegisterMsg::PutOk(proposal.0));
                }
            }
            Internal::Decided(vote) => {
                let state = state.to_mut();
                state.ballot = vote.0;
                state.accepted = Some(vote);
                state.is_decided = true;
            }
            _ => {}
        }
    }

    fn broadcast(&self, out: &mut Out<Self>, message: Internal) {
        out.broadcast(&self.others, &RegisterMsg::Internal(message));
    }
}

pub(crate) type Member = RegisterActor<Server>;

/// Whoever knows what was decided knows the same.
pub(crate) fn agreeing(clients: usize) -> ActorModel<Member, (), ()> {
    with_actors(ActorModel::new((), ()), clients).property(
        Expectation::Always,
        "one value is decided",
        |_, state| agrees(state),
    )
}

fn agrees(state: &ActorModelState<Member, ()>) -> bool {
    agree(state.actor_states.iter().map(AsRef::as_ref))
}

/// Whether all of these that know a decision know the same.
pub(crate) fn agree<'a>(
    members: impl Iterator<Item = &'a RegisterActorState<Keeper, u64>>,
) -> bool {
    let decided = |member: &RegisterActorState<Keeper, u64>| match member {
        RegisterActorState::Server(keeper) if keeper.is_decided => keeper.accepted,
        _ => None,
    };
    let mut decided = members.filter_map(decided);
    let first = decided.next();
    decided.all(|vote| first.is_some_and(|first| first.1 == vote.1))
}

/// What clients put and got is linearizable; the history is part of the state.
pub(crate) fn linearizable(clients: usize) -> ActorModel<Member, (), History> {
    with_actors(ActorModel::new((), LinearizabilityTester::new(Register('\0'))), clients)
        .property(Expectation::Always, "linearizable", |_, state| {
            state.history.serialized_history().is_some()
        })
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
}

fn with_actors<H: Clone + std::fmt::Debug + std::hash::Hash>(
    model: ActorModel<Member, (), H>,
    clients: usize,
) -> ActorModel<Member, (), H> {
    let server = |number| RegisterActor::Server(Server { others: model_peers(number, SERVERS) });
    let client = |_| RegisterActor::Client { put_count: 1, server_count: SERVERS };
    model
        .actors((0..SERVERS).map(server))
        .actors((0..clients).map(client))
        .init_network(Network::new_unordered_nonduplicating([]))
}
