//! Creates servers and client, and passes requests on to the leader.

use bench_messages::raft::{
    ClientSetup, Configure, NotifyLeader, Redirect, Request, Rules, SERVERS, ShutDown,
};
use coyote_guest::prelude::*;

#[states]
enum Service {
    /// No leader is known.
    #[state(defer(Request))]
    Unavailable,
    Available,
}

#[derive(Debug)]
struct RaftManager {
    servers: Vec<ActorId>,
    /// The leader of the highest term.
    leader: Option<NotifyLeader>,
}

#[actor(states = Service)]
impl RaftManager {
    #[on(init)]
    fn new(ctx: &Context, rules: Rules) -> Self {
        let manager = ctx.id();
        let server = |_| ctx.create_kind("raft-server", rules);
        let servers: Vec<_> = (0..SERVERS).map(server).collect();
        for &server in &servers {
            ctx.send(server, Configure { manager, servers: servers.clone() });
        }
        ctx.create_kind("raft-client", ClientSetup { manager });
        Self { servers, leader: None }
    }

    #[on]
    fn notify_leader(&mut self, notify: NotifyLeader) -> Option<Service> {
        let is_first = self.leader.is_none();
        if self.leader.as_ref().is_none_or(|known| known.term < notify.term) {
            self.leader = Some(notify);
        }
        is_first.then_some(Service::Available)
    }

    #[on(in Available)]
    fn request(&mut self, ctx: &Context, request: Request) {
        if let Some(known) = &self.leader {
            ctx.send(known.leader, request);
        }
    }

    #[on]
    fn redirect(&mut self, ctx: &Context, redirect: Redirect) {
        ctx.send(ctx.id(), redirect.request);
    }

    #[on]
    fn shut_down(&mut self, ctx: &Context, _: ShutDown) {
        for &server in &self.servers {
            ctx.send(server, ShutDown);
        }
        ctx.halt();
    }
}
