//! A node of the ring, after Stoica et al., "Chord: a scalable peer-to-peer lookup service for Internet applications"
//! (2001). There nodes may fail; here they leave, and nothing is lost.

use chord_messages::{
    AskKeys, AskPredecessor, FindSuccessor, Join, Joined, KEYS, Keys, Leave, Leaving, LeavingSeen,
    Left, Notify, Peer, Place, Predecessor, RING, SetUp, Stabilize, Stable, Successor,
};
use coyote_guest::prelude::*;

/// How far the fingers of a node point: half around the ring.
const DISTANCES: [u32; 3] = [1, 2, 4];

#[states]
enum Stage {
    /// Does not know the ring.
    #[state(defer(any))]
    Starting,
    Serving,
    /// Others do not know yet that it is going. It passes on what they send.
    #[state(ignore(Notify))]
    Going,
}

/// A short cut through the ring.
#[derive(Debug)]
struct Finger {
    start: u32,
    /// The first node from there on, or one further on.
    node: Peer,
}

#[derive(Debug)]
struct Node {
    me: Peer,
    manager: ActorId,
    predecessor: Option<Peer>,
    /// By distance: the first one is the successor.
    fingers: Vec<Finger>,
    keys: Vec<u32>,
    /// How many answers are missing: of others on its going, or on fingers.
    missing: usize,
}

#[actor(states = Stage)]
impl Node {
    #[on(init)]
    fn new(ctx: &Context, place: Place) -> Self {
        let me = Peer { id: place.id, actor: ctx.id() };
        let fingers =
            DISTANCES.map(|distance| Finger { start: (me.id + distance) % RING, node: me });
        Self {
            me,
            manager: place.manager,
            predecessor: None,
            fingers: fingers.into(),
            keys: Vec::new(),
            missing: 0,
        }
    }

    #[on(in Starting)]
    fn set_up(&mut self, set_up: SetUp) -> Stage {
        let first_from = |start| {
            let distance = |node: &&Peer| (node.id + RING - start) % RING;
            set_up.ring.iter().min_by_key(distance).copied().unwrap_or(self.me)
        };
        for finger in &mut self.fingers {
            finger.node = first_from(finger.start);
        }
        self.keys = KEYS.into_iter().filter(|&key| first_from(key) == self.me).collect();
        Stage::Serving
    }

    #[on(in Starting)]
    fn join(&mut self, ctx: &Context, join: Join) {
        ctx.send(join.known, FindSuccessor { asker: self.me.actor, key: self.me.id });
    }

    #[on(in Starting)]
    fn my_successor(&mut self, ctx: &Context, successor: Successor) {
        for finger in &mut self.fingers {
            finger.node = successor.node;
        }
        ctx.send(successor.node.actor, Notify { node: self.me });
        ctx.send(successor.node.actor, AskKeys { node: self.me });
    }

    #[on(in Starting)]
    fn first_keys(&mut self, ctx: &Context, keys: Keys) -> Stage {
        self.keys = keys.keys;
        ctx.send(self.manager, Joined { node: self.me });
        Stage::Serving
    }

    #[on(in Serving)]
    fn find_successor(&mut self, ctx: &Context, find: FindSuccessor) {
        match self.known_successor(find.key) {
            Some(node) => ctx.send(find.asker, Successor { key: find.key, node }),
            None => ctx.send(self.nearest(find.key).actor, find),
        }
    }

    #[on(in Serving)]
    fn notify(&mut self, notify: Notify) {
        let closer = |old: Peer| is_between(old.id, notify.node.id, self.me.id);
        if self.predecessor.is_none_or(closer) {
            self.predecessor = Some(notify.node);
        }
    }

    #[on(in Serving)]
    fn ask_keys(&mut self, ctx: &Context, ask: AskKeys) {
        let stays = |&key: &u32| is_between(ask.node.id, key, self.me.id);
        let (keys, moving) = self.keys.iter().copied().partition(stays);
        self.keys = keys;
        ctx.send(ask.node.actor, Keys { keys: moving });
    }

