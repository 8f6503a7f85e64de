//! Whom the environment creates.

use coyote_kernel::{IdKey, Init};
use expect_test::expect;

use super::super::*;
use super::load;

/// The ids are those that production gives: of names, and of so many creations before (I4, I5, I11).
#[test]
fn the_environment_creates_what_is_started() {
    let app = load(
        "[[start]]\nactor = \"client\"\ncount = 2\ninitial = \"@main\"\n\
         [[start]]\nactor = \"server\"\nname = \"main\"\n\
         [[start]]\nactor = \"server\"\n[[start]]\nactor = \"client\"\nname = \"named\"\n",
    );
    let key = IdKey::from_seed(7);
    let mut environment = Environment::default();
    let created = environment.start(&key, app.starts());
    let late = environment.create(&key, app.kind_of("client").unwrap(), None, Init::empty());
    let told = |creation: &Creation| {
        let Creation { id, kind, label, ordinal, init } = creation;
        let payload = String::from_utf8_lossy(init.payload.as_slice()).into_owned();
        format!("{id} {} {label:?} {ordinal} [{payload}]", app.actor(*kind).name)
    };
    let told: Vec<_> = created.iter().chain([&late]).map(told).collect();
    expect![[r#"
        9d03bcb807687290 client Ordinal(1) 1 ["4df492a8be8ddc5f"]
        eba3e396c0cac71b client Ordinal(2) 2 ["4df492a8be8ddc5f"]
        4df492a8be8ddc5f server Name("main") 1 []
        e120c6692f20c63f server Ordinal(2) 2 []
        fce1a91b6eb73f17 client Name("named") 3 []
        dc10756ee3d9d1d3 client Ordinal(4) 4 []"#]]
    .assert_eq(&told.join("\n"));
}
