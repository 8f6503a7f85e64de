//! `coyote-host completions`: what shells and `man` want to know.

use std::process::ExitCode;

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::Shell;

/// Print completions for a shell, or the manual page.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For what
    target: Target,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    Bash,
    Elvish,
    Fish,
    PowerShell,
    Zsh,
    /// The manual page, in roff
    Man,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut command = super::Cli::command();
    let mut text = Vec::new();
    let shell = match args.target {
        Target::Bash => Some(Shell::Bash),
        Target::Elvish => Some(Shell::Elvish),
        Target::Fish => Some(Shell::Fish),
        Target::PowerShell => Some(Shell::PowerShell),
        Target::Zsh => Some(Shell::Zsh),
        Target::Man => None,
    };
    match shell {
        Some(shell) => clap_complete::generate(shell, &mut command, "coyote-host", &mut text),
        None => clap_mangen::Man::new(command).render(&mut text)?,
    }
    super::print(std::str::from_utf8(&text)?)?;
    Ok(ExitCode::SUCCESS)
}