    #[on(in Serving)]
    fn more_keys(&mut self, keys: Keys) {
        self.keys.extend(keys.keys);
    }

    #[on(in Serving)]
    fn stabilize(&mut self, ctx: &Context, _: Stabilize) {
        ctx.send(self.successor().actor, AskPredecessor { asker: self.me.actor });
    }

    #[on(in Serving)]
    fn ask_predecessor(&mut self, ctx: &Context, ask: AskPredecessor) {
        ctx.send(ask.asker, Predecessor { node: self.predecessor });
    }

    /// Whoever comes before the successor is the successor.
    #[on(in Serving)]
    fn predecessor(&mut self, ctx: &Context, predecessor: Predecessor) {
        let old = self.successor();
        if let Some(node) = predecessor.node
            && node != old
            && is_between(self.me.id, node.id, old.id)
        {
            self.fingers[0].node = node;
        }
        let successor = self.successor().actor;
        ctx.send(successor, Notify { node: self.me });
        for finger in &self.fingers[1..] {
            ctx.send(successor, FindSuccessor { asker: self.me.actor, key: finger.start });
            self.missing += 1;
        }
    }

    #[on(in Serving)]
    fn finger(&mut self, ctx: &Context, successor: Successor) {
        for finger in &mut self.fingers {
            if finger.start == successor.key {
                finger.node = successor.node;
            }
        }
        self.missing -= 1;
        if self.missing == 0 {
            ctx.send(self.manager, Stable);
        }
    }

    #[on(in Serving)]
    fn leave(&mut self, ctx: &Context, leave: Leave) -> Stage {
        let successor = self.successor();
        ctx.send(successor.actor, Keys { keys: std::mem::take(&mut self.keys) });
        for other in &leave.others {
            ctx.send(other.actor, Leaving { node: self.me, successor });
        }
        self.missing = leave.others.len();
        Stage::Going
    }

    #[on(in Serving)]
    fn leaving(&mut self, ctx: &Context, leaving: Leaving) {
        for finger in &mut self.fingers {
            if finger.node == leaving.node {
                finger.node = leaving.successor;
            }
        }
        self.predecessor = self.predecessor.filter(|&node| node != leaving.node);
        ctx.send(leaving.node.actor, LeavingSeen);
    }

    #[on(in Going)]
    fn pass_on(&mut self, ctx: &Context, find: FindSuccessor) {
        ctx.send(self.successor().actor, find);
    }

    #[on(in Going)]
    fn leaving_seen(&mut self, ctx: &Context, _: LeavingSeen) -> Option<Next<Stage>> {
        self.missing -= 1;
        (self.missing == 0).then(|| {
            ctx.send(self.manager, Left);
            Next::halt()
        })
    }
}

impl Node {
    fn successor(&self) -> Peer {
        self.fingers[0].node
    }

    /// The first node from a key on, if that is known here.
    fn known_successor(&self, key: u32) -> Option<Peer> {
        if key == self.me.id || self.keys.contains(&key) {
            return Some(self.me);
        }
        if let Some(finger) = self.fingers.iter().find(|finger| finger.start == key) {
            return Some(finger.node);
        }
        let successor = self.successor();
        is_between(self.me.id, key, successor.id).then_some(successor)
    }

    /// The known node that is nearest to a key, and before it.
    fn nearest(&self, key: u32) -> Peer {
        let is_before = |node: &Peer| {
            node.id != key && *node != self.me && is_between(self.me.id, node.id, key)
        };
        let mut nodes = self.fingers.iter().rev().map(|finger| finger.node);
        nodes.find(is_before).unwrap_or(self.successor())
    }
}

/// Whether a point lies after one and before another, or there. From a point to itself it is once around the ring.
fn is_between(after: u32, point: u32, until: u32) -> bool {
    let distance = (until + RING - after - 1) % RING + 1;
    (1..=distance).any(|step| (after + step) % RING == point)
}
