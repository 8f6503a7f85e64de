//! Sets all up.

use chain_replication_messages::{ANSWERS, Chain, INVARIANT, Place, Plan, Supervision};
use coyote_guest::prelude::*;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// How many replicas, at least one.
    replicas: u32,
    clients: u32,
    /// How many keys each client has.
    keys: u32,
    /// How often the detector looks at a replica, at most.
    rounds: u32,
    /// See [`Place`].
    completes_alone: bool,
}

#[derive(Debug, Default)]
struct Environment;

#[actor]
impl Environment {
    #[on(init)]
    fn start(&mut self, ctx: &Context, setup: Setup) {
        let Setup { replicas, clients, keys, rounds, completes_alone } = setup;
        let chain: Vec<_> = (0..replicas).map(|_| ctx.reserve_id("replica")).collect();
        for monitor in [INVARIANT, ANSWERS] {
            ctx.notify(monitor, Chain { replicas: chain.clone() });
        }
        for &replica in &chain {
            ctx.create_at(replica, "replica", Place { chain: chain.clone(), completes_alone });
        }
        let (head, tail) = (chain[0], chain[chain.len() - 1]);
        let plan = |client| Plan { head, tail, first_key: client * keys, keys };
        let clients = (0..clients).map(|client| ctx.create_kind("client", plan(client))).collect();
        ctx.create_kind("master", Supervision { chain, clients, rounds });
    }
}
