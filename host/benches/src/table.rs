//! Medians beside each other.

use crate::contenders::ALL;

/// One number of each contender, measured several times.
pub(crate) struct Table {
    title: String,
    samples: Vec<Vec<f64>>,
}

impl Table {
    pub(crate) fn new(title: &str, what: &str, contenders: usize) -> Self {
        Self { title: format!("{title}, {what}"), samples: vec![Vec::new(); contenders] }
    }

    pub(crate) fn add(&mut self, contender: usize, value: f64) {
        self.samples[contender].push(value);
    }

    /// As Markdown; the values in thousands a second.
    pub(crate) fn per_second(self) -> String {
        self.print(|value| format!("{:.0} k", value / 1_000.0))
    }

    /// As Markdown; the values as bytes.
    pub(crate) fn bytes(self) -> String {
        self.print(|value| format!("{value:.0}"))
    }

    fn print(self, form: impl Fn(f64) -> String) -> String {
        let mut text = format!("{}\n\n", self.title);
        text += "| | median | min .. max | ours = 1 |\n| --- | ---: | ---: | ---: |\n";
        let spreads: Vec<Spread> = self.samples.into_iter().map(Spread::of).collect();
        for (contender, spread) in ALL.iter().zip(&spreads) {
            let Spread { min, median, max } = *spread;
            let (min, max) = (form(min), form(max));
            let ratio = median / spreads[0].median;
            text += &format!(
                "| {} | {} | {min} .. {max} | {ratio:.2} |\n",
                contender.name,
                form(median)
            );
        }
        text
    }
}

/// What of some samples is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of at least one sample.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let (min, max) = (samples[0], samples[samples.len() - 1]);
        Self { min, median: samples[samples.len() / 2], max }
    }
}
