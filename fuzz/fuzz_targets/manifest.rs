//! A manifest: any text becomes an app or a list of problems, and problems can be shown.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, unused_imports, unfulfilled_lint_expectations, reason = "the command uses what is not used here")]
#[path = "../../host/src"]
mod host {
    pub mod app;
}

use host::app::{App, Colour};

fuzz_target!(|text: &str| {
    match App::parse(text, Path::new("/folder/app.toml")) {
        Ok(app) => assert!(!app.tests().is_empty()),
        Err(error) => assert!(!error.render(Colour::Off).is_empty()),
    }
});
