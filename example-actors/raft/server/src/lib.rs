//! Follows the leader of a term, or stands for election, or leads: has its log copied to the others, and commits what a
//! majority has.

mod log;
mod tally;

use coyote_guest::prelude::*;
use log::Log;
use raft_messages::{
    AppendRequest, AppendResponse, ClientRequest, ClientResponse, Elected, Entry, Joined,
    ONE_LEADER, Setup, VoteRequest, VoteResponse,
};
use std::collections::BTreeMap;
use tally::Tally;

const SECOND: Duration = Duration::from_secs(1);

/// Of so many ticks one starts an election.
const ODDS: u32 = 10;

/// Its own timer: time to look whether there is a leader.
#[event]
struct Tick;

/// Its own timer, if candidates ask again: votes are missing.
#[event]
struct AskAgain;

#[states]
enum Role {
    /// The other servers are not known yet.
    #[state(defer(any), goto(Joined => Follower))]
    Init,
    #[state(ignore(ClientRequest))]
    Follower,
    #[state(ignore(ClientRequest))]
    Candidate,
    #[state(ignore(Tick))]
    Leader,
}

#[derive(Debug)]
struct Server {
    setup: Setup,
    /// The others.
    peers: Vec<ActorId>,
    term: u32,
    /// For whom it voted in this term.
    voted_for: Option<ActorId>,
    log: Log,
    tick: Option<TimerId>,
    ask_again: Option<TimerId>,
    /// Of a candidate, about its term; of a leader, about the pending command.
    tally: Tally,
    /// Of a leader: the index of the entry that each of the others gets next.
    next: BTreeMap<ActorId, usize>,
    /// Of a leader: the command that it has appended, and will answer.
    pending: Option<Pending>,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    command: u32,
    index: usize,
}

#[actor(states = Role)]
impl Server {
    #[on(init)]
    fn new(setup: Setup) -> Self {
        Self {
            setup,
            peers: Vec::new(),
            term: 0,
            voted_for: None,
            log: Log::default(),
            tick: None,
            ask_again: None,
            tally: Tally::default(),
            next: BTreeMap::new(),
            pending: None,
        }
    }

    #[on(goto in Init)]
    fn joined(&mut self, ctx: &Context, joined: Joined) {
        self.tally = Tally::new(joined.servers.len(), self.setup.rules.counts_voters);
        self.peers = joined.servers;
        self.peers.retain(|&server| server != ctx.id());
        self.tick = Some(ctx.start_periodic(SECOND, SECOND, Tick));
    }

    #[on(in Follower, Candidate)]
    fn tick(&mut self, ctx: &Context, _: Tick) -> Option<Role> {
        if self.setup.rules.last_term.is_some_and(|last| self.term >= last) {
            if let Some(tick) = self.tick.take() {
                ctx.stop_timer(tick);
            }
            return None;
        }
        (ctx.random_below(ODDS) == 0).then_some(Role::Candidate)
    }

    #[on(entry in Candidate)]
    fn stand(&mut self, ctx: &Context) {
        self.term += 1;
        self.voted_for = Some(ctx.id());
        self.tally.restart(ctx.id());
        self.ask_for_votes(ctx);
        if self.setup.rules.rebroadcasts {
            self.ask_again = Some(ctx.start_periodic(SECOND, SECOND, AskAgain));
        }
    }

    #[on(in Candidate)]
    fn ask_again(&mut self, ctx: &Context, _: AskAgain) {
        self.ask_for_votes(ctx);
    }

    #[on(exit in Candidate)]
    fn stop_asking(&mut self, ctx: &Context) {
        if let Some(timer) = self.ask_again.take() {
            ctx.stop_timer(timer);
        }
    }

    #[on]
    fn vote_request(&mut self, ctx: &Context, request: VoteRequest) -> Option<Role> {
        let VoteRequest { term, candidate, last_index, last_term } = request;
        let next = self.follow_if_newer(term);
        let granted = term == self.term
            && self.voted_for.is_none_or(|voted_for| voted_for == candidate)
            && last_index >= self.log.last_index()
            && last_term >= self.log.last_term();
        if granted {
            self.voted_for = Some(candidate);
        }
        let response = VoteResponse { to: candidate, voter: ctx.id(), term: self.term, granted };
        ctx.send(self.setup.cluster, response);
        next
    }

    #[on(in Candidate)]
    fn vote_response(&mut self, response: VoteResponse) -> Option<Role> {
        let VoteResponse { voter, term, granted, .. } = response;
        let counts = granted && term == self.term;
        if counts && self.tally.completes(voter) {
            return Some(Role::Leader);
        }
        self.follow_if_newer(term)
    }

