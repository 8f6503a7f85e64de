//! The runs as a document.

use std::fmt::Write as _;

use crate::samples::{SAMPLES, STRATEGIES, Sample};
use crate::{ITERATIONS, Run, Runs, SEEDS};

/// What a strategy did with an app, as a row of a table.
pub(crate) fn row(sample: &Sample, strategy: &str, runs: &Runs) -> String {
    format!("| {} | {strategy} | {} |", sample.name(), cells(sample, strategy, runs).join(" | "))
}

/// How often it found the bug, after how many executions and seconds, and how long the traces were.
fn cells(sample: &Sample, strategy: &str, runs: &Runs) -> [String; 4] {
    let runs = of(sample, strategy, runs);
    let found: Vec<_> = runs.iter().filter_map(|run| Some((run, run.found?))).collect();
    let share = format!("{}/{}", found.len(), runs.len());
    let Some(most) = found.iter().map(|(_, iteration)| *iteration).max() else {
        return [share, String::new(), String::new(), String::new()];
    };
    let iterations = median(found.iter().map(|(_, iteration)| *iteration as f64).collect());
    let seconds = median(found.iter().map(|(run, _)| run.seconds).collect());
    let steps = median(found.iter().filter_map(|(run, _)| Some(run.steps? as f64)).collect());
    [share, format!("{iterations} ({most})"), format!("{seconds:.3}"), steps.to_string()]
}

/// The runs of a strategy on an app, by seed.
pub(crate) fn of<'a>(sample: &Sample, strategy: &str, runs: &'a Runs) -> Vec<&'a Run> {
    let key = |seed| (sample.name().to_owned(), strategy.to_owned(), seed);
    (0..SEEDS).filter_map(|seed| runs.get(&key(seed))).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        len if len.is_multiple_of(2) => f64::midpoint(numbers[middle - 1], numbers[middle]),
        _ => numbers[middle],
    }
}

/// `docs/bug-finding.md`.
pub(crate) fn document(runs: &Runs) -> String {
    let mut text = format!(
        "# Bug finding\n\n\
         How well each strategy finds the bugs of the example apps. `make bugs` makes this page: every app in its full \
         size,\nseeds 0 to {}, at most {ITERATIONS} executions, one core. Nothing is tuned for a single app but what its \
         manifest says.\n\n\
         - *Found*: of how many seeds the bug was found.\n\
         - *Executions*: the median over those seeds, and the most.\n\
         - *Seconds*: the median until the bug was found; to make its trace shorter comes after that.\n\
         - *Steps*: the median of the shorter trace.\n\n\
         ![Bugs found over time](bug-finding.svg)\n\n\
         ## The default beside Coyote\n\n\
         Coyote 1.7.11 with its best strategy for each app, on one core of the same class of machine, 10 seeds, at most \
         1,000\niterations (.NET 9). An execution there has other steps than here: compare executions and seconds.\n\n\
         | app | found | executions | seconds | Coyote: found | iterations | seconds |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        SEEDS - 1
    );
    for sample in SAMPLES.iter().filter(|sample| !of(sample, STRATEGIES[0], runs).is_empty()) {
        let [found, executions, seconds, _] = cells(sample, STRATEGIES[0], runs);
        let coyote = sample.coyote.map_or_else(
            || "| |".to_owned(),
            |(iterations, seconds, found)| format!("{found} | {iterations} | {seconds}"),
        );
        let name = sample.name();
        let _ = writeln!(text, "| {name} | {found} | {executions} | {seconds} | {coyote} |");
    }
    text += include_str!("why.md");
    text += "\n## Every strategy\n\n\
             | app | strategy | found | executions | seconds | steps |\n\
             | --- | --- | ---: | ---: | ---: | ---: |\n";
    for sample in SAMPLES {
        let measured = STRATEGIES.iter().filter(|strategy| !of(sample, strategy, runs).is_empty());
        for strategy in measured {
            text += &row(sample, strategy, runs);
            text.push('\n');
        }
    }
    text
}
