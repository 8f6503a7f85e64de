//! Holds a value, and tells the manager so until it fails.

use coyote_guest::prelude::*;
use replicating_storage_messages::{
    Fail, Holds, NodeFailed, REPAIR, Store, SyncAck, SyncReport, SyncRequest,
};

/// How often it tells what it holds.
const PERIOD: Duration = Duration::from_secs(1);

/// Its own timer: it is to tell what it holds.
#[event]
struct Sync;

#[derive(Debug)]
struct StorageNode {
    manager: ActorId,
    value: u32,
    /// Whether the manager has not read the last report yet.
    reporting: bool,
}

#[actor]
impl StorageNode {
    #[on(init)]
    fn new(ctx: &Context, manager: ActorId) -> Self {
        ctx.start_periodic(PERIOD, PERIOD, Sync);
        let mut node = Self { manager, value: 0, reporting: false };
        node.hold(ctx, 0);
        node
    }

    #[on]
    fn store(&mut self, ctx: &Context, store: Store) {
        self.hold(ctx, self.value + store.value);
    }

    #[on]
    fn sync_request(&mut self, ctx: &Context, request: SyncRequest) {
        self.hold(ctx, request.value);
    }

    #[on]
    fn sync(&mut self, ctx: &Context, _: Sync) {
        if !self.reporting {
            self.reporting = true;
            ctx.send(self.manager, SyncReport { node: ctx.id(), value: self.value });
        }
    }

    #[on]
    fn sync_ack(&mut self, _: SyncAck) {
        self.reporting = false;
    }

    #[on]
    fn fail(&mut self, ctx: &Context, _: Fail) {
        ctx.notify(REPAIR, NodeFailed { node: ctx.id() });
        ctx.halt();
    }
}

impl StorageNode {
    fn hold(&mut self, ctx: &Context, value: u32) {
        self.value = value;
        ctx.notify(REPAIR, Holds { node: ctx.id(), value });
    }
}
