//! Follows a leader, or stands for election, or leads.

mod log;

use bench_messages::raft::{
    Append, AppendResponse, Configure, Elected, ElectionTimeout, ElectionTimerSetup, Entry,
    NotifyLeader, ONE_LEADER, PeriodicTimeout, PeriodicTimerSetup, Redirect, Request, Response,
    Rules, SERVERS, ShutDown, Start, VoteRequest, VoteResponse,
};
use coyote_guest::prelude::*;
use log::Log;
use std::collections::BTreeMap;

#[states]
enum Role {
    #[state(defer(VoteRequest, Append), goto(Configure => Follower))]
    Init,
    #[state(goto(ElectionTimeout => Candidate), ignore(PeriodicTimeout))]
    Follower,
    #[state(goto(ElectionTimeout => Candidate))]
    Candidate,
    #[state(ignore(ElectionTimeout, PeriodicTimeout))]
    Leader,
}

#[derive(Debug)]
struct RaftServer {
    rules: Rules,
    /// From the event that ends the first role on.
    cluster: Option<Cluster>,
    term: u32,
    voted_for: Option<ActorId>,
    log: Log,
    leader: Option<ActorId>,
    /// Who answered, as often as it did.
    votes: Vec<ActorId>,
    /// Of a leader: the index of the entry that each of the others gets next.
    next: BTreeMap<ActorId, usize>,
    /// Of a leader: what it works on.
    request: Option<Request>,
}

#[derive(Debug, Clone)]
struct Cluster {
    manager: ActorId,
    /// The other servers.
    peers: Vec<ActorId>,
    election_timer: ActorId,
    periodic_timer: ActorId,
}

#[actor(states = Role)]
impl RaftServer {
    #[on(init)]
    fn new(rules: Rules) -> Self {
        Self {
            rules,
            cluster: None,
            term: 0,
            voted_for: None,
            log: Log::default(),
            leader: None,
            votes: Vec::new(),
            next: BTreeMap::new(),
            request: None,
        }
    }

    #[on(goto in Init)]
    fn configure(&mut self, ctx: &Context, configure: Configure) {
        let Configure { manager, servers: mut peers } = configure;
        let server = ctx.id();
        peers.retain(|&peer| peer != server);
        let depth = self.rules.depth;
        let election_timer =
            ctx.create_kind("raft-election-timer", ElectionTimerSetup { server, depth });
        let periodic_timer = ctx.create_kind("raft-periodic-timer", PeriodicTimerSetup { server });
        self.cluster = Some(Cluster { manager, peers, election_timer, periodic_timer });
    }

    #[on(entry in Follower)]
    fn follow(&mut self, ctx: &Context) {
        self.leader = None;
        self.votes.clear();
        ctx.send(self.cluster().election_timer, Start);
    }

    #[on(entry in Candidate)]
    fn stand(&mut self, ctx: &Context) {
        self.term += 1;
        self.voted_for = Some(ctx.id());
        self.votes = vec![ctx.id()];
        ctx.send(self.cluster().election_timer, Start);
        self.broadcast(ctx);
    }

    #[on(in Candidate)]
    fn periodic_timeout(&mut self, ctx: &Context, _: PeriodicTimeout) {
        self.broadcast(ctx);
    }

    #[on(entry in Leader)]
    fn lead(&mut self, ctx: &Context) {
        let (leader, term) = (ctx.id(), self.term);
        ctx.notify(ONE_LEADER, Elected { term });
        ctx.send(self.cluster().manager, NotifyLeader { leader, term });
        let next = self.log.last_index() + 1;
        let peers = self.cluster().peers.clone();
        self.next = peers.iter().map(|&peer| (peer, next)).collect();
        for peer in peers {
            self.send_entries(ctx, peer, None);
        }
    }

    #[on(in Follower)]
    fn vote_of_follower(&mut self, ctx: &Context, request: VoteRequest) {
        self.adopt_if_higher(ctx, request.term);
        self.vote(ctx, &request);
    }

    #[on(in Candidate, Leader)]
    fn vote_request(&mut self, ctx: &Context, request: VoteRequest) -> Option<Role> {
        let is_higher = self.adopt_if_higher(ctx, request.term);
        self.vote(ctx, &request);
        is_higher.then_some(Role::Follower)
    }

    #[on(in Follower)]
    fn vote_response_of_before(&mut self, ctx: &Context, response: VoteResponse) {
        self.adopt_if_higher(ctx, response.term);
    }

    #[on(in Candidate)]
    fn vote_response(&mut self, ctx: &Context, response: VoteResponse) -> Option<Role> {
        let VoteResponse { voter, term, granted } = response;
        if self.adopt_if_higher(ctx, term) {
            return Some(Role::Follower);
        }
        if !granted || term != self.term || !self.is_majority_with(voter) {
            return None;
        }
        self.votes.clear();
        Some(Role::Leader)
    }

    #[on(in Leader)]
    fn vote_response_to_leader(&mut self, ctx: &Context, response: VoteResponse) -> Option<Role> {
        self.adopt_if_higher(ctx, response.term).then_some(Role::Follower)
    }

    #[on(in Follower)]
    fn append_of_follower(&mut self, ctx: &Context, append: Append) {
        self.adopt_if_higher(ctx, append.term);
        self.append(ctx, &append);
    }

    #[on(in Candidate)]
    fn append_of_candidate(&mut self, ctx: &Context, append: Append) -> Option<Role> {
        let is_higher = self.adopt_if_higher(ctx, append.term);
        self.append(ctx, &append);
        is_higher.then_some(Role::Follower)
    }

