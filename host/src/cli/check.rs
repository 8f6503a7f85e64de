//! `coyote-host check`: is the app right, and what is it made of?

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use coyote_host::{ActorKind, App, ComponentInfo, inspect};

use super::files::CacheArgs;
use super::graph;

/// Check a manifest and its components, and show what they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest, or its folder
    #[arg(default_value = "app.toml")]
    app: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Print the states of each component that has any, as a diagram: `mermaid`, the default, or `dot`
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "mermaid", conflicts_with = "json")]
    graph: Option<graph::Format>,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let app = App::load(&args.app)?;
    let components = match inspect(app.clone(), args.cache.folder()) {
        Ok(components) => components,
        Err(errors) => {
            let mut errors = errors.into_iter().map(anyhow::Error::from);
            let last = errors.next_back().expect("an inspection fails with an error");
            let mut stderr = std::io::stderr();
            for error in errors {
                stderr.write_all(super::explain(&error).as_bytes())?;
            }
            return Err(last);
        }
    };
    let text = if let Some(format) = args.graph {
        let drawn = graph::draw(&components, format);
        anyhow::ensure!(
            !drawn.is_empty(),
            "nothing to draw: no component of `{}` has states",
            app.name()
        );
        drawn
    } else if args.json {
        let value = serde_json::json!({ "app": app.name(), "components": components });
        format!("{value}\n")
    } else {
        text(&app, &components)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(app: &App, components: &[ComponentInfo]) -> String {
    let mut text = format!("app `{}`: {} actors at the start\n", app.name(), app.started());
    for info in components {
        let kind = app.kind_of(&info.name).filter(|_| info.role == "actor");
        component(&mut text, info, kind.map(|kind| app.actor(kind)), app)
            .expect("writing to a string does not fail");
    }
    text
}

fn component(
    out: &mut String,
    info: &ComponentInfo,
    actor: Option<&ActorKind>,
    app: &App,
) -> std::fmt::Result {
    writeln!(out, "\n{} `{}`", info.role, info.name)?;
    writeln!(out, "  component  {} ({} bytes)", info.path.display(), info.bytes)?;
    writeln!(out, "  imports    {}", list(&info.imports))?;
    if let Some(actor) = actor {
        writeln!(out, "  grants     {}", list(&grants(actor, app)))?;
        let limits = &actor.limits;
        writeln!(
            out,
            "  limits     inbox {} events, payload {} bytes, memory {} bytes, fuel {}",
            limits.inbox_events_max,
            limits.payload_bytes_max,
            actor.sandbox.memory_bytes_max,
            actor.sandbox.fuel_max,
        )?;
    }
    writeln!(out, "  events     {}", list(&info.events))?;
    for state in &info.states {
        writeln!(out, "  state      {}: {}", state.name, list(&state.events))?;
    }
    Ok(())
}

fn grants(actor: &ActorKind, app: &App) -> Vec<String> {
    let grants = &actor.grants;
    let mut texts = Vec::new();
    texts.extend(grants.create.iter().map(|&kind| format!("create {}", app.actor(kind).name)));
    texts.extend(grants.lookup.iter().map(|lookup| {
        let kind = &app.actor(lookup.kind).name;
        match &lookup.name {
            Some(name) => format!("lookup {kind}/{name}"),
            None => format!("lookup {kind}"),
        }
    }));
    texts.extend(grants.clocks.then(|| "clocks".to_owned()));
    texts.extend(grants.stdout.then(|| "stdout".to_owned()));
    texts.extend(
        grants.directories.iter().map(|directory| format!("directory {}", directory.guest)),
    );
    texts.extend(grants.environment.keys().map(|name| format!("environment {name}")));
    texts
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
