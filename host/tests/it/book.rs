//! The book in `docs/book`: all that it includes and links to is there, the manifests in it can be read, the commands in it
//! exist and print what it quotes, and it counts right.

mod library;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use coyote_host::{App, Colour};

use crate::command::{command, session};
use crate::world::{cache, root};

/// A page, with what it includes in it.
struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    fn name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    /// The code blocks in a language.
    fn blocks(&self, language: &str) -> Vec<&str> {
        let fence = format!("\n```{language}\n");
        let blocks = self.text.split(&fence).skip(1);
        blocks.map(|block| block.split("```").next().unwrap()).collect()
    }

    /// What stands in `code` outside of blocks.
    fn spans(&self) -> impl Iterator<Item = &str> {
        let prose = self.text.split("\n```").step_by(2);
        prose.flat_map(|prose| prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2)))
    }

    /// The targets of links that do not leave the repository.
    fn links(&self) -> Vec<&str> {
        let targets = self.text.split("](").skip(1);
        let targets = targets.map(|rest| rest.split([')', '#']).next().unwrap());
        targets.filter(|target| !target.contains("://")).collect()
    }
}

fn source() -> PathBuf {
    root().join("docs/book/src")
}

/// All pages, the summary excepted.
fn pages() -> Vec<Page> {
    let files = fs::read_dir(source()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let files = files.filter(|path| !path.ends_with("SUMMARY.md"));
    let pages = files.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        Page { text: included(&text, &path), path }
    });
    pages.collect()
}

/// The text of a file with what it includes.
fn included(text: &str, file: &Path) -> String {
    let mut parts = text.split("{{#include ");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (target, rest) = part.split_once("}}").unwrap();
        let (path, part_of) = target.split_once(':').unwrap_or((target, ""));
        let path = file.with_file_name("").join(path);
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {target}: {error}", file.display()));
        whole += chosen(&text, part_of).trim_end();
        whole += rest;
    }
    whole
}

/// What is said behind the path: nothing, the first line and a colon, or an anchor, which two comments name.
fn chosen<'a>(text: &'a str, part: &str) -> &'a str {
    if part.is_empty() {
        return text;
    }
    if let Some(first) = part.strip_suffix(':') {
        let before = first.parse::<usize>().unwrap() - 1;
        return text.splitn(before + 1, '\n').last().unwrap();
    }
    let start = format!("ANCHOR: {part}\n");
    let end = format!("// ANCHOR_END: {part}\n");
    let anchored = text.split_once(&start).and_then(|(_, rest)| rest.split_once(&end));
    anchored.unwrap_or_else(|| panic!("there is no anchor `{part}`")).0
}

#[test]
fn every_page_is_in_the_summary() {
    let path = source().join("SUMMARY.md");
    let text = fs::read_to_string(&path).unwrap();
    let summary = Page { path, text };
    let pages = pages();
    let listed: BTreeSet<_> = summary.links().into_iter().collect();
    let there: BTreeSet<_> = pages.iter().map(Page::name).collect();
    assert_eq!(listed, there);
}

#[test]
fn every_link_leads_to_a_file() {
    for page in pages() {
        for link in page.links() {
            assert!(source().join(link).is_file(), "{}: {link}", page.name());
        }
    }
}

#[test]
fn every_manifest_can_be_read() {
    for page in pages() {
        for text in page.blocks("toml").into_iter().filter(|text| text.starts_with("name =")) {
            if let Err(error) = App::parse(text, &root().join("app.toml")) {
                panic!("{}: {}", page.name(), error.render(Colour::Off));
            }
        }
    }
}

/// What `--help` tells of the commands.
#[derive(Default)]
struct Helps(BTreeMap<Vec<String>, Help>);

struct Help {
    commands: BTreeSet<String>,
    options: BTreeSet<String>,
}

impl Helps {
    fn of(&mut self, path: &[String]) -> &Help {
        self.0.entry(path.to_vec()).or_insert_with(|| {
            let arguments = path.iter().map(String::as_str).chain(["--help"]);
            let text = session(&mut command(&arguments.collect::<Vec<_>>()));
            let (_, commands) = text.split_once("Commands:\n").unwrap_or_default();
            let commands = commands.lines().take_while(|line| !line.is_empty());
            let commands = commands.filter_map(|line| line.split_whitespace().next());
            let options = text.lines().map(str::trim).filter(|line| line.starts_with('-'));
            let options = options.flat_map(|line| line.split([' ', ',', '[']).take(3));
            Help {
                commands: commands.map(str::to_owned).collect(),
                options: options.map(str::to_owned).collect(),
            }
        })
    }

