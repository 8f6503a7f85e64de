//! `coyote-host new`: makes an app, or adds an actor to one, from templates that are part of the
//! command. No network is needed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use coyote_host::{App, check_name};
use include_dir::{Dir, include_dir};
use toml_edit::{DocumentMut, Item, Table, Value};

/// Every file ends in `.template`, so that no tool takes it for what it will become.
static APP: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/app");
static ACTOR: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/actor");

/// The published version of the SDK, for apps that are not made beside a checkout of it.
const SDK_VERSION: &str = "0.1";
/// What `[actor.NAME]` says of how actors of the templates are built.
const BUILD: &str = "cargo build --release --target wasm32-unknown-unknown";
/// Where that puts them.
const OUTPUT: &str = "target/wasm32-unknown-unknown/release";

/// Make an app, or add an actor to one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a folder with an app of two kinds of actors, ready to build and run
    App {
        /// The name of the app
        name: String,
        /// The folder to make [default: the name]
        #[arg(long)]
        path: Option<PathBuf>,
        #[command(flatten)]
        sdk: Sdk,
    },
    /// Add a kind of actor to an app: its crate, and its table in app.toml
    Actor {
        /// The name of the kind
        name: String,
        /// The folder of the app
        #[arg(long, default_value = ".")]
        app: PathBuf,
        #[command(flatten)]
        sdk: Sdk,
    },
}

#[derive(Debug, clap::Args)]
struct Sdk {
    /// The folder of the coyote-guest crate [default: a checkout around here, else the published one]
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

/// Makes what was asked for, and says what to do with it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = match &args.what {
        What::App { name, path, sdk } => {
            let folder = path.clone().unwrap_or_else(|| PathBuf::from(name));
            new_app(name, &folder, &sdk.dependencies()?)?
        }
        What::Actor { name, app, sdk } => new_actor(name, app, &sdk.dependencies()?)?,
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes an app; returns what to tell.
fn new_app(name: &str, folder: &Path, sdk: &Dependencies) -> anyhow::Result<String> {
    check_name(name)?;
    check_new(folder)?;
    let values = [("name", name), ("sdk", &*sdk.guest), ("sdk-test", &*sdk.test)];
    write_all(&APP, folder, &values)?;
    let place = folder.display();
    Ok(format!(
        "made the app `{name}` in {place}\n\n\
         next:\n  cd {place}\n  coyote-host build\n  coyote-host run --until-quiescent\n"
    ))
}

/// Adds an actor; returns what to tell.
fn new_actor(name: &str, folder: &Path, sdk: &Dependencies) -> anyhow::Result<String> {
    check_crate_name(name)?;
    let app = App::load(folder)?;
    if app.kind_of(name).is_some() {
        bail!("`{}` has an actor `{name}` already", app.path().display());
    }
    let crate_folder = folder.join("actors").join(name);
    check_new(&crate_folder)?;
    let (workspace, shared_sdk) = with_member(&folder.join("Cargo.toml"), name)?;
    let manifest = with_actor(app.path(), name)?;

    let sdk = if shared_sdk { "{ workspace = true }" } else { &sdk.guest };
    write_all(&ACTOR, &crate_folder, &[("name", name), ("type", &type_name(name)), ("sdk", sdk)])?;
    write(&folder.join("Cargo.toml"), &workspace)?;
    write(app.path(), &manifest)?;
    Ok(format!(
        "made the actor `{name}` in {}, and [actor.{name}] in {}\n\n\
         next: create it from another actor (`create = [\"{name}\"]` in the grants of that one), or\n\
         start it with the app:\n\n  [[start]]\n  actor = \"{name}\"\n",
        crate_folder.display(),
        app.path().display(),
    ))
}

/// The Cargo workspace with the crate among its members, and whether the workspace says which SDK its
/// members use.
fn with_member(path: &Path, name: &str) -> anyhow::Result<(String, bool)> {
    let mut document = read(path)?;
    let Some(workspace) = document.get_mut("workspace").and_then(Item::as_table_mut) else {
        bail!("`{}` is no workspace, so there is no place for another crate", path.display());
    };
    let shared_sdk = workspace
        .get("dependencies")
        .and_then(|dependencies| dependencies.get("coyote-guest"))
        .is_some();
    let members = workspace.entry("members").or_insert_with(|| toml_edit::Array::new().into());
    let Some(members) = members.as_array_mut() else {
        bail!("`{}`: `workspace.members` is no array", path.display());
    };
    let member = format!("actors/{name}");
    if !members.iter().filter_map(Value::as_str).any(|old| old == "actors/*" || old == member) {
        members.push(member);
    }
    Ok((document.to_string(), shared_sdk))
}

/// The manifest with the kind of actor in it, behind those that are there. It is a right manifest.
fn with_actor(path: &Path, name: &str) -> anyhow::Result<String> {
    let mut document = read(path)?;
    let mut table = Table::new();
    table["component"] = value(format!("{OUTPUT}/{}.wasm", name.replace('-', "_")));
    table["build"] = value(BUILD.to_owned());
    let actors = document.entry("actor").or_insert_with(|| {
        let mut actors = Table::new();
        actors.set_implicit(true);
        actors.into()
    });
    match actors.as_table_mut() {
        Some(actors) => actors.insert(name, table.into()),
        None => bail!("`{}`: `actor` is written in one line; add `{name}` by hand", path.display()),
    };
    let text = document.to_string();
    App::parse(&text, path)?;
    Ok(text)
}

fn value(text: String) -> Item {
    Item::Value(text.into())
}

fn read(path: &Path) -> anyhow::Result<DocumentMut> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    text.parse().with_context(|| format!("`{}` is no TOML", path.display()))
}

