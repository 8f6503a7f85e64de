//! Sorts numbers that it gives to a row of cells: in each phase every second cell compares itself with its right
//! neighbour. As many phases as cells are enough.

use coyote_guest::prelude::*;
use sort_ring_messages::{Collect, Collected, Compare, Done, Setup};
use std::collections::BTreeMap;

#[payload]
#[serde(rename_all = "kebab-case")]
struct Job {
    /// At least three.
    numbers: Vec<u32>,
    left_reports: bool,
}

#[states]
enum Progress {
    Sorting,
    Collecting,
}

#[derive(Debug)]
struct Master {
    numbers: Vec<u32>,
    /// From left to right.
    cells: Vec<ActorId>,
    /// How many phases have begun.
    phases: usize,
    /// How many pairs of this phase are not in order.
    open: usize,
    collected: BTreeMap<ActorId, u32>,
}

#[actor(states = Progress)]
impl Master {
    #[on(init)]
    fn new(ctx: &Context, job: Job) -> Self {
        let Job { numbers, left_reports } = job;
        let mut cells = Vec::new();
        for &value in numbers.iter().rev() {
            let right = cells.last().copied();
            let setup = Setup { master: ctx.id(), right, value, left_reports };
            cells.push(ctx.create_kind("cell", setup));
        }
        cells.reverse();
        let mut master = Self { numbers, cells, phases: 0, open: 0, collected: BTreeMap::new() };
        master.begin_phase(ctx);
        master
    }

    #[on(in Sorting)]
    fn done(&mut self, ctx: &Context, _: Done) -> Option<Progress> {
        self.open -= 1;
        if self.open > 0 {
            return None;
        }
        if self.phases == self.cells.len() {
            return Some(Progress::Collecting);
        }
        self.begin_phase(ctx);
        None
    }

    #[on(entry in Collecting)]
    fn collect(&mut self, ctx: &Context) {
        for &cell in &self.cells {
            ctx.send(cell, Collect);
        }
    }

    #[on(in Collecting)]
    fn collected(&mut self, collected: Collected) {
        self.collected.insert(collected.cell, collected.value);
        if self.collected.len() < self.cells.len() {
            return;
        }
        self.numbers.sort_unstable();
        let result: Vec<_> = self.cells.iter().map(|cell| self.collected[cell]).collect();
        ensure!(result == self.numbers, "{result:?} is not {:?}", self.numbers);
    }
}

impl Master {
    fn begin_phase(&mut self, ctx: &Context) {
        let with_neighbour = &self.cells[..self.cells.len() - 1];
        for &cell in with_neighbour.iter().skip(self.phases % 2).step_by(2) {
            ctx.send(cell, Compare);
            self.open += 1;
        }
        self.phases += 1;
    }
}
