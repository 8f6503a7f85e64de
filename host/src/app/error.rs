//! What can be wrong with a manifest, said in one place: each message, and the advice below it.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};
use thiserror::Error;

use super::bounds;

/// Why an app could not be loaded.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum AppError {
    /// There is no such file.
    #[error("there is no file `{}`", path.display())]
    #[diagnostic(help("`coyote-host new app NAME` makes a folder with an app.toml"))]
    NotFound {
        /// Where the manifest was looked for.
        path: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The manifest.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than any manifest may be.
    #[error("`{}` is larger than {}, too large for a manifest", path.display(), size(bounds::MANIFEST_BYTES_MAX))]
    TooLarge {
        /// The manifest.
        path: PathBuf,
    },
    /// The file is not text.
    #[error("`{}`, line {line}: not UTF-8", path.display())]
    NotUtf8 {
        /// The manifest.
        path: PathBuf,
        /// The line of the first byte that is wrong, counted from 1.
        line: usize,
    },
    /// The manifest is wrong in one place or several.
    #[error("`{}` has {}", path.display(), count(problems, *unreported))]
    Invalid {
        /// The manifest.
        path: PathBuf,
        /// The problems, in the order of the file; never empty.
        #[related]
        problems: Vec<Problem>,
        /// How many more there are.
        unreported: usize,
    },
}

impl AppError {
    /// The error as shown in a terminal: for each problem a line that says what it is, the place in
    /// the manifest, and what to do about it, if that is known.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        match self {
            Self::Invalid { problems, unreported, .. } => {
                let mut text: Vec<_> =
                    problems.iter().map(|problem| render(problem, colour)).collect();
                if *unreported > 0 {
                    text.push(format!("  and {unreported} more\n"));
                }
                text.join("\n")
            }
            Self::NotFound { .. }
            | Self::Read { .. }
            | Self::TooLarge { .. }
            | Self::NotUtf8 { .. } => render(self, colour),
        }
    }

    /// The problems of a manifest that could be read, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            Self::NotFound { .. }
            | Self::Read { .. }
            | Self::TooLarge { .. }
            | Self::NotUtf8 { .. } => &[],
        }
    }
}

/// Whether text for a terminal has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With escape sequences.
    On,
    /// Plain text.
    Off,
}

fn render(diagnostic: &dyn Diagnostic, colour: Colour) -> String {
    let theme = match colour {
        Colour::On => GraphicalTheme::unicode(),
        Colour::Off => GraphicalTheme::unicode_nocolor(),
    };
    let mut text = String::new();
    match GraphicalReportHandler::new_themed(theme).render_report(&mut text, diagnostic) {
        Ok(()) => text,
        Err(_) => format!("{diagnostic}\n"),
    }
}

fn count(problems: &[Problem], unreported: usize) -> String {
    match problems.len() + unreported {
        1 => "a problem".to_owned(),
        more => format!("{more} problems"),
    }
}

/// One thing that is wrong in a manifest, and where.
#[derive(Debug, Error)]
#[error("{kind}")]
pub struct Problem {
    kind: ProblemKind,
    span: Range<usize>,
    manifest: Text,
}

/// The manifest that problems point into.
#[derive(Clone, Debug)]
struct Text {
    path: Arc<Path>,
    text: Arc<NamedSource<String>>,
}

impl Problem {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ProblemKind {
        &self.kind
    }

    /// Line and column, counted from 1, columns in characters.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        let text = self.manifest.text.inner();
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The problem in one line: `app.toml:3:1: unknown key ..`.
    #[must_use]
    pub fn line(&self) -> String {
        let (line, column) = self.place();
        format!("{}:{line}:{column}: {}", self.manifest.path.display(), self.kind)
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.kind.help().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.manifest.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some("here".to_owned()), self.span.clone());
        Some(Box::new(std::iter::once(label)))
    }
}

/// Collects problems, to report as many as possible together.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<(ProblemKind, Range<usize>)>,
    /// How many were not kept.
    more: usize,
}

impl Problems {
    pub(super) fn add(&mut self, kind: ProblemKind, span: Range<usize>) {
        if self.found.len() < bounds::PROBLEMS_KEPT_MAX {
            self.found.push((kind, span));
        } else {
            self.more += 1;
        }
    }

