//! One of a chain. Updates come to the head and go through to the tail, which acknowledges them and knows the answers.

use chain_replication_messages::{
    ANSWERS, Ack, Acknowledged, Answer, Answered, BecomeHead, BecomeTail, Entry, Forward, History,
    INVARIANT, LastNumber, NewPredecessor, NewSuccessor, Ping, Place, Pong, Query, Update, Updated,
};
use coyote_guest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug)]
struct Replica {
    completes_alone: bool,
    /// The head has none.
    predecessor: Option<ActorId>,
    /// The tail has none.
    successor: Option<ActorId>,
    /// Of the last update.
    number: u32,
    store: BTreeMap<u32, u32>,
    /// The numbers of all updates.
    history: Vec<u32>,
    /// Those that may not have come to the tail.
    unacknowledged: Vec<Entry>,
}

#[actor]
impl Replica {
    #[on(init)]
    fn new(ctx: &Context, place: Place) -> Self {
        let mut halves = place.chain.split(|&replica| replica == ctx.id());
        let (before, after) = (halves.next(), halves.next());
        Self {
            completes_alone: place.completes_alone,
            predecessor: before.and_then(<[_]>::last).copied(),
            successor: after.and_then(<[_]>::first).copied(),
            number: 0,
            store: BTreeMap::new(),
            history: Vec::new(),
            unacknowledged: Vec::new(),
        }
    }

    #[on]
    fn update(&mut self, ctx: &Context, update: Update) {
        self.number += 1;
        self.store.insert(update.key, update.value);
        self.history.push(self.number);
        let entry = Entry { number: self.number, update };
        if self.completes_alone && self.successor.is_none() {
            acknowledge(ctx, &entry.update);
        } else {
            self.pass_on(ctx, entry);
        }
        self.tell_history(ctx);
    }

    /// From the predecessor, which to a head is itself; another one has failed.
    #[on]
    fn forward(&mut self, ctx: &Context, forward: Forward) {
        let Forward { from, entry } = forward;
        let predecessor = self.predecessor.unwrap_or(ctx.id());
        if from != predecessor {
            return;
        }
        self.number = entry.number;
        self.store.insert(entry.update.key, entry.update.value);
        if from != ctx.id() {
            self.history.push(self.number);
        }
        if self.successor.is_some() {
            self.pass_on(ctx, entry);
        } else {
            acknowledge(ctx, &entry.update);
            ctx.send(predecessor, Ack { number: entry.number });
        }
        self.tell_history(ctx);
    }

    #[on]
    fn ack(&mut self, ctx: &Context, ack: Ack) {
        self.unacknowledged.retain(|entry| entry.number > ack.number);
        self.tell_history(ctx);
        if let Some(predecessor) = self.predecessor {
            ctx.send(predecessor, ack);
        }
    }

    #[on]
    fn query(&mut self, ctx: &Context, query: Query) {
        let Query { client, key } = query;
        let value = self.store.get(&key).copied();
        ctx.notify(ANSWERS, Answered { replica: ctx.id(), key, value });
        ctx.send(client, Answer { key, value });
    }

    #[on]
    fn become_head(&mut self, _: BecomeHead) {
        self.predecessor = None;
    }

    /// What has not come to the former tail has come to the new one.
    #[on]
    fn become_tail(&mut self, ctx: &Context, _: BecomeTail) {
        self.successor = None;
        for Entry { number, update } in std::mem::take(&mut self.unacknowledged) {
            acknowledge(ctx, &update);
            if let Some(predecessor) = self.predecessor {
                ctx.send(predecessor, Ack { number });
            }
        }
        self.tell_history(ctx);
    }

    #[on]
    fn new_predecessor(&mut self, ctx: &Context, new: NewPredecessor) {
        self.predecessor = Some(new.predecessor);
        ctx.send(new.master, LastNumber { number: self.number });
    }

    /// Sends again what the failed one has not passed on.
    #[on]
    fn new_successor(&mut self, ctx: &Context, new: NewSuccessor) {
        self.successor = Some(new.successor);
        for entry in &self.unacknowledged {
            if entry.number > new.last_number {
                ctx.send(new.successor, Forward { from: ctx.id(), entry: entry.clone() });
            }
        }
    }

    #[on]
    fn ping(&mut self, ctx: &Context, ping: Ping) {
        ctx.send(ping.detector, Pong);
    }
}

impl Replica {
    /// To the successor, which to a tail is itself.
    fn pass_on(&mut self, ctx: &Context, entry: Entry) {
        let successor = self.successor.unwrap_or(ctx.id());
        ctx.send(successor, Forward { from: ctx.id(), entry: entry.clone() });
        self.unacknowledged.push(entry);
    }

    fn tell_history(&self, ctx: &Context) {
        let unacknowledged = self.unacknowledged.iter().map(|entry| entry.number).collect();
        let numbers = self.history.clone();
        ctx.notify(INVARIANT, History { replica: ctx.id(), numbers, unacknowledged });
    }
}

/// Tells the client that what it has set is known to all replicas.
fn acknowledge(ctx: &Context, update: &Update) {
    let Update { client, key, value } = *update;
    ctx.notify(ANSWERS, Acknowledged { replica: ctx.id(), key, value });
    ctx.send(client, Updated { key });
}
