//! Bugs found over time.

use std::path::Path;

use anyhow::anyhow;
use plotters::prelude::*;

use crate::samples::{SAMPLES, STRATEGIES};
use crate::{Runs, SEEDS, table};

/// From a millisecond on.
const SECONDS: std::ops::Range<f64> = 0.001..30.0;

/// Draws, for each strategy, in which share of all runs the bug was found by what time.
pub(crate) fn draw(path: &Path, runs: &Runs) -> anyhow::Result<()> {
    try_draw(path, runs).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn try_draw(path: &Path, runs: &Runs) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(path, (900, 520)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(SECONDS.log_scale(), 0.0..100.0)?;
    chart.configure_mesh().x_desc("seconds").y_desc("% of runs that found the bug").draw()?;
    for (number, strategy) in STRATEGIES.iter().enumerate() {
        let all: Vec<_> =
            SAMPLES.iter().flat_map(|sample| table::of(sample, strategy, SEEDS, runs)).collect();
        let mut times: Vec<f64> =
            all.iter().filter(|run| run.found.is_some()).map(|run| run.seconds).collect();
        times.sort_by(f64::total_cmp);
        let share = |count: usize| 100.0 * count as f64 / all.len().max(1) as f64;
        let points = times.iter().enumerate().map(|(place, &time)| (time, share(place + 1)));
        let style = Palette99::pick(number).stroke_width(if number == 0 { 3 } else { 1 });
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(*strategy)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    Ok(area.present()?)
}
