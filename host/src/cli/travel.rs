//! The places of an execution that `coyote-host replay` can show.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{anyhow, bail};
use coyote_host::{Alternative, Change, Timeline, TraceLine, View};

use super::numbers::whole;

/// What of an execution is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Places {
    /// Show the app as it is after this step; 0 is the start
    #[arg(long, value_name = "STEP", group = "place", value_parser = whole::<usize>(0..=u64::MAX))]
    at: Option<usize>,
    /// Show the app as it is so many steps before the end
    #[arg(long, value_name = "STEPS", group = "place", value_parser = whole::<usize>(0..=u64::MAX))]
    back: Option<usize>,
    /// Show the app as it is after the first such step: `actor=NAME`, `event=KIND`, `state=NAME`, or several of them
    #[arg(long, value_name = "WHAT", group = "place")]
    until: Option<Wanted>,
    /// Show how the app differs between two steps
    #[arg(long, value_names = ["STEP", "STEP"], num_args = 2, group = "place", value_parser = whole::<usize>(0..=u64::MAX))]
    diff: Option<Vec<usize>>,
    /// List what else could happen in this step, or let the choice with this number happen there and go on in the order
    /// of production
    #[arg(long, value_name = "STEP[=CHOICE]", group = "place")]
    what_if: Option<WhatIf>,
}

/// What a step is to be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    actor: Option<String>,
    event: Option<String>,
    state: Option<String>,
}

/// A step, counted from 1, and the number of what happens there instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WhatIf {
    step: NonZeroU32,
    choice: Option<NonZeroU32>,
}

impl Places {
    /// Whether there is anything to show but the whole execution.
    pub(crate) fn is_asked(&self) -> bool {
        let Self { at, back, until, diff, what_if } = self;
        at.is_some() || back.is_some() || until.is_some() || diff.is_some() || what_if.is_some()
    }
}

/// Shows what is asked for.
pub(crate) fn run(places: &Places, mut timeline: Timeline, json: bool) -> anyhow::Result<ExitCode> {
    let Places { at, back, until, diff, what_if } = places;
    let text = if let Some(what_if) = what_if {
        told_what_if(&mut timeline, *what_if, json)?
    } else if let Some([from, to]) = diff.as_deref() {
        let before = view(&mut timeline, *from)?;
        let after = view(&mut timeline, *to)?;
        told_difference(&before, &after, json)?
    } else {
        let step = match (at, back, until) {
            (Some(at), ..) => *at,
            (_, Some(back), _) => timeline.len().saturating_sub(*back),
            (.., Some(wanted)) => {
                timeline.go_to(0);
                let step = timeline.find(|line| wanted.fits(line));
                step.ok_or_else(|| anyhow!("no step is like this"))? as usize
            }
            (None, None, None) => timeline.len(),
        };
        let view = view(&mut timeline, step)?;
        if json {
            format!("{}\n", serde_json::to_string(&view)?)
        } else {
            let steps = timeline.report().lines.get(step.wrapping_sub(1));
            let step = steps.map_or_else(String::new, |line| format!("{line}\n"));
            format!("{step}{view}")
        }
    };
    super::print(&text)?;
    // What happens then may be a bug; a place is none.
    let leads_to_bug =
        what_if.is_some_and(|what_if| what_if.choice.is_some()) && timeline.report().bug.is_some();
    Ok(if leads_to_bug { ExitCode::from(super::BUG) } else { ExitCode::SUCCESS })
}

fn view(timeline: &mut Timeline, step: usize) -> anyhow::Result<View> {
    if step > timeline.len() {
        bail!("the trace has no step {step}: it ends after {}", timeline.len());
    }
    timeline.go_to(step);
    Ok(timeline.view())
}

fn told_difference(before: &View, after: &View, json: bool) -> anyhow::Result<String> {
    let lines = after.since(before);
    if json {
        return Ok(format!("{}\n", serde_json::to_string(&(before, after))?));
    }
    let mut text = format!("from after step {} to after step {}\n", before.step, after.step);
    let is_name = |text: &str| !text.starts_with(' ');
    for (place, line) in lines.iter().enumerate() {
        // The name of an actor is told if anything of it has changed.
        let own = lines[place + 1..].iter().take_while(|line| !is_name(&line.text));
        let is_told = line.change != Change::None
            || is_name(&line.text) && own.into_iter().any(|line| line.change != Change::None);
        if is_told {
            writeln!(text, "{line}")?;
        }
    }
    Ok(text)
}

fn told_what_if(timeline: &mut Timeline, what_if: WhatIf, json: bool) -> anyhow::Result<String> {
    let WhatIf { step, choice } = what_if;
    let before = step.get() as usize - 1;
    if before >= timeline.len() {
        bail!("the trace has no step {step}: it ends after {}", timeline.len());
    }
    timeline.go_to(before);
    let alternatives = timeline.alternatives();
    let Some(choice) = choice else {
        return if json {
            Ok(format!("{}\n", serde_json::to_string(&alternatives)?))
        } else {
            Ok(told_alternatives(&alternatives))
        };
    };
    let Some(alternative) = alternatives.get(choice.get() as usize - 1) else {
        bail!("step {step} has no choice {choice}: there are {}", alternatives.len());
    };
    timeline.take(alternative);
    let report = timeline.report();
    Ok(if json { format!("{}\n", serde_json::to_string(report)?) } else { report.to_string() })
}

/// What can happen at one place, with the numbers that `--what-if` takes.
pub(super) fn told_alternatives(alternatives: &[Alternative]) -> String {
    let lines = alternatives.iter().zip(1..).map(|(alternative, number)| {
        let mark = if alternative.taken { '*' } else { ' ' };
        format!("{mark}{number:3}  {}\n", alternative.what)
    });
    lines.collect()
}

impl Wanted {
    /// Whether a step is like this. An actor may be named by its kind.
    fn fits(&self, line: &TraceLine) -> bool {
        let Self { actor, event, state } = self;
        let is = |wanted: &Option<String>, is: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == is
        };
        let kind = line.actor.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_actor =
            |actor: &String| *actor == line.actor || kind.strip_suffix('-') == Some(actor);
        actor.as_ref().is_none_or(is_actor)
            && is(event, line.event.as_ref())
            && is(state, line.state.as_ref())
    }
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut wanted = Self::default();
        for part in text.split_whitespace() {
            let (key, value) =
                part.split_once('=').ok_or_else(|| format!("`{part}` is not `KEY=VALUE`"))?;
            let place = match key {
                "actor" => &mut wanted.actor,
                "event" => &mut wanted.event,
                "state" => &mut wanted.state,
                _ => return Err(format!("`{key}` is not `actor`, `event` or `state`")),
            };
            *place = Some(value.to_owned());
        }
        if wanted == Self::default() {
            return Err("it does not say what the step is like".to_owned());
        }
        Ok(wanted)
    }
}

impl FromStr for WhatIf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse::<NonZeroU32>().map_err(|_| format!("`{text}` is not a number from 1 on"))
        };
        let (step, choice) = match text.split_once('=') {
            Some((step, choice)) => (step, Some(number(choice)?)),
            None => (text, None),
        };
        Ok(Self { step: number(step)?, choice })
    }
}
