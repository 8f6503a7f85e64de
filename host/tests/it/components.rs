//! Components that are refused, and the two forms in which they may come.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::memory::probe;
use crate::world::{World, app, component_for, manifest, refusal};

/// A file in a folder of its own.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn refused_file(bytes: &[u8], table: &str, expected: Expect) {
    let (folder, path) = file(bytes);
    let text = refusal(app(&manifest(&path, "", table, &[])));
    expected.assert_eq(&text.replace(&folder.path().display().to_string(), "DIR"));
}

fn refused(wat: &str, expected: Expect) {
    refused_file(&wat::parse_str(wat).unwrap(), "", expected);
}

/// A component with the exports of an actor, as far as can be seen from outside.
fn importing(import: &str) -> String {
    format!(
        "(component
            (import \"{import}\" (instance))
            (instance $empty)
            (export \"coyote:actor/handler@0.1.0\" (instance $empty))
            (export \"coyote:actor/tasks@0.1.0\" (instance $empty))
            (export \"coyote:actor/render@0.1.0\" (instance $empty)))"
    )
}

#[test]
fn a_component_that_does_not_exist() {
    let text = refusal(app(&manifest(Path::new("none.wasm"), "", "", &[])));
    expect!["actor `hostile`: component `ROOT/none.wasm` does not exist"].assert_eq(&text);
}

#[test]
fn a_component_that_cannot_be_read() {
    let text = refusal(app(&manifest(Path::new("host"), "", "", &[])));
    expect!["actor `hostile`: cannot read component `ROOT/host`"].assert_eq(&text);
}

#[test]
fn a_file_that_is_not_wasm() {
    refused_file(b"", "", expect!["actor `hostile`: `DIR/x.wasm` is not WebAssembly"]);
    refused_file(b"#!/bin/sh\n", "", expect!["actor `hostile`: `DIR/x.wasm` is not WebAssembly"]);
}

#[test]
fn a_file_that_is_cut_off() {
    let component = wat::parse_str(importing("wasi:sockets/tcp@0.2.0")).unwrap();
    refused_file(
        &component[..component.len() - 1],
        "",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is invalid: failed to parse WebAssembly module: unexpected end-of-file (at offset 0x8e)"
        ],
    );
    refused_file(
        b"\0asm\x0d\0\x01\0\xff",
        "",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is invalid: failed to parse WebAssembly module: malformed section id (at offset 0x8)"
        ],
    );
}

#[test]
fn a_core_module_without_a_component_type() {
    refused(
        "(module)",
        expect![
            "actor `hostile`: `DIR/x.wasm` is a core module that carries no component type: build it with the SDK, or with `cargo component build`"
        ],
    );
}

#[test]
fn a_component_for_another_version_of_the_package() {
    refused(
        "(component
            (instance $empty)
            (export \"coyote:actor/handler@0.2.0\" (instance $empty)))",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is made for a world that exports `coyote:actor/handler@0.2.0`, but this host runs the world `actor` of `coyote:actor@0.1.0`, which exports `coyote:actor/handler@0.1.0`, `coyote:actor/tasks@0.1.0`, `coyote:actor/render@0.1.0`"
        ],
    );
}

#[test]
fn a_component_for_another_world() {
    refused(
        "(component)",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is made for a world without exports, but this host runs the world `actor` of `coyote:actor@0.1.0`, which exports `coyote:actor/handler@0.1.0`, `coyote:actor/tasks@0.1.0`, `coyote:actor/render@0.1.0`"
        ],
    );
    refused(
        "(component (instance $empty) (export \"wasi:cli/run@0.2.0\" (instance $empty)))",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is made for another world (it exports `wasi:cli/run@0.2.0`), but this host runs the world `actor` of `coyote:actor@0.1.0`, which exports `coyote:actor/handler@0.1.0`, `coyote:actor/tasks@0.1.0`, `coyote:actor/render@0.1.0`"
        ],
    );
}

#[test]
fn a_monitor_for_an_actor() {
    refused(
        "(component
            (instance $empty)
            (export \"coyote:actor/handler@0.1.0\" (instance $empty))
            (export \"coyote:actor/render@0.1.0\" (instance $empty)))",
        expect![
            "actor `hostile`: component `DIR/x.wasm` is made for a world that exports `coyote:actor/handler@0.1.0`, `coyote:actor/render@0.1.0`, but this host runs the world `actor` of `coyote:actor@0.1.0`, which exports `coyote:actor/handler@0.1.0`, `coyote:actor/tasks@0.1.0`, `coyote:actor/render@0.1.0`"
        ],
    );
}

#[test]
fn a_world_whose_functions_are_missing() {
    refused(
        &importing("coyote:actor/types@0.1.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` is invalid: an export of its world is missing"
        ],
    );
}

#[test]
fn a_component_that_wants_sockets() {
    refused(
        &importing("wasi:sockets/tcp@0.2.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `wasi:sockets/tcp@0.2.0`: actors have no sockets"
        ],
    );
}

#[test]
fn a_component_that_wants_clocks_without_a_grant() {
    refused(
        &importing("wasi:clocks/monotonic-clock@0.2.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `wasi:clocks/monotonic-clock@0.2.0`: the manifest does not grant `clocks`"
        ],
    );
    let wasi = fs::read(component_for("wasm32-wasip2", "hostile.wasm")).unwrap();
    refused_file(
        &wasi,
        "",
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `wasi:clocks/monotonic-clock@0.2.6`: the manifest does not grant `clocks`"
        ],
    );
}

#[test]
fn a_component_that_wants_what_nobody_knows() {
    refused(
        &importing("acme:rocket/launch@1.0.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `acme:rocket/launch@1.0.0`: the host does not know it"
        ],
    );
    refused(
        &importing("coyote:actor/turn@0.9.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `coyote:actor/turn@0.9.0`: this host serves version 0.1.0 of the package and no such interface of it"
        ],
    );
    refused(
        &importing("wasi:http/outgoing-handler@0.2.0"),
        expect![
            "actor `hostile`: component `DIR/x.wasm` imports `wasi:http/outgoing-handler@0.2.0`: the host does not know it"
        ],
    );
}

#[test]
fn a_core_module_and_the_component_made_of_it_both_load() {
    let module = probe("(memory (export \"memory\") 1)");
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap();
    let expected = expect![[r#"
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]];
    for bytes in [module, component] {
        let (_folder, path) = file(&bytes);
        let world = World::of(app(&manifest(&path, "", "", &[("it", "")])));
        world.send_and_settle("it", "clean");
        expected.assert_eq(&world.finish());
    }
}