    #[on(in Follower, Leader)]
    fn late_vote_response(&mut self, response: VoteResponse) -> Option<Role> {
        self.follow_if_newer(response.term)
    }

    #[on(entry in Leader)]
    fn lead(&mut self, ctx: &Context) {
        ctx.notify(ONE_LEADER, Elected { term: self.term, leader: ctx.id() });
        self.pending = None;
        let next = self.log.last_index() + 1;
        self.next = self.peers.iter().map(|&peer| (peer, next)).collect();
        self.replicate(ctx);
    }

    /// A command that it has not answered yet.
    #[on(in Leader)]
    fn client_request(&mut self, ctx: &Context, request: ClientRequest) {
        let command = request.command;
        let is_pending = self.pending.is_some_and(|pending| pending.command == command);
        if is_pending || self.log.has_committed(command) {
            return;
        }
        self.log.push(Entry { term: self.term, command });
        self.pending = Some(Pending { command, index: self.log.last_index() });
        self.tally.restart(ctx.id());
        self.replicate(ctx);
    }

    /// Whoever sends this was elected, so a candidate of its term gives up.
    #[on]
    fn append_request(&mut self, ctx: &Context, request: AppendRequest) -> Option<Role> {
        let AppendRequest { leader, term, prev_index, prev_term, entries, commit, command, .. } =
            request;
        self.follow_if_newer(term);
        let is_current = term == self.term;
        let ok = is_current && self.log.term_at(prev_index) == Some(prev_term);
        if ok {
            self.log.replace_after(prev_index, &entries);
            self.log.commit(commit.min(prev_index + entries.len()));
        }
        let response = AppendResponse { to: leader, from: ctx.id(), term: self.term, ok, command };
        ctx.send(self.setup.cluster, response);
        is_current.then_some(Role::Follower)
    }

    #[on(in Leader)]
    fn append_response(&mut self, ctx: &Context, response: AppendResponse) -> Option<Role> {
        let AppendResponse { from, term, ok, command, .. } = response;
        if term == self.term {
            if ok {
                self.count(ctx, from, command);
            } else {
                // Requests that were on their way together are refused together: no further than to the first entry.
                self.next.entry(from).and_modify(|next| *next = 1.max(*next - 1));
                self.send_entries(ctx, from);
            }
        }
        self.follow_if_newer(term)
    }

    #[on(in Follower, Candidate)]
    fn late_append_response(&mut self, response: AppendResponse) -> Option<Role> {
        self.follow_if_newer(response.term)
    }
}

impl Server {
    /// Whatever the role, a later term is that of a new election.
    fn follow_if_newer(&mut self, term: u32) -> Option<Role> {
        if term <= self.term {
            return None;
        }
        self.term = term;
        self.voted_for = None;
        Some(Role::Follower)
    }

    fn ask_for_votes(&self, ctx: &Context) {
        let request = VoteRequest {
            term: self.term,
            candidate: ctx.id(),
            last_index: self.log.last_index(),
            last_term: self.log.last_term(),
        };
        ctx.send(self.setup.cluster, request);
    }

    fn replicate(&self, ctx: &Context) {
        for &peer in &self.peers {
            self.send_entries(ctx, peer);
        }
    }

    /// Sends what this server does not have, as far as is known.
    fn send_entries(&self, ctx: &Context, to: ActorId) {
        let prev_index = self.next[&to] - 1;
        let request = AppendRequest {
            to,
            leader: ctx.id(),
            term: self.term,
            prev_index,
            prev_term: self.log.term_at(prev_index).expect("nobody gets what the leader lacks"),
            entries: self.log.after(prev_index),
            commit: self.log.committed(),
            command: self.pending.map(|pending| pending.command),
        };
        ctx.send(self.setup.cluster, request);
    }

    /// A server has all entries up to that of a command. The entry is of this term, so a majority commits it and all
    /// before it.
    fn count(&mut self, ctx: &Context, from: ActorId, command: Option<u32>) {
        let Some(Pending { command: pending, index }) = self.pending else { return };
        if command != Some(pending) {
            return;
        }
        self.next.insert(from, index + 1);
        if self.tally.completes(from) {
            self.pending = None;
            self.log.commit(index);
            let response = ClientResponse { command: pending, server: ctx.id() };
            ctx.send(self.setup.cluster, response);
        }
    }
}
