//! Where `.public()` can be put, as the compiler sees it.

#[test]
fn mark_in_a_wrong_place_does_not_compile() {
    compile_fail::assert_compile_fail!("tests/compile_fail");
}
