//! Manifest -> [`App`]: reads the texts that have a form of their own, and puts names together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::{ActorLimits, Supervision};
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

use super::error::{AppError, ProblemKind, Problems};
use super::manifest::{
    ActorTable, At, DurationText, GrantsTable, Manifest, MonitorTable, PlainText, SizeText,
    SupervisionTable, log_line,
};
use super::{
    ActorKind, App, AppLimits, Build, Component, Directory, Grants, KindIndex, Lookup, Monitor,
    SandboxLimits, bounds, defaults, schema, shape, start, test, values,
};

/// Reads a manifest.
pub(super) fn app(text: &str, path: &Path) -> Result<App, AppError> {
    let mut problems = Problems::default();
    let app =
        document(text, &mut problems).and_then(|document| {
            let manifest = manifest(&document, &mut problems)?;
            Resolver { folder: path.parent().unwrap_or(Path::new("")), problems: &mut problems }
                .app(&manifest, document.get_ref(), path)
        });
    match app {
        Some(app) if problems.is_empty() => Ok(app),
        Some(_) | None => Err(problems.into_error(path, text)),
    }
}

fn document<'t>(text: &'t str, problems: &mut Problems) -> Option<Spanned<DeTable<'t>>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        syntax(&error, problems);
    }
    problems.is_empty().then_some(document)
}

fn manifest(document: &Spanned<DeTable<'_>>, problems: &mut Problems) -> Option<Manifest> {
    shape::check(document, &schema::SCHEMA, problems);
    if !problems.is_empty() {
        return None;
    }
    // `shape` has said all that there is to say, but if it ever overlooked something, serde says it.
    Manifest::deserialize(Deserializer::from(document.clone()))
        .map_err(|error| syntax(&error, problems))
        .ok()
}

fn syntax(error: &toml::de::Error, problems: &mut Problems) {
    let message = error.message().to_owned();
    problems.add(ProblemKind::Syntax { message }, error.span().unwrap_or(0..0));
}

/// The names of kinds, sorted.
#[derive(Debug)]
pub(super) struct Kinds(Arc<[String]>);

impl Kinds {
    pub(super) fn find(&self, name: &str) -> Result<KindIndex, ProblemKind> {
        self.0.binary_search_by(|kind| kind.as_str().cmp(name)).map(KindIndex::new).map_err(|_| {
            ProblemKind::UnknownActor { name: name.to_owned(), known: Arc::clone(&self.0) }
        })
    }
}

struct Resolver<'a> {
    /// That of the manifest.
    folder: &'a Path,
    problems: &'a mut Problems,
}