    /// What is wrong with a line without the name of the program.
    fn wrong(&mut self, line: &str) -> Option<String> {
        let (line, _) = line.split_once(" #").unwrap_or((line, ""));
        let mut words = line.split_whitespace().peekable();
        let mut path = Vec::new();
        while !self.of(&path).commands.is_empty() {
            let word = words.next()?;
            if word.starts_with('-') {
                break;
            }
            if !self.of(&path).commands.contains(word) {
                return Some(format!("there is no command `{word}`"));
            }
            path.push(word.to_owned());
        }
        let mut options = words.filter(|word| word.starts_with('-'));
        options.find_map(|option| {
            let (name, _) = option.split_once('=').unwrap_or((option, ""));
            let known = self.of(&path).options.contains(name);
            (!known).then(|| format!("`{line}` has an option `{name}`, which does not exist"))
        })
    }
}

/// Lines of blocks for the shell, and what stands in `code` in the text.
#[test]
fn every_command_exists() {
    let mut helps = Helps::default();
    let first = helps.of(&[]).commands.clone();
    for page in pages() {
        let blocks = page.blocks("sh").into_iter().chain(page.blocks("console"));
        let lines = blocks.flat_map(str::lines).map(|line| line.trim_start_matches("$ "));
        let lines = lines.chain(page.spans()).filter_map(|line| line.strip_prefix("coyote-host "));
        // In tables a command is called without the name of the program.
        let short = |span: &&str| {
            span.split_once(" --").is_some_and(|(command, _)| first.contains(command))
        };
        for line in lines.chain(page.spans().filter(short)) {
            if let Some(wrong) = helps.wrong(line) {
                panic!("{}: {wrong}", page.name());
            }
        }
    }
}

/// Lines that are quoted come in this order, with others in between; `..` stands for the rest of a line.
#[test]
fn commands_print_what_is_quoted() {
    for page in pages() {
        let commands =
            page.blocks("console").into_iter().flat_map(|block| block.split("$ ").skip(1));
        for (line, quoted) in commands.filter_map(|command| command.split_once('\n')) {
            if !quoted.trim().is_empty() {
                check_quoted(line, quoted);
            }
        }
    }
}

#[track_caller]
fn check_quoted(line: &str, quoted: &str) {
    let arguments: Vec<_> = line.split_whitespace().skip(1).collect();
    let mut command = command(&arguments);
    command.arg("--cache").arg(cache());
    if arguments[0] == "explore" {
        command.arg("--no-traces");
    }
    let printed = session(&mut command);
    let mut left = printed.lines();
    for quoted in quoted.lines() {
        let is_quoted = |printed: &str| match quoted.strip_suffix("..") {
            Some(start) => printed.starts_with(start),
            None => printed == quoted,
        };
        assert!(left.any(is_quoted), "{line}: there is no line `{quoted}` here:\n{printed}");
    }
}

/// The table of lines and words in the comparison with C#.
#[test]
fn the_programs_are_as_long_as_is_said() {
    let page = fs::read_to_string(source().join("side-by-side.md")).unwrap();
    let rows = [
        row("hello-world", "HelloWorld.cs", &["messages", "server", "client", "answered"]),
        row(
            "failure-detector",
            "FailureDetector.cs",
            &["messages", "driver", "node", "detector", "timer", "safety", "liveness"],
        ),
        row("bounded-buffer", "BoundedBuffer.cs", &["program"]),
    ];
    for row in rows {
        assert!(page.lines().any(|line| line == row), "there is no row\n{row}");
    }
}

fn row(app: &str, csharp: &str, crates: &[&str]) -> String {
    let (lines, words) = length(&source().join("csharp").join(csharp));
    let folder = root().join("example-actors").join(app);
    let sources = crates.iter().flat_map(|name| {
        let files = fs::read_dir(folder.join(name).join("src")).unwrap();
        files.map(|file| length(&file.unwrap().path()))
    });
    let (rust_lines, rust_words) =
        sources.fold((0, 0), |(lines, words), (more, others)| (lines + more, words + others));
    let (manifest, _) = length(&folder.join("app.toml"));
    format!("| {app} | {lines} | {words} | {rust_lines} | {rust_words} | {manifest} |")
}

/// The lines of a file that are neither blank nor only a comment, and the words in them.
fn length(path: &Path) -> (usize, usize) {
    let text = fs::read_to_string(path).unwrap();
    let is_comment = |line: &&str| line.starts_with("//") || line.starts_with("# ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line));
    let is_separator = |letter: char| !letter.is_alphanumeric() && letter != '_';
    lines.fold((0, 0), |(lines, words), line| {
        (lines + 1, words + line.split(is_separator).filter(|word| !word.is_empty()).count())
    })
}
