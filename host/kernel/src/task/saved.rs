//! Tasks as plain data.

use alloc::sync::Arc;

use super::{Task, Tasks};
use crate::event::Group;
use crate::saved::{SavedTask, SavedTasks, marked, stamped};

impl Tasks {
    pub(crate) fn save(&self) -> SavedTasks {
        let Self { parked, asked, kept, refused, was_ready, accepted, ripened, groups } = self;
        let parked = parked.iter().map(|Task { told, ripe, took_at, since, stamp }| SavedTask {
            told: told.clone(),
            ripe: ripe.as_ref().map(Into::into),
            took_at: *took_at,
            since: *since,
            mark: marked(stamp),
        });
        SavedTasks {
            parked: parked.collect(),
            asked: asked.iter().copied().collect(),
            kept: kept.iter().map(Into::into).collect(),
            refused: *refused,
            was_ready: *was_ready,
            accepted: *accepted,
            ripened: *ripened,
            groups: groups.iter().map(|(task, group)| (task, Group::clone(group))).collect(),
        }
    }

    pub(crate) fn load(saved: SavedTasks) -> Self {
        let SavedTasks { parked, asked, kept, refused, was_ready, accepted, ripened, groups } =
            saved;
        let parked = parked.into_iter().map(|task| {
            let SavedTask { told, ripe, took_at, since, mark } = task;
            Task { told, ripe: ripe.map(Into::into), took_at, since, stamp: stamped(mark) }
        });
        Self {
            parked: parked.collect(),
            asked: asked.into(),
            kept: kept.into_iter().map(Into::into).collect(),
            refused,
            was_ready,
            accepted,
            ripened,
            groups: groups.into_iter().map(|(task, group)| (task, Arc::new(group))).collect(),
        }
    }
}