/// What `Cargo.toml` says of the crates of the SDK.
#[derive(Debug)]
struct Dependencies {
    /// Of coyote-guest.
    guest: String,
    /// Of coyote-guest-test.
    test: String,
}

impl Sdk {
    fn dependencies(&self) -> anyhow::Result<Dependencies> {
        let path = match &self.sdk {
            Some(path) if is_sdk(path) => Some(path.clone()),
            Some(path) => bail!("`{}` is not the folder of the crate coyote-guest", path.display()),
            None => checkout(),
        };
        let Some(path) = path else {
            let version = Value::from(SDK_VERSION).to_string();
            return Ok(Dependencies { guest: version.clone(), test: version });
        };
        let path = path.canonicalize()?;
        Ok(Dependencies { guest: crate_at(&path)?, test: crate_at(&path.join("test"))? })
    }
}

fn crate_at(path: &Path) -> anyhow::Result<String> {
    let path = path.to_str().context("the path of the SDK is not UTF-8")?;
    Ok(format!("{{ path = {} }}", Value::from(path)))
}

/// The SDK in a checkout of coyote-host: around the current folder, else around this program.
fn checkout() -> Option<PathBuf> {
    let places = [std::env::current_dir(), std::env::current_exe()];
    let folders = places.iter().flatten().flat_map(|place| place.ancestors());
    folders.map(|folder| folder.join("guest-sdk")).find(|folder| is_sdk(folder))
}

fn is_sdk(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml"))
        .ok()
        .and_then(|text| text.parse::<DocumentMut>().ok())
        .and_then(|document| {
            Some(document.get("package")?.get("name")?.as_str()? == "coyote-guest")
        })
        .unwrap_or(false)
}

