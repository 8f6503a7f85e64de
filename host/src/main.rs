//! The command `coyote-host`. Exit codes: 0 no bug, 1 bad input or could not run, 2 a bug, 3 an internal
//! error.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