impl Resolver<'_> {
    fn app(&mut self, manifest: &Manifest, document: &DeTable<'_>, path: &Path) -> Option<App> {
        self.problems.take(manifest.name.span(), values::name(&manifest.name));
        for name in manifest.actor.keys().chain(manifest.monitor.keys()) {
            self.problems.take(name.span(), values::name(name));
        }
        let kinds = Kinds(manifest.actor.keys().map(|name| name.to_string()).collect());
        let limits = AppLimits {
            actors_max: manifest.limits.actors,
            dead_letters_max: manifest.limits.dead_letters,
        };
        let actors: Vec<_> =
            manifest.actor.iter().map(|(name, table)| self.actor(name, table, &kinds)).collect();
        let monitors: Vec<_> =
            manifest.monitor.iter().map(|(name, table)| self.monitor(name, table)).collect();
        let entries = start::entries("start", "start", document, &manifest.start);
        let starts = start::starts(&entries, 0, &kinds, limits, self.problems).map(Arc::from);
        let given = test::Given {
            manifest,
            entries,
            starts: starts.clone(),
            monitors: manifest.monitor.keys().map(|name| name.to_string()).collect(),
            kinds: &kinds,
            limits,
        };
        let tests = given.tests(document, self.problems);
        Some(App {
            name: manifest.name.to_string(),
            path: path.to_owned(),
            seed: manifest.seed,
            delivery: manifest.delivery,
            timers: manifest.timers,
            limits,
            actors: actors.into_iter().collect::<Option<_>>()?,
            starts: starts?,
            monitors: monitors.into_iter().collect::<Option<_>>()?,
            tests: tests?,
        })
    }

    fn actor(&mut self, name: &str, table: &ActorTable, kinds: &Kinds) -> Option<ActorKind> {
        let key = format!("actor.{name}");
        let component =
            self.component(&key, &table.component, &table.build, &table.build_directory);
        let limits = self.limits(&key, table);
        let memory = self.memory(&key, &table.memory);
        let log_line = self.size32(&key, "log-line", &table.log_line, bounds::LOG_LINE_BYTES);
        let deadline = match &table.deadline {
            Some(deadline) => self.duration(&key, "deadline", deadline).map(Some),
            None => Some(None),
        };
        let supervision = match &table.supervision {
            Some(supervision) => self.supervision(&key, supervision),
            None => self.supervision(&key, &SupervisionTable::default()),
        };
        let grants = self.grants(&format!("{key}.grants"), &table.grants, kinds);
        Some(ActorKind {
            name: name.to_owned(),
            component: component?,
            limits: limits?,
            sandbox: SandboxLimits {
                memory_bytes_max: memory?,
                fuel_max: table.fuel,
                deadline: deadline?,
                log_line_bytes_max: log_line?,
                log_lines_max: table.log_lines,
            },
            supervision: supervision?,
            supervised: table.supervision.is_some(),
            grants: grants?,
        })
    }

    fn monitor(&mut self, name: &str, table: &MonitorTable) -> Option<Monitor> {
        let key = format!("monitor.{name}");
        let component =
            self.component(&key, &table.component, &table.build, &table.build_directory);
        let memory = self.memory(&key, &table.memory);
        let log_line = self.size32(&key, "log-line", &log_line(), bounds::LOG_LINE_BYTES);
        Some(Monitor {
            name: name.to_owned(),
            component: component?,
            run: table.run,
            sandbox: SandboxLimits {
                memory_bytes_max: memory?,
                fuel_max: table.fuel,
                deadline: None,
                log_line_bytes_max: log_line?,
                log_lines_max: defaults::LOG_LINES_MAX,
            },
        })
    }

    fn component(
        &mut self,
        key: &str,
        component: &At<PlainText>,
        build: &Option<At<PlainText>>,
        directory: &Option<At<PlainText>>,
    ) -> Option<Component> {
        let path = self.path(&format!("{key}.component"), component);
        let place = match directory {
            Some(directory) => self.path(&format!("{key}.build-directory"), directory),
            None if self.folder.as_os_str().is_empty() => Some(PathBuf::from(".")),
            None => Some(self.folder.to_owned()),
        };
        let build = match (build, directory) {
            (Some(line), _) => Some(self.build(&format!("{key}.build"), line, place)?),
            (None, Some(directory)) => {
                let key = format!("{key}.build-directory");
                self.problems.add(ProblemKind::DirectoryWithoutBuild { key }, directory.span());
                None
            }
            (None, None) => None,
        };
        Some(Component { path: path?, build })
    }

    fn build(
        &mut self,
        key: &str,
        line: &At<PlainText>,
        directory: Option<PathBuf>,
    ) -> Option<Build> {
        let words = self.problems.take(line.span(), values::words(key, line))?;
        let mut words = words.into_iter();
        let program = words.next()?;
        Some(Build {
            line: line.to_string(),
            program,
            arguments: words.collect(),
            directory: directory?,
        })
    }

    fn limits(&mut self, key: &str, table: &ActorTable) -> Option<ActorLimits> {
        let payload = self.size32(key, "payload", &table.payload, bounds::PAYLOAD_BYTES);
        let outbox = self.size32(key, "outbox", &table.outbox, bounds::PAYLOAD_BYTES);
        let (payload, outbox) = (payload?, outbox?);
        if payload > outbox {
            let (key, found) = (format!("{key}.payload"), table.payload.to_string());
            let outbox = table.outbox.to_string();
            // One of the two is spelled out, or the defaults would be wrong.
            let payload_span = table.payload.span();
            let span = if payload_span.is_empty() { table.outbox.span() } else { payload_span };
            self.problems.add(ProblemKind::PayloadOverOutbox { key, found, outbox }, span);
            return None;
        }
        Some(ActorLimits {
            inbox_events_max: table.inbox.capacity,
            overflow: table.inbox.overflow,
            payload_bytes_max: payload,
            effects_max: table.effects,
            outbox_bytes_max: outbox,
        })
    }

    fn supervision(&mut self, key: &str, table: &SupervisionTable) -> Option<Supervision> {
        Some(Supervision {
            restart: table.restart,
            from: table.from,
            restarts_max: table.max_restarts,
            within: self.duration(&format!("{key}.supervision"), "within", &table.within)?,
            retries_max: table.retry,
            beyond: table.beyond,
        })
    }

    fn grants(&mut self, key: &str, table: &GrantsTable, kinds: &Kinds) -> Option<Grants> {
        let create: Vec<_> = table
            .create
            .iter()
            .map(|name| self.problems.take(name.span(), kinds.find(name)))
            .collect();
        let lookup: Vec<_> = table
            .lookup
            .iter()
            .map(|grant| self.problems.take(grant.span(), lookup(grant, kinds)))
            .collect();
        for (name, value) in &table.environment {
            self.problems.take(name.span(), values::variable(name, value));
        }
        let directories = self.directories(key, table);
        Some(Grants {
            create: create.into_iter().collect::<Option<_>>()?,
            lookup: lookup.into_iter().collect::<Option<_>>()?,
            clocks: table.clocks,
            stdout: table.stdout,
            directories: directories?,
            environment: table
                .environment
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect::<BTreeMap<_, _>>(),
        })
    }

    fn directories(&mut self, key: &str, table: &GrantsTable) -> Option<Vec<Directory>> {
        let mut seen = BTreeSet::new();
        let mut directories = Vec::new();
        for (index, entry) in table.directories.iter().enumerate() {
            let key = format!("{key}.directories[{}]", index + 1);
            let host_key = format!("{key}.host");
            let host =
                self.problems.take(entry.host.span(), values::path_below(&host_key, &entry.host));
            let key = format!("{key}.guest");
            let guest =
                self.problems.take(entry.guest.span(), values::guest_path(&key, &entry.guest));
            let (Some(host), Some(guest)) = (host, guest) else { continue };
            if !seen.insert(guest.clone()) {
                self.problems.add(ProblemKind::GuestTwice { key, guest }, entry.guest.span());
                continue;
            }
            let host = self.folder.join(host);
            directories.push(Directory { host, guest, access: entry.access });
        }
        (directories.len() == table.directories.len()).then_some(directories)
    }

    fn path(&mut self, key: &str, text: &At<PlainText>) -> Option<PathBuf> {
        let path = self.problems.take(text.span(), values::path(key, text))?;
        Some(self.folder.join(path))
    }

    fn memory(&mut self, key: &str, text: &At<SizeText>) -> Option<u64> {
        self.problems.take(text.span(), values::memory(&format!("{key}.memory"), text))
    }

    fn size32(
        &mut self,
        table: &str,
        key: &str,
        text: &At<SizeText>,
        range: RangeInclusive<u64>,
    ) -> Option<u32> {
        self.problems.take(text.span(), values::bytes32(&format!("{table}.{key}"), text, range))
    }

    fn duration(&mut self, table: &str, key: &str, text: &At<DurationText>) -> Option<Duration> {
        self.problems.take(text.span(), values::duration(&format!("{table}.{key}"), text))
    }
}

fn lookup(grant: &str, kinds: &Kinds) -> Result<Lookup, ProblemKind> {
    let (kind, name) = match grant.split_once('/') {
        Some((kind, name)) => (kind, Some(name)),
        None => (grant, None),
    };
    name.map_or(Ok(()), values::name)?;
    Ok(Lookup { kind: kinds.find(kind)?, name: name.map(str::to_owned) })
}
