//! kameo, on tokio. Without tracing, with unbounded mailboxes, as the other two have them in effect, and
//! `try_send`, which needs no future.

use std::convert::Infallible;
use std::sync::Arc;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn as _};
use kameo::mailbox::unbounded;
use kameo::message::{Context, Message};

use super::runtime;
use crate::work::{Contender, Countdown, Crowd, Memory, Ring, Sample, Stopwatch, countdowns};

pub(super) const CONTENDER: Contender = Contender { name: "kameo", ring, create, crowd };

struct Node {
    next: Option<ActorRef<Self>>,
    started: Arc<Countdown>,
    done: Arc<Countdown>,
}

struct Next(ActorRef<Node>);
struct Token(u32);
struct Touch;

impl Actor for Node {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(node: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        node.started.count();
        Ok(node)
    }
}

impl Message<Next> for Node {
    type Reply = ();

    async fn handle(&mut self, Next(next): Next, _: &mut Context<Self, ()>) {
        self.next = Some(next);
    }
}

impl Message<Token> for Node {
    type Reply = ();

    async fn handle(&mut self, Token(hops): Token, _: &mut Context<Self, ()>) {
        match &self.next {
            Some(next) if hops > 1 => {
                next.tell(Token(hops - 1)).try_send().expect("the ring is alive");
            }
            _ => self.done.count(),
        }
    }
}

impl Message<Touch> for Node {
    type Reply = ();

    async fn handle(&mut self, _: Touch, _: &mut Context<Self, ()>) {
        match &self.next {
            Some(next) => next.tell(Touch).try_send().expect("the crowd is alive"),
            None => self.done.count(),
        }
    }
}

/// Makes nodes, each with the one before it as its next.
fn nodes(
    count: usize,
    started: &Arc<Countdown>,
    done: &Arc<Countdown>,
    mut keep: impl FnMut(ActorRef<Node>),
) -> Option<ActorRef<Node>> {
    let mut next = None;
    for _ in 0..count {
        let node = Node { next, started: started.clone(), done: done.clone() };
        let node = Node::spawn_with_mailbox(node, unbounded());
        keep(node.clone());
        next = Some(node);
    }
    next
}

fn ring(ring: Ring, threads: usize) -> anyhow::Result<Sample> {
    let work = async move {
        let (started, done) = countdowns(ring.nodes, ring.tokens);
        let mut all = Vec::new();
        let last = nodes(ring.nodes, &started, &done, |node| all.push(node));
        all[0].tell(Next(last.expect("a ring has a node"))).try_send()?;
        started.over().await;
        let stopwatch = Stopwatch::start();
        for start in ring.starts() {
            all[start].tell(Token(ring.hops)).try_send()?;
        }
        done.over().await;
        anyhow::Ok(stopwatch.stop())
    };
    let runtime = runtime(threads)?;
    // On a thread of the pool: the one that blocks is none.
    if threads == 1 { runtime.block_on(work) } else { runtime.block_on(runtime.spawn(work))? }
}

fn create(actors: u32) -> anyhow::Result<Sample> {
    runtime(1)?.block_on(async {
        let (started, done) = countdowns(actors as usize, 1);
        let stopwatch = Stopwatch::start();
        let _last = nodes(actors as usize, &started, &done, drop);
        started.over().await;
        Ok(stopwatch.stop())
    })
}

fn crowd(actors: u32) -> anyhow::Result<Crowd> {
    runtime(1)?.block_on(async {
        let (started, done) = countdowns(actors as usize, 1);
        let before = Memory::now()?;
        let last = nodes(actors as usize, &started, &done, drop);
        started.over().await;
        let idle = Memory::now()?;
        last.expect("a crowd has a member").tell(Touch).try_send()?;
        done.over().await;
        Ok(Crowd { before, idle, touched: Memory::now()? })
    })
}