    /// The value, or nothing and one problem more.
    pub(super) fn take<T>(
        &mut self,
        span: Range<usize>,
        value: Result<T, ProblemKind>,
    ) -> Option<T> {
        value.map_err(|kind| self.add(kind, span)).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Everything that was found, as an error.
    pub(super) fn into_error(mut self, path: &Path, text: &str) -> AppError {
        self.found.sort_by_key(|(_, span)| span.start);
        self.found.dedup();
        let unreported = self.more + self.found.len().saturating_sub(bounds::PROBLEMS_MAX);
        self.found.truncate(bounds::PROBLEMS_MAX);
        let named = NamedSource::new(path.display().to_string(), text.to_owned());
        let manifest = Text { path: path.into(), text: Arc::new(named) };
        let problems = self
            .found
            .into_iter()
            .map(|(kind, span)| Problem { kind, span, manifest: manifest.clone() })
            .collect();
        AppError::Invalid { path: path.to_owned(), problems, unreported }
    }
}

/// What is wrong in one place of a manifest. Keys are named by their path in the manifest
/// (`actor.server.inbox.capacity`); entries of arrays are counted from 1.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ProblemKind {
    // What no TOML parser would accept.
    #[error("{message}")]
    Syntax { message: String },

    // Keys, types and ranges.
    #[error("unknown key `{key}`")]
    UnknownKey { key: String, known: Arc<[String]> },
    #[error("missing key `{key}`")]
    MissingKey { key: String },
    #[error("`{key}` must be {expected}, not {found}")]
    WrongType { key: String, expected: &'static str, found: &'static str },
    #[error("`{key}` is {found}, which is {}", range(*min, *max))]
    OutOfRange { key: String, found: String, min: Option<i128>, max: Option<i128> },
    #[error("`{key}` cannot be `{found}`")]
    NotOneOf { key: String, found: String, known: Arc<[String]> },
    #[error("`{key}` is empty")]
    Empty { key: String },
    #[error("`{key}` has {found} entries, more than {max}")]
    TooManyEntries { key: String, found: usize, max: u64 },

