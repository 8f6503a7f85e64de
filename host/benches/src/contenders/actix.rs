//! actix. `do_send` never waits and never fails for a full mailbox. Its actors do not move
//! between threads; for a ring on many threads each arbiter gets one stretch of it, so that a token crosses
//! threads as rarely as it can.

use std::sync::Arc;

use actix::{Actor, Addr, Arbiter, ArbiterHandle, Context, Handler, Message, System};
use anyhow::ensure;

use crate::work::{Contender, Countdown, Crowd, Memory, Ring, Sample, Stopwatch, countdowns};

pub(super) const CONTENDER: Contender = Contender { name: "actix", ring, create, crowd };

struct Node {
    next: Option<Addr<Self>>,
    started: Arc<Countdown>,
    done: Arc<Countdown>,
}

struct Next(Addr<Node>);
struct Token(u32);
struct Touch;

impl Message for Next {
    type Result = ();
}

impl Message for Token {
    type Result = ();
}

impl Message for Touch {
    type Result = ();
}

impl Actor for Node {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Context<Self>) {
        self.started.count();
    }
}

impl Handler<Next> for Node {
    type Result = ();

    fn handle(&mut self, Next(next): Next, _: &mut Context<Self>) {
        self.next = Some(next);
    }
}

impl Handler<Token> for Node {
    type Result = ();

    fn handle(&mut self, Token(hops): Token, _: &mut Context<Self>) {
        match &self.next {
            Some(next) if hops > 1 => next.do_send(Token(hops - 1)),
            _ => self.done.count(),
        }
    }
}

impl Handler<Touch> for Node {
    type Result = ();

    fn handle(&mut self, _: Touch, _: &mut Context<Self>) {
        match &self.next {
            Some(next) => next.do_send(Touch),
            None => self.done.count(),
        }
    }
}

/// Makes nodes, each with the one before it as its next.
fn nodes(
    count: usize,
    started: &Arc<Countdown>,
    done: &Arc<Countdown>,
    mut start: impl FnMut(usize, Node) -> Addr<Node>,
) -> Option<Addr<Node>> {
    let mut next = None;
    for place in 0..count {
        let node = Node { next, started: started.clone(), done: done.clone() };
        next = Some(start(place, node));
    }
    next
}

fn ring(ring: Ring, threads: usize) -> anyhow::Result<Sample> {
    if threads == 1 {
        return Ok(System::new().block_on(tokens(ring, |_, node| node.start())));
    }
    let system = System::new();
    let arbiters: Vec<Arbiter> = (0..threads).map(|_| Arbiter::new()).collect();
    let handles: Vec<ArbiterHandle> = arbiters.iter().map(Arbiter::handle).collect();
    let start = move |place: usize, node| {
        Node::start_in_arbiter(&handles[place * threads / ring.nodes], |_| node)
    };
    let sample = system.block_on(tokens(ring, start));
    for arbiter in arbiters {
        arbiter.stop();
        ensure!(arbiter.join().is_ok(), "an arbiter panicked");
    }
    Ok(sample)
}

async fn tokens(ring: Ring, mut start: impl FnMut(usize, Node) -> Addr<Node>) -> Sample {
    let (started, done) = countdowns(ring.nodes, ring.tokens);
    let mut all = Vec::new();
    let last = nodes(ring.nodes, &started, &done, |place, node| {
        let node = start(place, node);
        all.push(node.clone());
        node
    });
    all[0].do_send(Next(last.expect("a ring has a node")));
    started.over().await;
    let stopwatch = Stopwatch::start();
    for start in ring.starts() {
        all[start].do_send(Token(ring.hops));
    }
    done.over().await;
    stopwatch.stop()
}

fn create(actors: u32) -> anyhow::Result<Sample> {
    System::new().block_on(async {
        let (started, done) = countdowns(actors as usize, 1);
        let stopwatch = Stopwatch::start();
        let _last = nodes(actors as usize, &started, &done, |_, node| node.start());
        started.over().await;
        Ok(stopwatch.stop())
    })
}

fn crowd(actors: u32) -> anyhow::Result<Crowd> {
    System::new().block_on(async {
        let (started, done) = countdowns(actors as usize, 1);
        let before = Memory::now()?;
        let last = nodes(actors as usize, &started, &done, |_, node| node.start());
        started.over().await;
        let idle = Memory::now()?;
        last.expect("a crowd has a member").do_send(Touch);
        done.over().await;
        Ok(Crowd { before, idle, touched: Memory::now()? })
    })
}
