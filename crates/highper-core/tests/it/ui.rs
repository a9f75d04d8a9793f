//! Compile errors that users meet.

#[test]
fn what_cannot_be_injected_is_told_by_the_compiler() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