/// Refuses a place where there is something.
fn check_new(folder: &Path) -> anyhow::Result<()> {
    let place = folder.display();
    match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => bail!("`{place}` exists and is not empty"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            bail!("`{place}` exists and is not a folder")
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{place}`")),
    }
}

/// Names that Cargo, Rust or the templates need for something else.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "coyote-guest",
    "coyote-guest-test",
    "coyote_guest",
    "coyote_guest_test",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "messages",
    "mod",
    "move",
    "mut",
    "override",
    "poke",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Whether an actor's name can be that of its crate as well.
fn check_crate_name(name: &str) -> anyhow::Result<()> {
    check_name(name)?;
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        bail!("`{name}` cannot be the name of a crate: it does not begin with a letter");
    }
    if RESERVED.contains(&name) {
        bail!("`{name}` cannot be the name of a crate: it is reserved");
    }
    Ok(())
}

/// `two-words` -> `TwoWords`.
fn type_name(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    name.split(['-', '_']).filter(|word| !word.is_empty()).map(capital).collect()
}

/// Writes all files of a template, filled in.
fn write_all(template: &Dir<'_>, folder: &Path, values: &[(&str, &str)]) -> anyhow::Result<()> {
    for (path, text) in files(template)? {
        let text = values.iter().fold(text.to_owned(), |text, (key, value)| {
            text.replace(&format!("{{{{{key}}}}}"), value)
        });
        write(&folder.join(path), &text)?;
    }
    Ok(())
}

/// The files of a template by the paths that they will have.
fn files<'t>(template: &'t Dir<'_>) -> anyhow::Result<BTreeMap<PathBuf, &'t str>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![template];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let text = file.contents_utf8().context("a template is not UTF-8")?;
            files.insert(file.path().with_extension(""), text);
        }
    }
    Ok(files)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdk() -> Dependencies {
        Dependencies {
            guest: "{ path = \"/sdk\" }".to_owned(),
            test: "{ path = \"/sdk/test\" }".to_owned(),
        }
    }

    fn message<T: std::fmt::Debug>(result: anyhow::Result<T>, folder: &Path) -> String {
        format!("{:#}", result.unwrap_err()).replace(&folder.display().to_string(), "DIR")
    }

    #[test]
    fn a_new_app_has_a_right_manifest_and_nothing_left_to_fill_in() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("my-app");
        let text = new_app("my-app", &place, &sdk()).unwrap();
        assert!(text.starts_with("made the app `my-app` in "), "{text}");
        let app = App::load(&place).unwrap();
        assert_eq!((app.name(), app.actors().len(), app.started()), ("my-app", 2, 4));
        for path in files(&APP).unwrap().keys() {
            let text = fs::read_to_string(place.join(path)).unwrap();
            assert!(!text.contains("{{"), "{}", path.display());
        }
        let cargo = fs::read_to_string(place.join("Cargo.toml")).unwrap();
        let dependencies = "\ncoyote-guest = { path = \"/sdk\" }\n\
            coyote-guest-test = { path = \"/sdk/test\" }\n";
        assert!(cargo.contains(dependencies), "{cargo}");
    }

    /// `cargo test` builds for this machine, and `coyote-host build` says for what it builds.
    #[test]
    fn a_new_app_can_be_tested_by_cargo() {
        let folder = tempfile::tempdir().unwrap();
        new_app("x", folder.path(), &sdk()).unwrap();
        let cargo = fs::read_to_string(folder.path().join(".cargo/config.toml")).unwrap();
        assert!(!cargo.contains("\n[build]"), "{cargo}");
        let app = App::load(folder.path()).unwrap();
        let builds = app.actors().iter().map(|actor| actor.component.build.as_ref().unwrap());
        for build in builds {
            assert_eq!(build.line, BUILD);
        }
    }

    #[test]
    fn an_actor_joins_the_manifest_and_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        new_app("x", folder.path(), &sdk()).unwrap();
        let before = fs::read_to_string(folder.path().join("app.toml")).unwrap();
        new_actor("two-words", folder.path(), &sdk()).unwrap();
        let app = App::load(folder.path()).unwrap();
        assert!(app.kind_of("two-words").is_some());
        let after = fs::read_to_string(folder.path().join("app.toml")).unwrap();
        let added = "\n[actor.two-words]\n\
            component = \"target/wasm32-unknown-unknown/release/two_words.wasm\"\n\
            build = \"cargo build --release --target wasm32-unknown-unknown\"\n";
        assert_eq!(after.replace(added, ""), before);
        let lib = fs::read_to_string(folder.path().join("actors/two-words/src/lib.rs")).unwrap();
        assert!(lib.contains("struct TwoWords {"), "{lib}");
        let cargo = fs::read_to_string(folder.path().join("actors/two-words/Cargo.toml")).unwrap();
        assert!(cargo.ends_with("coyote-guest = { workspace = true }\n"), "{cargo}");
    }

    #[test]
    fn a_workspace_that_lists_its_members_lists_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("app.toml"), "name = \"x\"\n").unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = [\"a\"]\n").unwrap();
        new_actor("b", folder.path(), &sdk()).unwrap();
        let cargo = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
        assert_eq!(cargo, "[workspace]\nmembers = [\"a\", \"actors/b\"]\n");
        let cargo = fs::read_to_string(folder.path().join("actors/b/Cargo.toml")).unwrap();
        assert!(cargo.ends_with("coyote-guest = { path = \"/sdk\" }\n"), "{cargo}");
    }

    #[test]
    fn what_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let new = |place: &Path| message(new_app("x", place, &sdk()), folder.path());
        assert_eq!(new(folder.path()), "`DIR` exists and is not empty");
        assert_eq!(new(&folder.path().join("file")), "`DIR/file` exists and is not a folder");
        let app = folder.path().join("app");
        new_app("x", &app, &sdk()).unwrap();
        let new = |name: &str| message(new_actor(name, &app, &sdk()), folder.path());
        assert_eq!(new("server"), "`DIR/app/app.toml` has an actor `server` already");
        fs::create_dir_all(app.join("actors/other/src")).unwrap();
        assert_eq!(new("other"), "`DIR/app/actors/other` exists and is not empty");
    }

    #[test]
    fn apps_that_have_no_place_for_an_actor() {
        let folder = tempfile::tempdir().unwrap();
        let new = || message(new_actor("a", folder.path(), &sdk()), folder.path());
        assert_eq!(new(), "there is no file `DIR/app.toml`");
        fs::write(folder.path().join("app.toml"), "name = \"x\"\n").unwrap();
        assert_eq!(new(), "cannot read `DIR/Cargo.toml`: No such file or directory (os error 2)");
        fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(
            new(),
            "`DIR/Cargo.toml` is no workspace, so there is no place for another crate"
        );
    }

    #[test]
    fn names_that_are_refused() {
        let folder = Path::new("/nowhere");
        let app = |name| message(new_app(name, folder, &sdk()), folder);
        let actor = |name| message(new_actor(name, folder, &sdk()), folder);
        let characters = "use lower-case letters, digits, `-` and `_`";
        assert_eq!(app("My App"), format!("`My App` cannot be a name: {characters}"));
        assert_eq!(app("../x"), format!("`../x` cannot be a name: {characters}"));
        assert_eq!(app(""), "`` cannot be a name: it is empty");
        assert_eq!(
            actor("1st"),
            "`1st` cannot be the name of a crate: it does not begin with a letter"
        );
        assert_eq!(actor("self"), "`self` cannot be the name of a crate: it is reserved");
    }

    #[test]
    fn a_folder_that_is_not_the_sdk_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let sdk = |path: &Path| Sdk { sdk: Some(path.to_owned()) }.dependencies();
        assert_eq!(
            message(sdk(folder.path()), folder.path()),
            "`DIR` is not the folder of the crate coyote-guest"
        );
        let cargo = "[package]\nname = \"coyote-guest\"\n";
        fs::write(folder.path().join("Cargo.toml"), cargo).unwrap();
        let path = folder.path().canonicalize().unwrap();
        let Dependencies { guest, test } = sdk(folder.path()).unwrap();
        assert_eq!(guest, format!("{{ path = \"{}\" }}", path.display()));
        assert_eq!(test, format!("{{ path = \"{}/test\" }}", path.display()));
    }
}
