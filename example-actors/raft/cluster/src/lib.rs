//! Creates servers and client, and passes on what they say to each other.

use coyote_guest::prelude::*;
use raft_messages::{
    AppendRequest, AppendResponse, ClientRequest, ClientResponse, Joined, Rules, Setup,
    VoteRequest, VoteResponse,
};

#[payload]
struct Size {
    servers: usize,
    /// How many the client sends; none: there is no client.
    requests: u32,
    rules: Rules,
}

/// The initial payload of a client.
#[payload]
struct ClientSetup {
    cluster: ActorId,
    requests: u32,
}

#[derive(Debug)]
struct Cluster {
    servers: Vec<ActorId>,
    client: Option<ActorId>,
}

#[actor]
impl Cluster {
    #[on(init)]
    fn new(ctx: &Context, size: Size) -> Self {
        let Size { servers, requests, rules } = size;
        let cluster = ctx.id();
        let server = |_| ctx.create_kind("server", Setup { cluster, rules });
        let servers: Vec<_> = (0..servers).map(server).collect();
        for &server in &servers {
            ctx.send(server, Joined { servers: servers.clone() });
        }
        let client =
            (requests > 0).then(|| ctx.create_kind("client", ClientSetup { cluster, requests }));
        Self { servers, client }
    }

    #[on]
    fn vote_request(&mut self, ctx: &Context, request: VoteRequest) {
        for &server in self.servers.iter().filter(|&&server| server != request.candidate) {
            ctx.send(server, request.clone());
        }
    }

    #[on]
    fn vote_response(&mut self, ctx: &Context, response: VoteResponse) {
        ctx.send(response.to, response);
    }

    #[on]
    fn append_request(&mut self, ctx: &Context, request: AppendRequest) {
        ctx.send(request.to, request);
    }

    #[on]
    fn append_response(&mut self, ctx: &Context, response: AppendResponse) {
        ctx.send(response.to, response);
    }

    /// Only the leader will do something about it.
    #[on]
    fn client_request(&mut self, ctx: &Context, request: ClientRequest) {
        for &server in &self.servers {
            ctx.send(server, request.clone());
        }
    }

    #[on]
    fn client_response(&mut self, ctx: &Context, response: ClientResponse) {
        if let Some(client) = self.client {
            ctx.send(client, response);
        }
    }
}
