//! The compile errors that users meet.

#[test]
fn what_is_no_handler_is_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
