//! `src/bindings.rs` and `src/monitor_bindings.rs` are what wit-bindgen makes of `wit/`, committed because its macro
//! would cost every author half a minute. `UPDATE_EXPECT=1 cargo test -p coyote-guest bindings` writes
//! it anew.

use std::{env, fs};
use wit_bindgen_core::{Files, WorldGenerator as _, wit_parser::Resolve};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

#[test]
fn the_bindings_are_those_of_the_wit_package() {
    check("bindings.rs", &generated("actor", options("bindings")));
    // Both worlds import the same interfaces; only the exports differ.
    let mut monitor = options("monitor_bindings");
    for interface in ["types", "report"] {
        let path = format!("crate::bindings::coyote::actor::{interface}");
        let name = format!("coyote:actor/{interface}@0.1.0");
        monitor.with.push((name, wit_bindgen_rust::WithOption::Path(path)));
    }
    // Macros live at the root of the crate, where two cannot have one name.
    let monitor = generated("monitor", monitor);
    check(
        "monitor_bindings.rs",
        &monitor.replace("__export_coyote_actor_", "__export_coyote_monitor_"),
    );
}

fn check(file: &str, generated: &str) {
    let path = format!("{SRC}/{file}");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let current = fs::read_to_string(&path).unwrap() == generated;
    assert!(current, "`wit/` has changed: UPDATE_EXPECT=1 cargo test -p coyote-guest bindings");
}

fn generated(world: &str, options: wit_bindgen_rust::Opts) -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(WIT).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).unwrap();
    let (_, contents) = files.iter().next().unwrap();
    format!("{HEAD}{}", std::str::from_utf8(contents).unwrap())
}

const HEAD: &str = "//! Generated from `wit/`, see `tests/it/bindings.rs`.\n\n\
    #![allow(warnings, reason = \"generated\")]\n\
    #![allow(unsafe_code, clippy::allow_attributes, clippy::undocumented_unsafe_blocks, reason = \"generated\")]\n\n";

fn options(module: &str) -> wit_bindgen_rust::Opts {
    wit_bindgen_rust::Opts {
        default_bindings_module: Some(format!("::coyote_guest::__private::{module}")),
        export_macro_name: Some("export".into()),
        format: true,
        generate_all: true,
        pub_export_macro: true,
        runtime_path: Some("::wit_bindgen::rt".into()),
        ..Default::default()
    }
}
