//! `src/bindings.rs` is what wit-bindgen makes of `wit/`, committed because its macro would cost every
//! author half a minute. `UPDATE_EXPECT=1 cargo test -p coyote-guest bindings` writes
//! it anew.

use std::{env, fs};
use wit_bindgen_core::{Files, WorldGenerator as _, wit_parser::Resolve};

const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bindings.rs");
const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

#[test]
fn the_bindings_are_those_of_the_wit_package() {
    let generated = generated();
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(BINDINGS, &generated).unwrap();
    }
    let current = fs::read_to_string(BINDINGS).unwrap() == generated;
    assert!(current, "`wit/` has changed: UPDATE_EXPECT=1 cargo test -p coyote-guest bindings");
}

fn generated() -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(WIT).unwrap();
    let world = resolve.select_world(&[package], Some("actor")).unwrap();
    let mut files = Files::default();
    options().build().generate(&mut resolve, world, &mut files).unwrap();
    let (_, contents) = files.iter().next().unwrap();
    format!("{HEAD}{}", std::str::from_utf8(contents).unwrap())
}

const HEAD: &str = "//! Generated from `wit/`, see `tests/it/bindings.rs`.\n\n\
    #![allow(warnings, reason = \"generated\")]\n\
    #![allow(unsafe_code, clippy::allow_attributes, clippy::undocumented_unsafe_blocks, reason = \"generated\")]\n\n";

fn options() -> wit_bindgen_rust::Opts {
    wit_bindgen_rust::Opts {
        default_bindings_module: Some("::coyote_guest::__private::bindings".into()),
        export_macro_name: Some("export".into()),
        format: true,
        generate_all: true,
        pub_export_macro: true,
        runtime_path: Some("::wit_bindgen::rt".into()),
        ..Default::default()
    }
}
