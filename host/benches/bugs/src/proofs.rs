//! What exhaustive search proves, and how much of it reduction saves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use indicatif::HumanCount;

use crate::samples::{SOUND, Sound};
use crate::{command, object};

/// What `docs/proofs.md` begins with.
const PAGE: &str = "\
# Proofs

Each example app without its bug, at growing sizes: every state is gone into, and no execution is a bug under `causal`
delivery. `make verify` makes this page, on one core. It fails if the smallest test of an app is not proved; that may take
15 minutes and 9 GiB, every other run 60 s. The last test of most apps is the one in which `docs/bug-finding.md` finds the
bug.

- *reduced*: `explore --exhaustive=stateful`. States that differ in who of several interchangeable actors is who are one, and a
  step that can change places with one that was taken before it is not taken again (sleep sets), nor are two arrivals at one
  actor where both orders come to the same, unless a monitor can say that progress is owed.
- *all*: `--exhaustive=breadth-first --no-symmetry`, which takes every step of every state.
- *over*: not in that time; so far it came.

";

/// What the smallest test of an app may take until it is proved.
const SMALLEST: [&str; 4] = ["--time", "900s", "--memory", "9GiB"];

/// What every other run may take.
const OTHERS: [&str; 2] = ["--time", "60s"];

const HEAD: &str = "\
| app | test | states, reduced | transitions | seconds | states, all | transitions | seconds |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// How far a search came.
struct Searched {
    verdict: String,
    states: u64,
    transitions: u64,
    seconds: f64,
}

/// Goes through all tests, and writes the page.
pub(crate) fn verify(root: &Path) -> anyhow::Result<()> {
    let mut page = PAGE.to_owned() + HEAD;
    let mut failed = Vec::new();
    for sound in SOUND {
        for (number, test) in sound.tests.iter().enumerate() {
            let may_take = if number == 0 { &SMALLEST[..] } else { &OTHERS };
            let reduced = search(root, sound, test, &["--exhaustive=stateful"], may_take)?;
            let all = ["--exhaustive=breadth-first", "--no-symmetry"];
            let all = search(root, sound, test, &all, &OTHERS)?;
            if number == 0 && !reduced.is_proved() {
                failed.push(format!("{}, {test}: {}", sound.folder, reduced.verdict));
            }
            add(&mut page, sound, test, &reduced, &all)?;
        }
    }
    if !failed.is_empty() {
        bail!("not proved: {}", failed.join("; "));
    }
    Ok(fs::write(root.join("docs/proofs.md"), page)?)
}

/// Adds a row.
fn add(
    page: &mut String,
    sound: &Sound,
    test: &str,
    reduced: &Searched,
    every: &Searched,
) -> anyhow::Result<()> {
    let both = reduced.is_proved() && every.is_proved();
    ensure!(!both || reduced.states <= every.states, "{}, {test}: too many", sound.folder);
    let [reduced, every] = [reduced, every].map(Searched::cells);
    let row = format!("| {} | {test} | {reduced} | {every} |", sound.folder);
    println!("{row}");
    Ok(writeln!(page, "{row}")?)
}

fn search(
    root: &Path,
    sound: &Sound,
    test: &str,
    how: &[&str],
    may_take: &[&str],
) -> anyhow::Result<Searched> {
    let manifest = root.join("example-actors").join(sound.folder).join(sound.manifest());
    let mut command = command(root, &manifest);
    let output = command.args(["--test", test]).args(how).args(may_take).output()?;
    let report = object(&output)?;
    let tested = &report["tests"][0];
    let number = |name: &str| tested["search"][name].as_u64().context("a search has numbers");
    let searched = Searched {
        verdict: report["verdict"].as_str().context("a report has a verdict")?.to_owned(),
        states: number("states")?,
        transitions: number("transitions")?,
        seconds: tested["seconds"].as_f64().context("a report has seconds")?,
    };
    ensure!(searched.verdict != "bug", "{}, {test}: a bug", sound.folder);
    Ok(searched)
}

impl Searched {
    fn is_proved(&self) -> bool {
        self.verdict == "exhausted"
    }

    fn told(&self, number: u64) -> String {
        let number = HumanCount(number);
        if self.is_proved() { number.to_string() } else { format!("over {number}") }
    }

    /// States, transitions and seconds.
    fn cells(&self) -> String {
        let (states, transitions) = (self.told(self.states), self.told(self.transitions));
        let seconds = if self.is_proved() { format!("{:.2}", self.seconds) } else { String::new() };
        format!("{states} | {transitions} | {seconds}")
    }
}
