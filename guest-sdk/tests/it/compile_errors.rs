//! What authors are told about their mistakes. `TRYBUILD=overwrite` writes the expectations anew.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
