//! ractor, on tokio. Without the feature that carries tracing spans from sender to receiver, and with
//! thread-safe actors, which its ring on many threads needs. Its mailboxes are unbounded.

use std::sync::Arc;

use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::runtime;
use crate::work::{Contender, Countdown, Crowd, Memory, Ring, Sample, Stopwatch, countdowns};

pub(super) const CONTENDER: Contender = Contender { name: "ractor", ring, create, crowd };

struct Node;

struct State {
    next: Option<ActorRef<Message>>,
    started: Arc<Countdown>,
    done: Arc<Countdown>,
}

enum Message {
    Next(ActorRef<Self>),
    Token(u32),
    Touch,
}

impl Actor for Node {
    type Msg = Message;
    type State = State;
    type Arguments = State;

    async fn pre_start(
        &self,
        _: ActorRef<Message>,
        state: State,
    ) -> Result<State, ActorProcessingErr> {
        state.started.count();
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match (message, &state.next) {
            (Message::Next(next), _) => state.next = Some(next),
            (Message::Token(hops @ 2..), Some(next)) => next.cast(Message::Token(hops - 1))?,
            (Message::Touch, Some(next)) => next.cast(Message::Touch)?,
            (Message::Token(_) | Message::Touch, _) => state.done.count(),
        }
        Ok(())
    }
}

/// Makes nodes, each with the one before it as its next.
async fn nodes(
    count: usize,
    started: &Arc<Countdown>,
    done: &Arc<Countdown>,
    mut keep: impl FnMut(ActorRef<Message>),
) -> anyhow::Result<Option<ActorRef<Message>>> {
    let mut next = None;
    for _ in 0..count {
        let state = State { next, started: started.clone(), done: done.clone() };
        let (node, _) = Actor::spawn(None, Node, state).await?;
        keep(node.clone());
        next = Some(node);
    }
    Ok(next)
}

fn ring(ring: Ring, threads: usize) -> anyhow::Result<Sample> {
    let work = async move {
        let (started, done) = countdowns(ring.nodes, ring.tokens);
        let mut all = Vec::new();
        let last = nodes(ring.nodes, &started, &done, |node| all.push(node)).await?;
        all[0].cast(Message::Next(last.expect("a ring has a node")))?;
        started.over().await;
        let stopwatch = Stopwatch::start();
        for start in ring.starts() {
            all[start].cast(Message::Token(ring.hops))?;
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
        let _last = nodes(actors as usize, &started, &done, drop).await?;
        started.over().await;
        Ok(stopwatch.stop())
    })
}

fn crowd(actors: u32) -> anyhow::Result<Crowd> {
    runtime(1)?.block_on(async {
        let (started, done) = countdowns(actors as usize, 1);
        let before = Memory::now()?;
        let last = nodes(actors as usize, &started, &done, drop).await?;
        started.over().await;
        let idle = Memory::now()?;
        last.expect("a crowd has a member").cast(Message::Touch)?;
        done.over().await;
        Ok(Crowd { before, idle, touched: Memory::now()? })
    })
}
