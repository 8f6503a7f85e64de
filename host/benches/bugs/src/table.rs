//! The runs as a document.

use std::fmt::Write as _;

use crate::samples::{
    DEFAULT, EXHAUSTIVE, PROGRAMS, PUBLISHED, Program, SAMPLES, STRATEGIES, Sample,
};
use crate::{
    ITERATIONS, MINIMISE_TIME, PROGRAM_RUNS, Run, Runs, SEARCH_TIME, SEEDS, SURVIVED, Survival,
};

/// What a strategy did with an app, as a row of a table.
pub(crate) fn row(sample: &Sample, strategy: &str, runs: &Runs) -> String {
    format!("| {} | {strategy} | {} |", sample.name(), cells(sample, strategy, runs).join(" | "))
}

/// How often it found the bug, after how many executions and seconds, and how long the traces were.
fn cells(sample: &Sample, strategy: &str, runs: &Runs) -> [String; 4] {
    let runs = of(sample, strategy, SEEDS, runs);
    let found: Vec<_> = runs.iter().filter_map(|run| Some((run, run.found?))).collect();
    let share = format!("{}/{}", found.len(), runs.len());
    let Some(most) = found.iter().map(|(_, iteration)| *iteration).max() else {
        return [share, String::new(), String::new(), String::new()];
    };
    let iterations = median(found.iter().map(|(_, iteration)| *iteration as f64).collect());
    let seconds = median(found.iter().map(|(run, _)| run.seconds).collect());
    let steps = median(found.iter().filter_map(|(run, _)| Some(run.steps? as f64)).collect());
    [share, format!("{iterations} ({most})"), format!("{seconds:.4}"), steps.to_string()]
}

/// What the default did with a program of Mukherjee et al. (2020), as a row of a table.
pub(crate) fn program_row(program: &Program, runs: &Runs) -> String {
    let runs = of(&program.sample, DEFAULT, PROGRAM_RUNS, runs);
    let found: Vec<_> =
        runs.iter().filter_map(|run| Some((run.found? as f64, run.seconds))).collect();
    let executions = median(found.iter().map(|&(executions, _)| executions).collect());
    let seconds = median(found.iter().map(|&(_, seconds)| seconds).collect());
    let published: Vec<_> = program.published.iter().map(u32::to_string).collect();
    format!(
        "| {} | {}/{} | {executions} | {seconds:.4} | {} |",
        program.sample.name(),
        found.len(),
        runs.len(),
        published.join(" | ")
    )
}

/// What an app without its bug survived, as a row of a table.
pub(crate) fn survival_row(survival: &Survival) -> String {
    let Survival { sample, executions, cut, steps, distinct_schedules, seconds, verdict } =
        survival;
    format!(
        "| {sample} | {verdict} | {executions} | {distinct_schedules} | {cut} | {steps} | {seconds:.1} |"
    )
}

/// The runs of a strategy on an app, by seed.
pub(crate) fn of<'a>(sample: &Sample, strategy: &str, seeds: u64, runs: &'a Runs) -> Vec<&'a Run> {
    let key = |seed| (sample.name(), strategy.to_owned(), seed);
    (0..seeds).filter_map(|seed| runs.get(&key(seed))).collect()
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
pub(crate) fn document(runs: &Runs, survived: &[Survival]) -> String {
    let mut text = beginning();
    for sample in SAMPLES.iter().filter(|sample| !of(sample, DEFAULT, SEEDS, runs).is_empty()) {
        let [found, executions, seconds, _] = cells(sample, DEFAULT, runs);
        let coyote = sample.coyote.map_or_else(
            || "| |".to_owned(),
            |(iterations, seconds, found)| format!("{found} | {iterations} | {seconds}"),
        );
        let name = sample.name();
        let _ = writeln!(text, "| {name} | {found} | {executions} | {seconds} | {coyote} |");
    }
    text += include_str!("why.md");
    text += &programs(runs);
    text += &survivals(survived);
    text += "\n## Every strategy\n\n\
             | app | strategy | found | executions | seconds | steps |\n\
             | --- | --- | ---: | ---: | ---: | ---: |\n";
    for sample in SAMPLES {
        let measured = STRATEGIES
            .iter()
            .chain([&EXHAUSTIVE])
            .filter(|strategy| !of(sample, strategy, SEEDS, runs).is_empty());
        for strategy in measured {
            text += &row(sample, strategy, runs);
            text.push('\n');
        }
    }
    text
}

fn beginning() -> String {
    format!(
        "# Bug finding\n\n\
         How well exploration finds the bugs of the example apps. `make bugs`, `make oopsla` and `make survive` make this \
         page: every\napp in its full size, seeds 0 to {}, one core. The default explores as it does where no option is \
         given, up to 10,000\nexecutions; other strategies up to {ITERATIONS}. Nothing is tuned for a single app but what \
         its manifest says.\n\n\
         - *Found*: of how many seeds the bug was found.\n\
         - *Executions*: the median over those seeds, and the most.\n\
         - *Seconds*: the median until the bug was found, by the clock of a machine that had other work too; to make its \
         trace\n  shorter comes after that.\n\
         - *Steps*: the median of the shorter trace, after {MINIMISE_TIME} at most.\n\
         - *exhaustive* goes through everything (`--exhaustive`) for {SEARCH_TIME}, once, since a seed changes nothing there but \
         ids. Its\n  executions are the states, or the traces, until the bug.\n\n\
         ![Bugs found over time](bug-finding.svg)\n\n\
         ## The default beside Coyote\n\n\
         Coyote 1.7.11 with its best strategy for each app, on one core of the same class of machine, 10 seeds, at most \
         1,000\niterations (.NET 9). An execution there has other steps than here: compare executions and seconds.\n\n\
         | app | found | executions | seconds | Coyote: found | iterations | seconds |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        SEEDS - 1
    )
}

/// The table of Mukherjee et al. (2020).
fn programs(runs: &Runs) -> String {
    let mut text = format!(
        "\n## Beside published figures\n\n\
         The programs of Mukherjee, Deligiannis, Biswas and Lal, \"Learning-based controlled concurrency testing\" (OOPSLA \
         2020),\nwritten anew as [actors](../example-actors/bench): of {PROGRAM_RUNS} runs of up to 10,000 schedules of up \
         to 1,000 steps, how many find the bug.\nOurs is the default, on one core, with the median of the executions and \
         seconds that it took; the other columns are theirs.\n`make oopsla` measures it.\n\n\
         | program | ours | executions | seconds | {} |\n| --- | {} |\n",
        PUBLISHED.join(" | "),
        ["---:"; 3 + PUBLISHED.len()].join(" | ")
    );
    let measured = |program: &&Program| !of(&program.sample, DEFAULT, 1, runs).is_empty();
    for program in PROGRAMS.iter().filter(measured) {
        text += &program_row(program, runs);
        text.push('\n');
    }
    text
}

/// What apps without their bugs survived.
fn survivals(survived: &[Survival]) -> String {
    let mut text = format!(
        "\n## Without the bugs\n\n\
         The same apps in the same size, mended, in {SURVIVED} executions of the default on one core (`make survive`): how \
         many\nwere cut at their bound, and what they were.\n\n\
         | app | verdict | executions | schedules | cut | steps | seconds |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for survival in survived {
        text += &survival_row(survival);
        text.push('\n');
    }
    text
}