    #[on(in Leader)]
    fn append_of_leader(&mut self, ctx: &Context, append: Append) -> Option<Role> {
        let is_higher = self.adopt_if_higher(ctx, append.term);
        if is_higher {
            self.append(ctx, &append);
        }
        is_higher.then_some(Role::Follower)
    }

    #[on(in Leader)]
    fn append_response(&mut self, ctx: &Context, response: AppendResponse) -> Option<Role> {
        let AppendResponse { term, success, server, client } = response;
        if self.adopt_if_higher(ctx, term) {
            return Some(Role::Follower);
        }
        if term == self.term {
            if success {
                self.count(ctx, server, client);
            } else {
                self.next.entry(server).and_modify(|next| *next = 1.max(*next - 1));
                self.send_entries(ctx, server, client);
            }
        }
        None
    }

    #[on(in Follower)]
    fn append_response_of_before(&mut self, ctx: &Context, response: AppendResponse) {
        self.adopt_if_higher(ctx, response.term);
    }

    #[on(in Candidate)]
    fn append_response_to_candidate(
        &mut self,
        ctx: &Context,
        response: AppendResponse,
    ) -> Option<Role> {
        self.adopt_if_higher(ctx, response.term).then_some(Role::Follower)
    }

    #[on(in Leader)]
    fn request(&mut self, ctx: &Context, request: Request) {
        self.log.push(Entry { term: self.term, command: request.command });
        self.request = Some(request);
        self.votes = vec![ctx.id()];
        for peer in self.cluster().peers.clone() {
            if self.next[&peer] <= self.log.last_index() {
                self.send_entries(ctx, peer, Some(request.client));
            }
        }
    }

    #[on(in Follower, Candidate)]
    fn request_to_others(&mut self, ctx: &Context, request: Request) {
        match self.leader {
            Some(leader) => ctx.send(leader, request),
            None => ctx.send(self.cluster().manager, Redirect { request }),
        }
    }

    #[on]
    fn shut_down(&mut self, ctx: &Context, _: ShutDown) {
        let &Cluster { election_timer, periodic_timer, .. } = self.cluster();
        for timer in [election_timer, periodic_timer] {
            ctx.send(timer, Halt);
        }
        ctx.halt();
    }
}

impl RaftServer {
    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("no role but the first is without it")
    }

    /// Whether the term is a higher one. A leader gives what it works on to the manager.
    fn adopt_if_higher(&mut self, ctx: &Context, term: u32) -> bool {
        if term <= self.term {
            return false;
        }
        self.term = term;
        self.voted_for = None;
        if let Some(request) = self.request.take() {
            ctx.send(self.cluster().manager, Redirect { request });
        }
        true
    }

    fn broadcast(&self, ctx: &Context) {
        let Cluster { peers, periodic_timer, .. } = self.cluster();
        ctx.send(*periodic_timer, Start);
        for &peer in peers {
            let request = VoteRequest {
                term: self.term,
                candidate: ctx.id(),
                last_index: self.log.last_index(),
                last_term: self.log.last_term(),
            };
            ctx.send(peer, request);
        }
    }

    fn vote(&mut self, ctx: &Context, request: &VoteRequest) {
        let &VoteRequest { term, candidate, last_index, last_term } = request;
        let granted = term == self.term
            && self.voted_for.is_none_or(|voted_for| voted_for == candidate)
            && self.log.last_index() <= last_index
            && self.log.last_term() <= last_term;
        if granted {
            self.voted_for = Some(candidate);
            self.leader = None;
        }
        ctx.send(candidate, VoteResponse { voter: ctx.id(), term: self.term, granted });
    }

    /// Whether a majority has answered, now that this server has.
    fn is_majority_with(&mut self, server: ActorId) -> bool {
        if !self.rules.counts_voters || !self.votes.contains(&server) {
            self.votes.push(server);
        }
        self.votes.len() > SERVERS / 2
    }

    fn append(&mut self, ctx: &Context, append: &Append) {
        let &Append { term, leader, previous_index, previous_term, ref entries, commit, client } =
            append;
        let success = term == self.term && self.log.term_at(previous_index) == Some(previous_term);
        if success {
            self.log.replace_after(previous_index, entries);
            self.log.commit(commit.min(self.log.last_index()));
            self.leader = Some(leader);
        }
        ctx.send(leader, AppendResponse { term: self.term, success, server: ctx.id(), client });
    }

    fn send_entries(&self, ctx: &Context, peer: ActorId, client: Option<ActorId>) {
        let previous_index = self.next[&peer] - 1;
        let append = Append {
            term: self.term,
            leader: ctx.id(),
            previous_index,
            previous_term: self.log.term_at(previous_index).expect("a leader has what it sent"),
            entries: self.log.after(previous_index),
            commit: self.log.committed(),
            client,
        };
        ctx.send(peer, append);
    }

    /// A server has the log of this leader.
    fn count(&mut self, ctx: &Context, server: ActorId, client: Option<ActorId>) {
        let last = self.log.last_index();
        self.next.insert(server, last + 1);
        let is_majority = self.is_majority_with(server);
        let is_own = self.log.last_term() == self.term;
        if let Some(client) = client
            && is_majority
            && is_own
            && self.log.commit(last)
        {
            self.votes.clear();
            self.request = None;
            ctx.send(client, Response);
        }
    }
}
