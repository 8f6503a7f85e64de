//! The command `coyote-host`. Exit codes: 0 no bug, 1 bad input or could not run, 2 a bug, 3 an internal
//! error.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Instances are made of many small blocks, and glibc asks the system for a page of them at a time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
