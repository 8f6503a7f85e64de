//! Knows some others, each responsible for a part of the ring that is twice as long as the one before.

use bench_messages::chord::{Configure, FindSuccessor, Found, Id, QueryId};
use coyote_guest::prelude::*;
use std::collections::BTreeSet;

/// How many places the ring has.
const RING: u32 = 32;

#[states]
enum Stage {
    #[state(goto(Configure => Serving), defer(FindSuccessor, QueryId))]
    Unconfigured,
    Serving,
}

#[derive(Debug, Default)]
struct ChordNode {
    id: u32,
    keys: BTreeSet<u32>,
    fingers: Vec<Finger>,
}

/// From `start` to before `end`, around the ring.
#[derive(Debug)]
struct Finger {
    start: u32,
    end: u32,
    node: ActorId,
}

impl Finger {
    fn holds(&self, key: u32) -> bool {
        if self.start < self.end {
            (self.start..self.end).contains(&key)
        } else {
            key >= self.start || key < self.end
        }
    }
}

#[actor(states = Stage)]
impl ChordNode {
    #[on(goto in Unconfigured)]
    fn configure(&mut self, configure: Configure) {
        let Configure { id, keys, nodes } = configure;
        let finger = |exponent| {
            let start = (id + (1_u32 << exponent)) % RING;
            let end = (id + (2_u32 << exponent)) % RING;
            let (_, node) = *nodes.iter().find(|(id, _)| *id >= start).unwrap_or(&nodes[0]);
            Finger { start, end, node }
        };
        self.fingers = (0..nodes.len()).map(finger).collect();
        self.id = id;
        self.keys = keys.into_iter().collect();
    }

    #[on(in Serving)]
    fn find_successor(&mut self, ctx: &Context, find: FindSuccessor) {
        let FindSuccessor { asker, key } = find;
        match self.holder(ctx.id(), key) {
            Some(node) => ctx.send(asker, Found { node, key }),
            None => ctx.send(self.closer(ctx.id(), key), find),
        }
    }

    #[on(in Serving)]
    fn query_id(&mut self, ctx: &Context, query: QueryId) {
        ctx.send(query.asker, Id { id: self.id });
    }
}

impl ChordNode {
    /// Who holds a key, as far as this node knows.
    fn holder(&self, own: ActorId, key: u32) -> Option<ActorId> {
        if self.keys.contains(&key) {
            return Some(own);
        }
        let begins_at = self.fingers.iter().find(|finger| finger.start == key);
        begins_at.or_else(|| self.fingers.first().filter(|_| key == self.id)).map(|f| f.node)
    }

    /// Who knows more about a key.
    fn closer(&self, own: ActorId, key: u32) -> ActorId {
        let responsible = self.fingers.iter().rfind(|finger| finger.holds(key));
        let finger = responsible.unwrap_or(&self.fingers[0]);
        if finger.node != own {
            return finger.node;
        }
        let ends_there = |other: &&Finger| finger.start.wrapping_sub(other.end) <= 1;
        let before = self.fingers.iter().find(ends_there).map(|finger| finger.node);
        match before {
            Some(node) if node != own => node,
            _ => panic!("cannot locate successor of {key}"),
        }
    }
}