    // Values of one key.
    #[error("`{name}` cannot be a name: {reason}")]
    BadName { name: String, reason: &'static str },
    #[error("`{key}`: `{found}` is not a size")]
    BadSize { key: String, found: String },
    #[error("`{key}` is {found}, which is not between {} and {}", size(*min), size(*max))]
    SizeOutOfRange { key: String, found: String, min: u64, max: u64 },
    #[error("`{key}` is {found}, which is not a whole number of pages")]
    NotPages { key: String, found: String },
    #[error("`{key}` is {found}, more than the outbox of a turn can hold, {outbox}")]
    PayloadOverOutbox { key: String, found: String, outbox: String },
    #[error("`{key}`: `{found}` is not a duration: {reason}")]
    BadDuration { key: String, found: String, reason: String },
    #[error("`{key}` is zero")]
    ZeroDuration { key: String },
    #[error("`{key}` is not a command line: {reason}")]
    BadCommand { key: String, reason: &'static str },
    #[error("`{key}` without a `build` beside it")]
    DirectoryWithoutBuild { key: String },
    #[error("`{key}` contains a NUL character")]
    Nul { key: String },
    #[error("`{name}` cannot be an environment variable: {reason}")]
    BadVariable { name: String, reason: &'static str },

    // Folders that are granted.
    #[error("`{key}` leads out of the folder of the manifest")]
    HostOutside { key: String },
    #[error("`{key}` is not an absolute path without `.` and `..`")]
    GuestNotAbsolute { key: String },
    #[error("`{key}`: `{guest}` is granted twice")]
    GuestTwice { key: String, guest: String },

    // Names of other parts of the manifest.
    #[error("there is no actor `{name}`")]
    UnknownActor { name: String, known: Arc<[String]> },
    #[error("`{actor}` is started twice with the name `{name}`")]
    NameTwice { actor: String, name: String },
    #[error("{started} actors are started, but `limits.actors` is {max}")]
    TooManyStarted { started: u64, max: u32 },

    // Tests and their faults.
    #[error("there is no monitor `{name}`")]
    UnknownMonitor { name: String, known: Arc<[String]> },
    #[error("there are two tests `{name}`")]
    TestTwice { name: String },
    #[error("the test `{test}` starts no actor")]
    NobodyStarted { test: String },
    #[error("`{key}` is {found}, but an execution ends after {steps} steps")]
    TemperatureOverSteps { key: String, found: u32, steps: u32 },
    #[error("`{name}` cannot be a kind of event: {reason}")]
    BadEvent { name: String, reason: &'static str },
    #[error("`{key}` has no meaning for a fault of the kind `{kind}`")]
    NotForFault { key: String, kind: &'static str },
    #[error("`{key}` must have two sides, not {found}")]
    NotTwoSides { key: String, found: usize },
    #[error("`{key}`: `{name}` is on both sides of the partition")]
    OnBothSides { key: String, name: String },

    // Payloads.
    #[error("`{key}` is {found}, which JSON cannot say")]
    NotJson { key: String, found: String },
    #[error("`{key}` is larger than {} as JSON", size(bounds::INITIAL_BYTES_MAX))]
    InitialTooLarge { key: String },
    #[error("`{text}` is not a reference: {reason}")]
    BadReference { text: String, reason: &'static str },
    #[error("`{text}` refers to no start entry")]
    UnknownReference { text: String, known: Arc<[String]> },
    #[error("`{text}` could be any of {}", list(known))]
    AmbiguousReference { text: String, known: Arc<[String]> },
    #[error("`{text}` refers to {count} actors")]
    SeveralReferred { text: String, count: u32 },
    #[error("`{text}`: there are {count}, counted from 1")]
    NoSuchInstance { text: String, count: u32 },
    #[error("start entries refer to each other in a circle: {}", chain.join(" -> "))]
    ReferenceCycle { chain: Vec<String> },
}

impl ProblemKind {
    /// What to do about it, if that is known.
    fn help(&self) -> Option<String> {
        match self {
            Self::UnknownKey { key, known } => Some(suggest(last(key), known, "known here")),
            Self::NotOneOf { found, known, .. } => Some(suggest(found, known, "possible")),
            Self::WrongType { key, expected: "an array of tables", found: "a table" } => {
                Some(format!("write `[[{}]]`", without_places(key)))
            }
            Self::WrongType { key, expected: "a table", found: "an array" } => {
                Some(format!("write `[{}]`", without_places(key)))
            }
            Self::UnknownActor { name, known } => Some(suggest(name, known, "in this manifest")),
            Self::UnknownMonitor { name, known } => Some(suggest(name, known, "in this manifest")),
            Self::UnknownReference { text, known } => Some(suggest(text, known, "started")),
            Self::BadSize { .. } => {
                Some("write a number and B, KiB, MiB or GiB, such as \"64KiB\"".to_owned())
            }
            Self::NotPages { .. } => {
                Some(format!("a page of wasm memory has {}", size(bounds::PAGE_BYTES)))
            }
            Self::PayloadOverOutbox { .. } => Some("raise `outbox` as well".to_owned()),
            Self::BadDuration { .. } => {
                Some("write numbers with units, such as \"500ms\", \"1s\" or \"2m 30s\"".to_owned())
            }
            Self::HostOutside { .. } => {
                Some("grant a folder below it, by a relative path without `..`".to_owned())
            }
            Self::AmbiguousReference { .. } => {
                Some("start entries can be told apart by `name`: `@kind/name`".to_owned())
            }
            Self::SeveralReferred { text, .. } => {
                Some(format!("write `{text}[1]` for the first, `{text}[*]` for an array of all"))
            }
            Self::BadReference { .. } => Some(
                "write `@name`, `@kind/name`, `@name[2]` or `@name[*]`; `@@` for a plain `@`"
                    .to_owned(),
            ),
            Self::NobodyStarted { .. } => {
                Some("add `[[test.start]]`, `[[test.driver]]` or `[[start]]`".to_owned())
            }
            Self::TemperatureOverSteps { .. } => {
                Some("raise `steps` as well, or write 0 for no bound".to_owned())
            }
            Self::NotTwoSides { .. } => {
                Some("write two lists of kinds of actors: `[[\"a\"], [\"b\", \"c\"]]`".to_owned())
            }
            Self::ReferenceCycle { .. } => {
                Some("let one of them learn the id from a message instead".to_owned())
            }
            _ => None,
        }
    }
}

/// The key at the end of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A path as it stands in the header of a table: `test.fault` for `test[1].fault`.
fn without_places(path: &str) -> String {
    let parts = path.split('.').map(|part| part.split('[').next().unwrap_or(part));
    parts.collect::<Vec<_>>().join(".")
}

/// `did you mean ..?`, or all that there is.
pub(crate) fn suggest(found: &str, known: &[String], which: &str) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if known.is_empty() => format!("{which}: none"),
        None => format!("{which}: {}", list(known)),
    }
}

/// Names, the first of them if there are many.
fn list(names: &[String]) -> String {
    let known = names.iter().take(bounds::NAMES_TOLD_MAX);
    let mut text: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    if names.len() > bounds::NAMES_TOLD_MAX {
        text.push("..".to_owned());
    }
    text.join(", ")
}

fn range(min: Option<i128>, max: Option<i128>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("not between {min} and {max}"),
        (Some(min), None) => format!("less than {min}"),
        (None, Some(max)) => format!("more than {max}"),
        (None, None) => "out of range".to_owned(),
    }
}

/// A size as an author would write it.
pub(crate) fn size(bytes: u64) -> String {
    [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|(shift, _)| bytes != 0 && bytes.is_multiple_of(1 << shift))
        .map_or_else(|| format!("{bytes}B"), |(shift, unit)| format!("{}{unit}", bytes >> shift))
}
