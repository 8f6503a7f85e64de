//! Medians beside each other.

/// One number of each contender, measured several times.
pub(crate) struct Table {
    title: String,
    names: Vec<&'static str>,
    samples: Vec<Vec<f64>>,
}

impl Table {
    pub(crate) fn new(title: &str, what: &str, names: &[&'static str]) -> Self {
        let samples = vec![Vec::new(); names.len()];
        Self { title: format!("{title}, {what}"), names: names.to_vec(), samples }
    }

    pub(crate) fn add(&mut self, contender: usize, value: f64) {
        self.samples[contender].push(value);
    }

    /// As Markdown; the values in thousands a second.
    pub(crate) fn per_second(self) -> String {
        self.print(|value| format!("{:.1} k", value / 1_000.0))
    }

    /// As Markdown; the values as bytes.
    pub(crate) fn bytes(self) -> String {
        self.print(|value| format!("{value:.0}"))
    }

    fn print(self, form: impl Fn(f64) -> String) -> String {
        let mut text = format!("{}\n\n", self.title);
        text += "| | median | min .. max | ours = 1 |\n| --- | ---: | ---: | ---: |\n";
        let spreads: Vec<Spread> = self.samples.into_iter().map(Spread::of).collect();
        for (name, spread) in self.names.iter().zip(&spreads) {
            let Spread { min, median, max } = *spread;
            let (min, max) = (form(min), form(max));
            let ratio = median / spreads[0].median;
            text += &format!("| {name} | {} | {min} .. {max} | {ratio:.2} |\n", form(median));
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
