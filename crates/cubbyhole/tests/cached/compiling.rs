//! What must not compile, and with which words.

/// `TRYBUILD=overwrite` writes what the compiler says now: a newer one may word it in another way.
#[test]
fn what_is_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/cached_ui/*.rs");
}
