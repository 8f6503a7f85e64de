//! A register that servers keep by single-decree Paxos: the protocol of Stateright's example `paxos`, message for message.
//! A client puts a value, and when it is told that it is there it gets it from the next server.

use std::collections::{BTreeMap, BTreeSet};

use coyote_guest::prelude::*;

/// The initial payload.
#[payload]
#[serde(rename_all = "kebab-case")]
enum Setup {
    Server(Server),
    Client(Client),
}

#[payload]
struct Server {
    /// Its number among them.
    number: u32,
}

#[payload]
struct Client {
    /// The value that it puts.
    value: u32,
    /// The servers, first the one where it puts the value, then the one from which it gets it.
    servers: Vec<ActorId>,
}

/// The number of an attempt, and who makes it.
#[payload]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ballot {
    round: u32,
    server: u32,
}

/// A value, and which client put it.
#[payload]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Proposal {
    client: ActorId,
    value: u32,
}

/// What was accepted, and in which ballot.
#[payload]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Vote {
    ballot: Ballot,
    proposal: Proposal,
}

#[event]
struct Put {
    client: ActorId,
    value: u32,
    /// All of them: they do not know each other.
    servers: Vec<ActorId>,
}

#[event]
struct PutDone;

#[event]
struct Get {
    client: ActorId,
}

#[event]
struct Got {
    value: u32,
}

#[event]
struct Prepare {
    ballot: Ballot,
    /// Who waits for [`Prepared`].
    server: ActorId,
}

#[event]
struct Prepared {
    from: u32,
    ballot: Ballot,
    accepted: Option<Vote>,
}

#[event]
struct Accept {
    vote: Vote,
    /// Who waits for [`Accepted`].
    server: ActorId,
}

#[event]
struct Accepted {
    from: u32,
    ballot: Ballot,
}

#[event]
struct Decided {
    vote: Vote,
}

#[derive(Debug)]
enum Member {
    Server(Keeper),
    Client { client: Client, awaits: Option<Awaited> },
}

#[derive(Debug, PartialEq)]
enum Awaited {
    PutDone,
    Got,
}

#[derive(Debug)]
struct Keeper {
    number: u32,
    /// All servers, as a client named them.
    servers: Vec<ActorId>,
    ballot: Ballot,
    accepted: Option<Vote>,
    is_decided: bool,
    /// What it proposes, once a client has put something here.
    proposal: Option<Proposal>,
    prepared: BTreeMap<u32, Option<Vote>>,
    accepts: BTreeSet<u32>,
}

#[actor]
impl Member {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        match setup {
            Setup::Server(server) => Self::Server(Keeper::new(server.number)),
            Setup::Client(client) => {
                let servers = client.servers.clone();
                ctx.send(servers[0], Put { client: ctx.id(), value: client.value, servers });
                Self::Client { client, awaits: Some(Awaited::PutDone) }
            }
        }
    }

    #[on]
    fn put(&mut self, ctx: &Context, put: Put) {
        self.keeper().put(ctx, put);
    }

    #[on]
    fn get(&mut self, ctx: &Context, get: Get) {
        let keeper = self.keeper();
        // One that does not know says nothing: a value may have been chosen all the same.
        if let Some(vote) = keeper.accepted.filter(|_| keeper.is_decided) {
            ctx.send(get.client, Got { value: vote.proposal.value });
        }
    }

    #[on]
    fn prepare(&mut self, ctx: &Context, prepare: Prepare) {
        self.keeper().prepare(ctx, &prepare);
    }

    #[on]
    fn prepared(&mut self, ctx: &Context, prepared: Prepared) {
        self.keeper().prepared(ctx, &prepared);
    }

    #[on]
    fn accept(&mut self, ctx: &Context, accept: Accept) {
        self.keeper().accept(ctx, &accept);
    }

    #[on]
    fn accepted(&mut self, ctx: &Context, accepted: Accepted) {
        self.keeper().accepted(ctx, &accepted);
    }

    #[on]
    fn decided(&mut self, ctx: &Context, decided: Decided) {
        self.keeper().decided(ctx, decided.vote);
    }

    #[on]
    fn put_done(&mut self, ctx: &Context, _: PutDone) {
        // Two servers may tell, if both drove the same proposal.
        if let Self::Client { client, awaits } = self
            && *awaits == Some(Awaited::PutDone)
        {
            ctx.send(client.servers[1], Get { client: ctx.id() });
            *awaits = Some(Awaited::Got);
        }
    }

    #[on]
    fn got(&mut self, _: &Context, _: Got) {
        if let Self::Client { awaits, .. } = self {
            *awaits = None;
        }
    }
}

