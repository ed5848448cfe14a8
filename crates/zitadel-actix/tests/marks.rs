//! A mark can only be put where it counts: the compiler says so.

#[test]
fn a_mark_fits_where_it_counts_and_nowhere_else() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile_pass/*.rs");
    cases.compile_fail("tests/compile_fail/*.rs");
}
