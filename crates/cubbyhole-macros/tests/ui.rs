//! What is wrong with an attribute is an error at the argument that is wrong.

/// `TRYBUILD=overwrite` writes what the compiler says now: a newer one may word it in another way.
#[test]
fn what_is_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