impl Member {
    fn keeper(&mut self) -> &mut Keeper {
        match self {
            Self::Server(keeper) => keeper,
            Self::Client { .. } => unreachable!("clients get answers only"),
        }
    }
}

impl Keeper {
    fn new(number: u32) -> Self {
        Self {
            number,
            servers: Vec::new(),
            ballot: Ballot { round: 0, server: 0 },
            accepted: None,
            is_decided: false,
            proposal: None,
            prepared: BTreeMap::new(),
            accepts: BTreeSet::new(),
        }
    }

    fn put(&mut self, ctx: &Context, put: Put) {
        if self.is_decided || self.proposal.is_some() {
            return;
        }
        self.servers = put.servers;
        self.proposal = Some(Proposal { client: put.client, value: put.value });
        self.ballot = Ballot { round: self.ballot.round + 1, server: self.number };
        self.prepared = [(self.number, self.accepted)].into();
        self.accepts.clear();
        self.broadcast(ctx, &Prepare { ballot: self.ballot, server: ctx.id() });
    }

    fn prepare(&mut self, ctx: &Context, prepare: &Prepare) {
        let ballot = prepare.ballot;
        if !self.is_decided && self.ballot < ballot {
            self.ballot = ballot;
            let (from, accepted) = (self.number, self.accepted);
            ctx.send(prepare.server, Prepared { from, ballot, accepted });
        }
    }

    fn prepared(&mut self, ctx: &Context, prepared: &Prepared) {
        if self.is_decided || prepared.ballot != self.ballot {
            return;
        }
        self.prepared.insert(prepared.from, prepared.accepted);
        if self.prepared.len() == self.majority() {
            let latest = self.prepared.values().max().copied().flatten();
            let proposal = latest.map(|vote| vote.proposal).or(self.proposal);
            let proposal = proposal.expect("a client put something here");
            let vote = Vote { ballot: self.ballot, proposal };
            self.proposal = Some(proposal);
            self.accepted = Some(vote);
            self.accepts.insert(self.number);
            self.broadcast(ctx, &Accept { vote, server: ctx.id() });
        }
    }

    fn accept(&mut self, ctx: &Context, accept: &Accept) {
        let ballot = accept.vote.ballot;
        if !self.is_decided && self.ballot <= ballot {
            self.ballot = ballot;
            self.accepted = Some(accept.vote);
            ctx.send(accept.server, Accepted { from: self.number, ballot });
        }
    }

    fn accepted(&mut self, ctx: &Context, accepted: &Accepted) {
        if self.is_decided || accepted.ballot != self.ballot {
            return;
        }
        self.accepts.insert(accepted.from);
        if self.accepts.len() == self.majority() {
            self.is_decided = true;
            let proposal = self.proposal.expect("it was proposed");
            self.broadcast(ctx, &Decided { vote: Vote { ballot: self.ballot, proposal } });
            ctx.send(proposal.client, PutDone);
        }
    }

    /// Whoever decides tells all others, so two that differ are found here.
    fn decided(&mut self, ctx: &Context, vote: Vote) {
        if let Some(known) = self.accepted.filter(|_| self.is_decided) {
            let (known, told) = (known.proposal.value, vote.proposal.value);
            ctx.assert(known == told, "one value is decided");
            return;
        }
        self.ballot = vote.ballot;
        self.accepted = Some(vote);
        self.is_decided = true;
    }

    fn majority(&self) -> usize {
        self.servers.len() / 2 + 1
    }

    fn broadcast<E: Event + Clone>(&self, ctx: &Context, event: &E) {
        for &server in self.servers.iter().filter(|&&server| server != ctx.id()) {
            ctx.send(server, event.clone());
        }
    }
}
