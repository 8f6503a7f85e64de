//! Keeps as many nodes as there are to be, and as many copies of the highest value.

use coyote_guest::prelude::*;
use replicating_storage_messages::{
    Cluster, NodeCreated, NodeFailed, REPAIR, Required, Store, SyncAck, SyncReport, SyncRequest,
};
use std::collections::BTreeMap;

/// How often it looks whether there are enough copies.
const PERIOD: Duration = Duration::from_secs(1);

/// Its own timer: are there enough copies?
#[event]
struct Repair;

#[derive(Debug)]
struct Manager {
    cluster: Cluster,
    nodes: Vec<ActorId>,
    /// What the nodes have said last, or were told to hold since.
    reports: BTreeMap<ActorId, u32>,
}

#[actor]
impl Manager {
    #[on(init)]
    fn new(ctx: &Context, cluster: Cluster) -> Self {
        let replicas = cluster.rules.replicas;
        ctx.notify(REPAIR, Required { replicas });
        ctx.start_periodic(PERIOD, PERIOD, Repair);
        let mut manager = Self { cluster, nodes: Vec::new(), reports: BTreeMap::new() };
        for _ in 0..replicas {
            manager.create_node(ctx);
        }
        manager
    }

    #[on]
    fn store(&mut self, ctx: &Context, store: Store) {
        for &node in &self.nodes {
            ctx.send(node, store.clone());
        }
    }

    #[on]
    fn sync_report(&mut self, ctx: &Context, report: SyncReport) {
        ctx.send(report.node, SyncAck);
        let late = !self.nodes.contains(&report.node);
        if !(late && self.cluster.rules.drops_late_reports) {
            self.reports.insert(report.node, report.value);
        }
    }

    #[on]
    fn repair(&mut self, ctx: &Context, _: Repair) {
        let Some(&value) = self.reports.values().max() else { return };
        let copies = self.reports.values().filter(|&&held| held == value).count();
        if copies >= self.cluster.rules.replicas as usize {
            return;
        }
        for &node in &self.nodes {
            // It is as if the node had said already that it holds the value: one request for one report.
            if self.reports.insert(node, value) != Some(value) {
                ctx.send(node, SyncRequest { value });
            }
        }
    }

    #[on]
    fn node_failed(&mut self, ctx: &Context, failed: NodeFailed) {
        self.nodes.retain(|&node| node != failed.node);
        self.reports.remove(&failed.node);
        self.create_node(ctx);
    }
}

impl Manager {
    fn create_node(&mut self, ctx: &Context) {
        let node = ctx.create_kind("storage-node", ctx.id());
        self.nodes.push(node);
        ctx.send(self.cluster.environment, NodeCreated { node });
    }
}
