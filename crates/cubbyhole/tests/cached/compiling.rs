//! What compiles without a warning, and what must not compile, and with which words.

#[path = "../cached_pass/linted.rs"]
pub mod linted;

#[test]
fn what_is_written_passes_the_lints_of_a_strict_crate() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/cached_pass/*.rs");
    linted::main();
}

/// `TRYBUILD=overwrite` writes what the compiler says now: a newer one may word it in another way.
#[test]
fn what_is_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/cached_ui/*.rs");
}
